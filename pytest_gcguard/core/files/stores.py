"""What one statement stores, and on what: all the forms that a store can have in a source.

Rules of this file: reads syntax trees only; a line that stores a constant does not store a reference.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

_ADDING = frozenset(("add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update"))
_CONTAINERS = frozenset(
    ("list", "dict", "set", "deque", "Counter", "OrderedDict", "WeakKeyDictionary", "WeakSet", "WeakValueDictionary")
)


class Store(NamedTuple):
    """A store in a variable, in an attribute, or in a container of one; ``base`` is the variable whose attribute it is.

    ``empty``: what is stored is a container that has nothing in it yet.
    """

    kind: Literal["variable", "stored", "added"]
    name: str
    line: int
    base: str
    empty: bool = False


def written(name: str, qualname: str) -> str:
    """The name of an attribute as it is written in the body of a class, where ``_Node__parent`` is ``__parent``.

    >>> written("_Node__parent", "tree.Node"), written("_Node__parent", "Leaf"), written("parent", "tree.Node")
    ('__parent', '_Node__parent', 'parent')
    """
    private = f"_{qualname.rpartition('.')[2].lstrip('_')}__"
    return f"__{name.removeprefix(private)}" if name.startswith(private) and not name.endswith("__") else name


def stores(node: ast.AST) -> Iterator[Store]:
    """What a statement or expression stores: in a variable, in an attribute, or in a container of an attribute."""
    if isinstance(node, ast.Call):
        yield from _calls(node)
    for target in _targets(node):
        if isinstance(target, ast.Name):
            yield Store("variable", target.id, target.lineno, "")
        elif isinstance(target, ast.Attribute):
            yield Store("stored", target.attr, target.lineno, _name(target.value), _is_empty(getattr(node, "value", None)))
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
            yield Store("added", target.value.attr, target.lineno, _name(target.value.value))


def made(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The variables whose class a statement or a parameter tells: ``node = Node()``, ``node: Node``.

    Each comes with the last part of the name of the class, or of what is called.
    """
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, ast.NamedExpr):
        yield from _pairs(node.target, node.value)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, last(node.annotation)
    elif isinstance(node, ast.arg) and node.annotation is not None:
        yield node.arg, last(node.annotation)


def of_exceptions(node: ast.ExceptHandler | ast.Raise) -> Iterator[tuple[Literal["caught", "raised"], str, int]]:
    """The variables that an ``except`` clause sets to what it catches, as ``variable Class``, or that a ``raise`` raises.

    Each comes with the name of its table in `Source`, and the line.
    """
    if isinstance(node, ast.ExceptHandler):
        yield from (("caught", f"{variable} {kind}", line) for variable, kind, line in caught(node))
    else:
        yield from (("raised", variable, node.lineno) for variable in raised(node))


def caught(handler: ast.ExceptHandler) -> Iterator[tuple[str, str, int]]:
    """The variables that an ``except`` clause sets to the exception: ``failure = error``.

    Each comes once for each class that the clause catches and once without a class, with the line.
    """
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type is not None else []
    work: list[ast.AST] = list(handler.body) if handler.name else []
    while work:
        node = work.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue  # has variables of its own
        value = getattr(node, "value", None)
        if isinstance(value, ast.Name) and value.id == handler.name:
            names = [target for target in _targets(node) if isinstance(target, ast.Name)]
            yield from ((target.id, kind, target.lineno) for target in names for kind in ("", *map(last, kinds)))
        work += ast.iter_child_nodes(node)


def raised(node: ast.Raise) -> Iterator[str]:
    """The variables with what a ``raise`` statement raises or names as the cause: they must hold exceptions, not their texts.

    >>> [*raised(ast.parse("raise cast(Error, last) from errors[0]").body[0]), *raised(ast.parse("raise E(str(e))").body[0])]
    ['errors', 'last']
    """
    work = [node.exc, node.cause]
    while work:
        value = work.pop()
        if isinstance(value, ast.Name):
            yield value.id
        elif isinstance(value, ast.Subscript):
            work.append(value.value)
        elif isinstance(value, ast.IfExp):
            work += value.body, value.orelse
        elif isinstance(value, ast.BoolOp):
            work += value.values
        elif isinstance(value, ast.Call):
            called = last(value.func)
            if called == "with_traceback" and isinstance(value.func, ast.Attribute):
                work.append(value.func.value)
            elif called == "cast" or called.endswith("ExceptionGroup"):
                work += value.args[-1:]


def _pairs(target: ast.AST, value: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Name):
        yield target.id, last(value.func) if isinstance(value, ast.Call) else ""
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for each, given in zip(target.elts, value.elts, strict=True):
            yield from _pairs(each, given)


def last(node: ast.AST) -> str:
    """The last part of a dotted name; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.rpartition(".")[2]
    return node.attr if isinstance(node, ast.Attribute) else _name(node)


def _is_empty(value: ast.AST | None) -> bool:
    """Whether an expression is a new container with nothing in it: ``[]``, ``dict()``, ``collections.defaultdict(list)``.

    >>> [_is_empty(ast.parse(text, mode="eval").body) for text in ("{}", "deque(maxlen=9)", "defaultdict(list)", "list(kids)")]
    [True, True, True, False]
    """
    if isinstance(value, ast.Call):
        called = last(value.func)
        return called == "defaultdict" or (called in _CONTAINERS and not value.args)
    return (isinstance(value, ast.List) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _calls(node: ast.Call) -> Iterator[Store]:
    """``x.children.append(y)``, ``setattr(x, "parent", y)``."""
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in _ADDING and isinstance(function.value, ast.Attribute):
        yield Store("added", function.value.attr, node.lineno, _name(function.value.value))
    elif isinstance(function, ast.Name) and function.id == "setattr" and len(node.args) == 3:
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield Store("stored", name.value, node.lineno, _name(node.args[0]))


_TARGETS: dict[type, Callable[[ast.AST], list[ast.expr | None]]] = {
    ast.Assign: lambda node: node.targets,  # type: ignore[attr-defined] # the key says so, here and below
    ast.AnnAssign: lambda node: [node.target],  # type: ignore[attr-defined]
    ast.AugAssign: lambda node: [node.target],  # type: ignore[attr-defined]
    ast.NamedExpr: lambda node: [node.target],  # type: ignore[attr-defined]
    ast.For: lambda node: [node.target],  # type: ignore[attr-defined]
    ast.AsyncFor: lambda node: [node.target],  # type: ignore[attr-defined]
    ast.withitem: lambda node: [node.optional_vars],  # type: ignore[attr-defined]
}


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    find = _TARGETS.get(type(node))
    if find is None or isinstance(getattr(node, "value", None), ast.Constant):
        return
    if isinstance(node, ast.AnnAssign) and node.value is None:
        return
    work = [target for target in find(node) if target is not None]
    while work:
        target = work.pop()
        if isinstance(target, (ast.Tuple, ast.List)):
            work += target.elts
        elif isinstance(target, ast.Starred):
            work.append(target.value)
        else:
            yield target
