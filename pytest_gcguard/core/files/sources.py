"""What a source file says, read once: where its classes and functions are, and what is stored where.

Rules of this file: read from the source by `ast`, never by running or importing anything; what is kept of a file is text and
numbers, and only of the last files that were asked for. It is kept as bytes, which nobody sees who counts what the collector
tracks: a test may, before and after a collection of its own.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import marshal
import warnings
from collections.abc import Callable, Iterator

from pytest_gcguard.core.files import statements

_ADDING = frozenset(("add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update"))
_LEAVES = frozenset(
    {
        *(ast.Constant, ast.Name, ast.Import, ast.ImportFrom, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal),
        *(
            kind
            for base in (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
            for kind in base.__subclasses__()
        ),
    }
)
"""Most nodes of a tree are of these kinds, which store nothing and lead to nothing that does."""

Stores = dict[str, list[int]]


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """Of a file: the lines of its classes by qualified name and the qualified names of its functions; by class and attribute
    where it is stored and where it is added to, by function and variable where it is set; the function around each.

    Functions are known by their first line and name, as code objects are. Lines are those of the first decorator, as
    ``__firstlineno__`` and ``co_firstlineno`` have it.
    """

    classes: dict[str, int]
    functions: dict[tuple[int, str], str]
    stored: dict[str, Stores]
    added: dict[str, Stores]
    variables: dict[tuple[int, str], Stores]
    outer: dict[tuple[int, str], tuple[int, str]]


def read(file: str) -> Source:
    """What a file says; nothing where there is none, or where it cannot be read.

    Not by ``linecache``: that keeps the whole file, and may ask a module's loader for it.

    >>> list(read(__file__).classes), "read" in read(__file__).functions.values()
    (['Source'], True)
    """
    return Source(*marshal.loads(_read(file)))


@functools.lru_cache(maxsize=64)
def _read(file: str) -> bytes:
    return _kept(parse(file))


def around(file: str, line: int, name: str) -> Source:
    """What the statement at the top of a file says in which a function begins at a line, or the class of a qualified name: all
    that there is to know of it. What the whole file says where that statement cannot be told apart.

    >>> code = around.__code__
    >>> list(around(code.co_filename, code.co_firstlineno, "around").functions.values())
    ['around']
    """
    found = _part(file, *statements.around(file, line))
    return found if found is not None and (name in found.classes or (line, name) in found.functions) else read(file)


def function_at(file: str, line: int) -> str | None:
    """The qualified name of the function whose source has a line; None for a line of a module's own or a file without source.

    >>> function_at(function_at.__code__.co_filename, function_at.__code__.co_firstlineno + 2)
    'function_at'
    """
    spans = _spans(file, *statements.around(file, line))
    inside = [name for first, last, name in (_spans(file, 1, None) if spans is None else spans) or () if first <= line <= last]
    return inside[-1] if inside else None


@functools.lru_cache(maxsize=128)
def _spans(file: str, first: int, end: int | None) -> tuple[tuple[int, int, str], ...] | None:
    """The first and last line and the name of each class and function in some lines, outer ones before inner ones.

    Numbers and names only: the trees of a hundred files would be larger than the program.
    """
    tree = _tree_of(file, first, end)
    if tree is None:
        return None
    found: list[tuple[int, int, str]] = []
    work: list[tuple[ast.AST, str]] = [(node, "") for node in tree.body]
    while work:
        node, prefix = work.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = prefix + node.name
            found.append((node.lineno, node.end_lineno or node.lineno, name))
            work += [(child, name + ".") for child in node.body]
        elif hasattr(node, "body"):
            work += [(child, prefix) for child in ast.iter_child_nodes(node)]
    return tuple(sorted(found, key=lambda each: (each[0], -each[1])))


def line_of_class(file: str, qualname: str) -> int | None:
    """The line at which a class begins, the first of several; None where there is none of the name.

    >>> line_of_class(__file__, "Source") == read(__file__).classes["Source"]
    True
    """
    lines = statements.lines_of_class(file, qualname.rpartition(".")[2])
    if len(lines) != 1:  # of several one may be in a text only
        return read(file).classes.get(qualname)
    at_the_top = statements.beginning_of_class(file, lines[0]) if qualname.isidentifier() else None
    return at_the_top or around(file, lines[0], qualname).classes.get(qualname)


def _part(file: str, first: int, end: int | None) -> Source | None:
    """What some lines of a file say; None where these are not whole statements."""
    kept = _kept_part(file, first, end)
    return Source(*marshal.loads(kept)) if kept is not None else None


@functools.lru_cache(maxsize=256)
def _kept_part(file: str, first: int, end: int | None) -> bytes | None:
    tree = _tree_of(file, first, end)
    return _kept(tree) if tree is not None else None


def _kept(tree: ast.Module) -> bytes:
    said = _said(tree)
    return marshal.dumps([getattr(said, name) for name in Source.__slots__])


def _tree_of(file: str, first: int, end: int | None) -> ast.Module | None:
    lines = statements.text(file).split("\n")
    return _tree("\n" * (first - 1) + "\n".join(lines[first - 1 : end - 1 if end is not None else None]))


def _said(tree: ast.Module) -> Source:
    source = Source({}, {}, {}, {}, {}, {})
    work: list[tuple[ast.AST, str, str, tuple[int, str] | None]] = [(tree, "", "", None)]
    while work:
        node, prefix, owner, function = work.pop()
        for child in _children(node):
            if type(child) in _LEAVES:
                continue
            if isinstance(child, ast.ClassDef):
                name, line = prefix + child.name, _first_line(child)
                source.classes[name] = min(line, source.classes.get(name, line))
                work.append((child, f"{name}.", name, function))
                _fields(source, child, name)
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                inner = _function(child)
                source.functions[inner] = prefix + inner[1]
                if function is not None:
                    source.outer[inner] = function
                    _note(source.variables.setdefault(function, {}), inner[1], child.lineno)
                work.append((child, f"{prefix}{inner[1]}.<locals>.", owner, inner))
            else:
                _statement(source, child, owner, function)
                made = _made_by_a_call(child)
                if made:
                    source.classes.setdefault(prefix + made, child.lineno)  # type: ignore[attr-defined] # an assignment has it
                work.append((child, prefix, owner, function))
    for tables in (*source.stored.values(), *source.added.values(), *source.variables.values()):
        for lines in tables.values():
            lines.sort()
    return source


def parse(file: str) -> ast.Module:
    """The syntax tree of a source file; an empty one where there is none, or one that is too large."""
    return _tree(statements.text(file)) or ast.Module([], [])


def _tree(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the source's syntax warnings have been shown, or not, when it was imported
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """As `ast.iter_child_nodes`, in half the time."""
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            for each in value:
                if isinstance(each, ast.AST):
                    yield each
        elif isinstance(value, ast.AST):
            yield value


def _first_line(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _statement(source: Source, node: ast.AST, owner: str, function: tuple[int, str] | None) -> None:
    for kind, name, number in _stores(node):
        if kind != "variable":
            table = source.stored if kind == "stored" else source.added
            for home in {owner, ""}:
                _note(table.setdefault(home, {}), name, number)
        elif function is not None:
            _note(source.variables.setdefault(function, {}), name, number)


def _made_by_a_call(node: ast.AST) -> str:
    """The name of a class that a call makes under its own name, as ``Point = namedtuple("Point", "x y")``; empty elsewhere."""
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args):
        return ""
    target, name = node.targets[0], node.value.args[0]
    same = isinstance(target, ast.Name) and isinstance(name, ast.Constant) and name.value == target.id
    return target.id if same and isinstance(target, ast.Name) else ""


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tuple[int, str]:
    if isinstance(node, ast.Lambda):
        return node.lineno, "<lambda>"
    return _first_line(node), node.name


def _note(stores: Stores, name: str, number: int) -> None:
    stores.setdefault(name, []).append(number)


def _fields(source: Source, node: ast.ClassDef, qualname: str) -> None:
    """The annotated fields of a dataclass or attrs class, which its generated methods store."""
    if node.decorator_list:
        for child in node.body:
            if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
                _note(source.stored.setdefault(qualname, {}), child.target.id, child.lineno)


def _stores(node: ast.AST) -> Iterator[tuple[str, str, int]]:
    """What a statement or expression stores: in a variable, in an attribute, or in a container of an attribute."""
    if isinstance(node, ast.Call):
        yield from _calls(node)
    for target in _targets(node):
        if isinstance(target, ast.Name):
            yield "variable", target.id, target.lineno
        elif isinstance(target, ast.Attribute):
            yield "stored", target.attr, target.lineno
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
            yield "added", target.value.attr, target.lineno


def _calls(node: ast.Call) -> Iterator[tuple[str, str, int]]:
    """``x.children.append(y)``, ``setattr(x, "parent", y)``."""
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in _ADDING and isinstance(function.value, ast.Attribute):
        yield "added", function.value.attr, node.lineno
    elif isinstance(function, ast.Name) and function.id == "setattr" and len(node.args) == 3:
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield "stored", name.value, node.lineno


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
