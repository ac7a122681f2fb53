"""Which containers a source takes old entries out of by itself: those that have expired, or whose object has gone.

That is done in each function that adds to them, or in one that such a function calls, or in a loop that waits each time. A
function that looks at one key only, or that somebody has to call, lets the others stay.

Rules of this file: reads syntax trees only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence

from pytest_gcguard.core.files.contained import Names, called, pairs, where_added

_TAKES = frozenset({"discard", "pop", "popitem", "popleft", "remove"})
_WAITS = frozenset({"sleep", "wait"})
_CLOCK = re.compile(
    r"(^|_)(age|alive_until|clock|cutoff|deadline|expir\w*|horizon|monotonic|now|since|stale|time|times|timeout|timestamp|ts|ttl|"
    r"until|utcnow)(_|$)",
    re.IGNORECASE,
)


def swept(scopes: Sequence[Names]) -> set[str]:
    """The variables and attributes out of which what has expired is taken, as in ``limits.kept_within``."""
    return _swept(scopes, _tells_time)


def cleaned(scopes: Sequence[Names]) -> set[str]:
    """Those out of which weak references are taken whose objects have gone."""
    return _swept(scopes, _asks_references)


def _swept(scopes: Sequence[Names], condition: Callable[[ast.expr], bool]) -> set[str]:
    sweeps = [set(_sweeps(names, condition)) for names in scopes]
    if not any(sweeps):
        return set()
    in_loops = {
        name
        for names in scopes
        if _waits(names)
        for sweep, found in zip(scopes, sweeps, strict=True)
        if sweep is names or sweep.function in called(names)
        for name in found
    }
    return in_loops | set().union(*sweeps) & where_added(scopes, sweeps)[1]


def _sweeps(names: Names, condition: Callable[[ast.expr], bool]) -> Iterator[str]:
    """The containers that a function walks over and takes something out of, where that meets a condition."""
    if names.function == "__init__" or not any(map(condition, _conditions(names.parts))):
        return
    walks = [part for part in names.parts if isinstance(part, (ast.For, ast.AsyncFor, ast.comprehension))]
    walked = {name for walk in walks for name in names.walked(walk.iter)}
    # ``while _SEEN and _SEEN[0].until < now: _SEEN.popleft()``
    tests = [part.test for part in names.parts if isinstance(part, ast.While) and condition(part.test)]
    walked |= {name for test in tests for each in ast.walk(test) for name in names.of(each)}
    yield from walked.intersection(name for part in names.parts for name in _taken(part, names))


def _taken(node: ast.AST, names: Names) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TAKES:
        yield from names.of(node.func.value)
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield from names.of(target.value)
    for target, value in pairs(node):
        yield from names.filtered(target, value)


def _conditions(parts: list[ast.AST]) -> Iterator[ast.expr]:
    for part in parts:
        if isinstance(part, (ast.If, ast.While)):
            yield part.test
        elif isinstance(part, ast.comprehension):
            yield from part.ifs


def _tells_time(test: ast.expr) -> bool:
    words = (each.id if isinstance(each, ast.Name) else getattr(each, "attr", "") for each in ast.walk(test))
    return any(_CLOCK.search(word) is not None for word in words)


def _asks_references(test: ast.expr) -> bool:
    """Whether a condition compares what a call without arguments answers with None: ``if ref() is None``."""
    compared = (each for each in ast.walk(test) if isinstance(each, ast.Compare) and isinstance(each.left, ast.Call))
    return any(
        not (each.left.args or each.left.keywords)  # type: ignore[attr-defined] # a call, as asked above
        and any(isinstance(side, ast.Constant) and side.value is None for side in each.comparators)
        for each in compared
    )


def _waits(names: Names) -> bool:
    """Whether a function waits in a loop, as that of a thread that cleans up."""
    loops = [part for part in names.parts if isinstance(part, ast.While)]
    calls = (each.func for loop in loops for each in ast.walk(loop) if isinstance(each, ast.Call))
    return any((func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")) in _WAITS for func in calls)
