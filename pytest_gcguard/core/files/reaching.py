"""Which containers a source takes things out of whenever some number has been reached, whatever that counts.

It may be the length of another container, a number of calls, a sum of sizes, or the time since it was done last. Whatever adds
to the container compares the number, or calls what does: ``if self.bytes > self.most: self.flush()``.

Rules of this file: reads syntax trees only. To take out what a caller names is no limit: that unregisters.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from pytest_gcguard.core.files.contained import Names, called, empties, pairs, where_added
from pytest_gcguard.core.files.counts import Counts
from pytest_gcguard.core.files.stores import last

_TAKES = frozenset({"clear", "popitem", "popleft"})
_TAKES_ONE = frozenset({"discard", "pop", "remove"})
_LEAVES = (ast.Return, ast.Continue, ast.Break)
_CALLS = 3
"""Through so many calls a function may do what it is to do."""


def shed(scopes: Sequence[Names], counts: Counts) -> set[str]:
    """The variables and attributes out of which something is taken when a number is reached, as in ``limits.kept_within``."""
    by_name: dict[str, list[Names]] = {}
    for names in scopes:
        by_name.setdefault(names.function, []).append(names)
    found = [{name for part in _when_reached(names, counts) for name in _emptied(part, names, by_name)} for names in scopes]
    if not any(found):
        return set()
    for _ in range(_CALLS):
        by_function: dict[str, set[str]] = {}
        for names, each in zip(scopes, found, strict=True):
            by_function.setdefault(names.function, set()).update(each)
        found = [
            each.union(*(by_function.get(other, set()) for other in called(names)))
            for names, each in zip(scopes, found, strict=True)
        ]
    kept = set().union(*found) & where_added(scopes, found)[1]
    # ``self.old = self.young; self.young = {}``
    moved = {
        place
        for names, each in zip(scopes, found, strict=True)
        if each & kept
        for part in _when_reached(names, counts)
        for target, value in pairs(part)
        if kept.intersection(names.of(value))
        for place in names.of(target)
    }
    return kept | moved


def _when_reached(names: Names, counts: Counts) -> Iterator[ast.AST]:
    """What a function does only when a number has been reached."""
    if names.function == "__init__":
        return
    for part in names.parts:
        if isinstance(part, (ast.If, ast.While)):
            over, below = counts.reached(part.test, names), counts.reached(part.test, names, below=True)
            for each in (*(part.body if over else ()), *(part.orelse if below else ())):
                yield from _always(each)
            if below and isinstance(part, ast.If) and isinstance(part.body[-1], _LEAVES):
                yield from (each for each in _always(names.parts[0]) if getattr(each, "lineno", 0) > (part.end_lineno or 0))
        elif isinstance(part, (ast.For, ast.AsyncFor)) and counts.walks_surplus(part.iter, names):
            for each in part.body:
                yield from _always(each)


def _always(node: ast.AST) -> Iterator[ast.AST]:
    """A statement and its parts, but what a loop does with some items only: the others stay, however many they are."""
    work = [(node, False)]
    while work:
        part, in_loop = work.pop()
        if in_loop and isinstance(part, ast.If):
            continue
        yield part
        in_loop = in_loop or isinstance(part, (ast.For, ast.AsyncFor))
        work += ((each, in_loop) for each in ast.iter_child_nodes(part))


def _emptied(node: ast.AST, names: Names, by_name: dict[str, list[Names]]) -> Iterator[str]:
    """The containers that a statement takes something out of, or that a function does which it calls."""
    yield from _taken(node, names)
    work, seen = [(node, names)], set()
    for _ in range(_CALLS):
        further: list[tuple[ast.AST, Names]] = []
        for part, where in work:
            for other in by_name.get(_function(part, where), ()):
                if id(other) not in seen:
                    seen.add(id(other))
                    parts = [*_always(other.parts[0])]
                    for each in parts:
                        yield from _taken(each, other, given=True)
                    further += ((each, other) for each in parts)
        work = further


def _function(node: ast.AST, names: Names) -> str:
    """The name of a function that is called, unless a parameter tells it what to take: ``self._remove(oldest)``."""
    if not isinstance(node, ast.Call) or _are_given(node.args, names):
        return ""
    return last(node.func) if isinstance(getattr(node.func, "value", node.func), ast.Name) else ""


def _taken(node: ast.AST, names: Names, *, given: bool = False) -> Iterator[str]:
    """The containers that a statement or call takes something out of, but what a parameter names unless that is ``given``."""
    if isinstance(node, ast.Call):
        func = node.func
        if isinstance(func, ast.Attribute) and (
            func.attr in _TAKES or (func.attr in _TAKES_ONE and (given or not _are_given(node.args, names)))
        ):
            yield from names.of(func.value)
        if last(func) == "heappop" and node.args:
            yield from names.of(node.args[0])
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and (given or not _are_given([target.slice], names)):
                yield from names.of(target.value)
    for target, value in pairs(node):
        place = target.value if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice) else target
        if empties(value):
            yield from names.of(place)
        yield from set(names.of(place)).intersection(_parts_of(value, names))


def _parts_of(value: ast.expr, names: Names) -> Iterator[str]:
    """The containers of which an expression is a part: ``self.items[500:]``, ``dict(list(CACHE.items())[-50:])``."""
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and len(value.args) == 1:
        value = value.args[0]
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
        yield from names.walked(value.value)


def _are_given(values: Iterable[ast.expr], names: Names) -> bool:
    """Whether values come from the parameters of the function."""
    return any(isinstance(each, ast.Name) and each.id in names.given for value in values for each in ast.walk(value))
