"""Which of several markers of the same name is closer to a test.

Rules of this file: nothing here knows what a marker means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

__all__ = ["marks"]


def marks(item: pytest.Item) -> Iterator[pytest.Mark]:
    """The markers of a test, the closest first: of its set of parameters, its function, its class, the bases of that, its
    module and packages.

    pytest's own order differs: a function's come before those of its parameters, and a class's after those of its bases.
    """
    for node in item.iter_parents():
        if node.own_markers:  # most have none
            yield from _closest_first(node.own_markers, list(_written(node)))


def _written(node: Any) -> Iterator[list[Any]]:
    """The markers that are written at a node, place by place, the closest place first."""
    if isinstance(node, pytest.Class):
        for base in node.obj.__mro__:
            yield _several(vars(base).get("pytestmark", []))
    elif isinstance(node, pytest.Function) and hasattr(node, "callspec"):
        yield node.callspec.marks
        yield _several(getattr(node.obj, "pytestmark", []))


def _several(found: object) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _closest_first(own: Sequence[pytest.Mark], places: Sequence[list[Any]]) -> Sequence[pytest.Mark]:
    """A node's markers sorted by place; those that a hook has put before or after all written ones stay there."""
    rank: dict[int, int] = {}
    for at, place in enumerate(places):
        for mark in place:
            rank.setdefault(id(getattr(mark, "mark", mark)), at)
    known = [at for at, mark in enumerate(own) if id(mark) in rank]
    if not known:
        return own
    first, end = known[0], known[-1] + 1
    written = sorted(own[first:end], key=lambda mark: rank.get(id(mark), 0))
    return [*own[:first], *written, *own[end:]]
