"""What a source file says, read once: where its classes and functions are, and what is stored where.

Rules of this file: read from the source by `ast`, never by running or importing anything; what is kept of a file is text and
numbers, and only of the last files that were asked for. It is kept as bytes, which the collector does not track, so that a
test that counts objects does not count them.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import itertools
import marshal
from collections.abc import Collection, Iterable, Iterator, Mapping

from pytest_gcguard.core.files import statements, stores, trees
from pytest_gcguard.core.files.stores import Store

Stores = dict[str, list[int]]
_Function = tuple[int, str] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """What a file, or a part of it, says.

    In the tables by class, ``:Node`` has what is stored on a variable that its function has made by ``Node()``, wherever that
    is, and the empty name has what is stored on something that may be of any class.

    Functions are known by their first line and name, as code objects are. The first line is that of the first decorator, as in
    ``__firstlineno__`` and ``co_firstlineno``.
    """

    classes: dict[str, int]
    """The first line of each class, by qualified name."""
    functions: dict[tuple[int, str], str]
    """The qualified name of each function."""
    stored: dict[str, Stores]
    """By class and attribute, the lines that store the attribute;"""
    filled: dict[str, Stores]
    """those of them that may store a container with something in it;"""
    added: dict[str, Stores]
    """and the lines that add something to the container in the attribute."""
    variables: dict[tuple[int, str], Stores]
    """By function and variable, the lines that set the variable;"""
    caught: dict[tuple[int, str], Stores]
    """the lines that set it to what an ``except`` clause has caught, as ``variable Class``;"""
    raised: dict[tuple[int, str], Stores]
    """and the lines that raise what is in it."""
    outer: dict[tuple[int, str], tuple[int, str]]
    """The function around each function that is in one."""


def read(file: str) -> Source:
    """What a file says; nothing where there is none, or where it cannot be read.

    `linecache` is not used: it keeps the whole file, and may ask a module's loader for it.

    >>> list(read(__file__).classes), "read" in read(__file__).functions.values()
    (['Source'], True)
    """
    return Source(*marshal.loads(_read(file)))


@functools.lru_cache(maxsize=64)
def _read(file: str) -> bytes:
    return _kept(trees.parse(file))


def around(file: str, line: int, name: str) -> Source:
    """What one statement at the top level of a file says: the one with the function that begins at ``line``, or with the class
    of a qualified ``name``. What the whole file says where that statement cannot be told apart.

    >>> code = around.__code__
    >>> list(around(code.co_filename, code.co_firstlineno, "around").functions.values())
    ['around']
    """
    found = _part(file, *statements.around(file, line))
    return found if found is not None and (name in found.classes or (line, name) in found.functions) else read(file)


def function_at(file: str, line: int) -> str | None:
    """The qualified name of the function that a line is in; None for a line at the top of a module, or without a source.

    >>> function_at(function_at.__code__.co_filename, function_at.__code__.co_firstlineno + 2)
    'function_at'
    """
    spans = _spans(file, *statements.around(file, line))
    inside = [name for first, last, name in (_spans(file, 1, None) if spans is None else spans) or () if first <= line <= last]
    return inside[-1] if inside else None


@functools.lru_cache(maxsize=128)
def _spans(file: str, first: int, end: int | None) -> tuple[tuple[int, int, str], ...] | None:
    """The first and last line and the name of each class and function in some lines, outer ones before inner ones.

    Only these are kept: the syntax trees of a hundred files would be larger than the program.
    """
    tree = trees.part(file, first, end)
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


@functools.lru_cache(maxsize=512)
def line_of_class(file: str, qualname: str) -> int | None:
    """The line at which a class begins, the first one if there are several; None where no class has the name.

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
    tree = trees.part(file, first, end)
    return _kept(tree) if tree is not None else None


def _kept(tree: ast.Module) -> bytes:
    said = _said(tree)
    return marshal.dumps([getattr(said, name) for name in Source.__slots__])


def _said(tree: ast.Module) -> Source:
    source = Source({}, {}, {}, {}, {}, {}, {}, {}, {})
    elsewhere: list[tuple[Store, _Function]] = []
    made: dict[tuple[_Function, str], set[str]] = {}
    work: list[tuple[ast.AST, str, str, _Function]] = [(tree, "", "", None)]
    while work:
        node, prefix, owner, function = work.pop()
        for child in trees.children(node):
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
                elsewhere += zip(_statement(source, child, owner, function), itertools.repeat(function))
                _learn(made, child, function)
                new = _made_by_a_call(child)
                if new:
                    source.classes.setdefault(prefix + new, child.lineno)  # type: ignore[attr-defined] # an assignment has it
                work.append((child, prefix, owner, function))
    _place(source, elsewhere, made)
    kinds = (source.stored, source.filled, source.added, source.variables, source.caught)
    for tables in (table for kind in kinds for table in kind.values()):
        for lines in tables.values():
            lines.sort()
    return source


def _first_line(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _statement(source: Source, node: ast.AST, owner: str, function: _Function) -> Iterator[Store]:
    """Notes what a statement stores; yields the stores that may be on an object of a class other than the one around it."""
    if function is not None and isinstance(node, (ast.ExceptHandler, ast.Raise)):
        for table, words, line in stores.of_exceptions(node):
            _note(getattr(source, table).setdefault(function, {}), words, line)
    for store in stores.stores(node):
        if store.kind != "variable":
            if owner:
                _note(_table(source, store).setdefault(owner, {}), store.name, store.line)
                if store.kind == "stored" and not store.empty:
                    _note(source.filled.setdefault(owner, {}), store.name, store.line)
            if not owner or store.base != "self":
                yield store
        elif function is not None:
            _note(source.variables.setdefault(function, {}), store.name, store.line)


def _learn(made: dict[tuple[_Function, str], set[str]], node: ast.AST, function: _Function) -> None:
    """Notes for the variables that a statement sets by what call each is made."""
    for variable, name in stores.made(node):
        made.setdefault((function, variable), set()).add(name)


def _place(
    source: Source, found: Iterable[tuple[Store, _Function]], made: Mapping[tuple[_Function, str], Collection[str]]
) -> None:
    """Notes what is stored on variables: under the class that made the variable's value, else under the empty name."""
    known = {name.rpartition(".")[2] for name in source.classes}
    for store, function in found:
        home = function
        while (home, store.base) not in made and home is not None:
            home = source.outer.get(home)
        classes = made.get((home, store.base), ())
        # what is called may be a function, and what is imported may be the class by another name
        homes = {f":{name}" for name in classes} if classes and known.issuperset(classes) else {""}
        for each in homes:
            _note(_table(source, store).setdefault(each, {}), store.name, store.line)


def _table(source: Source, store: Store) -> dict[str, Stores]:
    return source.stored if store.kind == "stored" else source.added


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
    """What is stored by no statement: cached properties, and the annotated fields of a dataclass or attrs class."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and any(stores.last(each) == "cached_property" for each in child.decorator_list):
            _note(source.stored.setdefault(qualname, {}), child.name, child.lineno)
    if node.decorator_list:
        for child in node.body:
            if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
                _note(source.stored.setdefault(qualname, {}), child.target.id, child.lineno)
