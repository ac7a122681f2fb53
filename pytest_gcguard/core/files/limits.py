"""Which containers a source file keeps within a limit: it compares their length with something, and takes out of them.

Code that merely unregisters something compares no length; code that asks whether there is anything compares it with 0 or 1.

Rules of this file: read from the source by `ast`, never by running or importing anything.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from pytest_gcguard.core.files import statements, trees

_TAKES = frozenset({"clear", "pop", "popitem", "popleft"})
_SMALLEST = 2


def keeps(file: str, name: str) -> bool:
    """Whether a file keeps a variable, or an attribute with a dot before it, within a limit: see `kept_within`.

    If the file asks for no such length, it is not parsed.
    """
    return name.removeprefix(".") in _asked(file) and name in kept_within(file)


@functools.lru_cache(maxsize=256)
def _asked(file: str) -> frozenset[str]:
    return frozenset(_ASKS.findall(statements.text(file)))


_ASKS = re.compile(r"\blen\(\s*(?:\w+\.)*(\w+)\s*\)")
"""One pattern for all names, as in ``statements``."""


@functools.lru_cache(maxsize=64)
def kept_within(file: str) -> frozenset[str]:
    """The variables and the attributes (with a dot) that a function of a file keeps within a limit.

    It compares their length with one and takes something out of them, or puts an empty one in their place:
    ``if len(_CACHE) > 64: _CACHE.popitem(last=False)``. ``self`` stands for an instance itself.

    >>> sorted(kept_within(__file__))
    []
    """
    found: set[str] = set()
    for node in ast.walk(trees.parse(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name != "__init__":
            parts = list(ast.walk(node))
            names = {name for part in parts for name in _compared(part)} & {name for part in parts for name in _taken(part)}
            found |= names - _locals(node, parts)
    return frozenset(found)


def _locals(function: ast.FunctionDef | ast.AsyncFunctionDef, parts: list[ast.AST]) -> set[str]:
    """The variables of a function, but for ``self``."""
    found = {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)} - {"self"}
    found |= {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return found.difference(*(part.names for part in parts if isinstance(part, ast.Global)))


def _compared(node: ast.AST) -> Iterator[str]:
    """The containers whose length is compared, unless it is with a number too small to be a limit."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        small = any(isinstance(side, ast.Constant) and _is_small(side.value) for side in sides)
        for side in sides if not small else ():
            if isinstance(side, ast.Call) and isinstance(side.func, ast.Name) and side.func.id == "len" and side.args:
                yield from _name(side.args[0])


def _is_small(value: object) -> bool:
    return not isinstance(value, int) or value < _SMALLEST


def _taken(node: ast.AST) -> Iterator[str]:
    """The containers that a statement or call takes something out of, or replaces by an empty one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TAKES:
        yield from _name(node.func.value)
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield from _name(target.value)
    elif isinstance(node, ast.Assign) and _is_empty(node.value):
        for target in node.targets:
            yield from _name(target)


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords
    return (isinstance(value, ast.Dict) and not value.keys) or (isinstance(value, ast.List) and not value.elts)


def _name(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield f".{node.attr}"
