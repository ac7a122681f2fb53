"""The line of source that stores a reference: ``self.parent = parent``, ``failure = error``, ``self.children.append(child)``.

Rules of this file: read from the source by `ast`, never by running or importing anything; what is kept of a file is text and
numbers, and only of the last files that were asked for. A line that stores ``None`` or another constant does not store the
reference. Without an answer the caller has the line of the class.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
import types
from collections.abc import Callable, Iterator

from pytest_gcguard.core import describe
from pytest_gcguard.core.model import Place

_ATTRIBUTE = re.compile(r"\.([^\W\d]\w*)(\[|<|$)")
_VARIABLE = re.compile(r"\.<(local|closure) ([^\W\d]\w*)>")
_ADDING = frozenset(("add", "append", "appendleft", "extend", "insert", "put", "setdefault", "update"))

Stores = dict[str, list[int]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Source:
    """Of a file: by class and attribute where it is stored and where it is added to, by function and variable where it is set.

    Functions are known by their first line and name, as code objects are; ``outer`` has the function around each.
    """

    stored: dict[str, Stores]
    added: dict[str, Stores]
    variables: dict[tuple[int, str], Stores]
    outer: dict[tuple[int, str], tuple[int, str]]


def line(obj: object, words: str) -> Place | None:
    """Where the reference of an object that reads ``words`` is stored; None where that cannot be told.

    >>> class Node:
    ...     pass
    >>> line(Node(), ".parent")
    """
    code = describe.code_of(obj)
    variable = _VARIABLE.match(words)
    if code is not None:
        return _of_variable(code, *variable.groups()) if variable is not None else None
    attribute = _ATTRIBUTE.match(words)
    return _of_attribute(type(obj), attribute[1], bool(attribute[2])) if attribute is not None else None


@functools.lru_cache(maxsize=64)
def imported(file: str) -> frozenset[str]:
    """The names that a module imports from others; none where its source cannot be read.

    >>> import copy
    >>> "dispatch_table" in imported(copy.__file__)
    True
    """
    work: list[ast.stmt] = list(getattr(describe.parse(file), "body", ()))
    names: set[str] = set()
    while work:
        statement = work.pop()
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        work += (child for child in ast.iter_child_nodes(statement) if isinstance(child, (ast.If, ast.Try, ast.stmt)))
    return frozenset(names)


def _of_variable(code: types.CodeType, scope: str, name: str) -> Place | None:
    file = code.co_filename
    source = _source(file)
    function: tuple[int, str] | None = (code.co_firstlineno, code.co_name)
    if scope == "closure" and function is not None:
        function = source.outer.get(function)
    while function is not None:
        lines = source.variables.get(function, {}).get(name)
        if lines:
            return Place(file, lines[-1])
        function = source.outer.get(function)
    return None


def _of_attribute(tp: type, name: str, is_item: bool) -> Place | None:
    """In the bodies of the class and of those that it inherits from, then anywhere in their files."""
    homes = [(place.file, describe.type_qualname(base)) for base in describe.mro(tp) if (place := describe.place(base))]
    for kind in ("added", "stored") if is_item else ("stored",):
        for file, qualname in homes:
            lines = getattr(_source(file), kind).get(qualname, {}).get(name)
            if lines:
                return Place(file, lines[0])
        for file, _ in homes:
            lines = getattr(_source(file), kind).get("", {}).get(name)
            if lines:
                return Place(file, lines[0])
    return None


@functools.lru_cache(maxsize=64)
def _source(file: str) -> _Source:
    source = _Source({}, {}, {}, {})
    work: list[tuple[ast.AST, str, str, tuple[int, str] | None]] = [(describe.parse(file), "", "", None)]
    while work:
        node, prefix, owner, function = work.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                work.append((child, f"{prefix}{child.name}.", prefix + child.name, function))
                _fields(source, child, prefix + child.name)
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                inner = _function(child)
                if function is not None:
                    source.outer[inner] = function
                    _note(source.variables.setdefault(function, {}), inner[1], child.lineno)
                work.append((child, f"{prefix}{inner[1]}.<locals>.", owner, inner))
            else:
                _statement(source, child, owner, function)
                work.append((child, prefix, owner, function))
    for tables in (*source.stored.values(), *source.added.values(), *source.variables.values()):
        for lines in tables.values():
            lines.sort()
    return source


def _statement(source: _Source, node: ast.AST, owner: str, function: tuple[int, str] | None) -> None:
    for kind, name, number in _stores(node):
        if kind != "variable":
            table = source.stored if kind == "stored" else source.added
            for home in {owner, ""}:
                _note(table.setdefault(home, {}), name, number)
        elif function is not None:
            _note(source.variables.setdefault(function, {}), name, number)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tuple[int, str]:
    if isinstance(node, ast.Lambda):
        return node.lineno, "<lambda>"
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.name


def _note(stores: Stores, name: str, number: int) -> None:
    stores.setdefault(name, []).append(number)


def _fields(source: _Source, node: ast.ClassDef, qualname: str) -> None:
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
