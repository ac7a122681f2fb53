"""What is in sight during a look: only what was made since it was opened.

Rules of this file: a window is opened, asked any number of times, and closed; it holds numbers, never objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pytest_gcguard.core import collector


class Window(Protocol):
    """A way to see only what is new."""

    def open(self) -> None:
        """From now on what exists already is out of sight."""

    def objects(self) -> list[object]:
        """The objects in sight, held by the returned list alone."""

    def count(self, left: Sequence[object]) -> dict[str, int]:
        """objgraph's counts by type of objects that were in sight, net of what was there before."""


class Frozen:
    """Freezes what exists. Opening costs nothing, looking costs what was made; thawing is left to the owner of the heap."""

    def __init__(self) -> None:
        self._probe: list[object] = []
        self.tampered = False
        """Whether, at the last look, the program had frozen or thawed the heap itself: what is new cannot be told then."""

    def open(self) -> None:
        collector.freeze()
        self._probe = []  # the first object in sight, as long as nobody else freezes

    def objects(self) -> list[object]:
        objects = collector.visible()
        self.tampered = not _taken_out(objects, self._probe) or collector.thawed_by_others()
        return objects

    def count(self, left: Sequence[object]) -> dict[str, int]:
        return _count(left)


def _taken_out(objects: list[object], unwanted: object) -> bool:
    """Takes one object out of a list, where it mostly is the first; whether it was there."""
    for at, obj in enumerate(objects):
        if obj is unwanted:
            del objects[at]
            return True
    return False


class Whole:
    """Remembers what exists, and leaves the heap as it is: for programs that look at the whole of it, and for interpreters
    where freezing is dear. Opening and looking cost a walk over the heap.

    ``thaws``: what the program freezes itself is to be seen, too.
    """

    def __init__(self, *, thaws: bool = False) -> None:
        self._thaws = thaws
        self._ids: frozenset[int] = frozenset()
        self._counts: dict[str, int] = {}

    def open(self) -> None:
        collector.collect()
        objects = collector.visible()
        self._ids = frozenset(map(id, objects))
        self._counts = _count(objects)

    @classmethod
    def around(cls, new: frozenset[int]) -> Whole:
        """An open window on a thawed heap in which just the objects with these ids are new."""
        window = cls()
        old = [obj for obj in collector.visible() if id(obj) not in new]
        window._ids = frozenset(map(id, old))
        window._counts = _count(old)
        return window

    def objects(self) -> list[object]:
        ids = self._ids
        if self._thaws:
            collector.thaw()
        objects = collector.visible()  # before there is a comprehension, which on some versions of Python is a function
        return [obj for obj in objects if id(obj) not in ids]

    def count(self, left: Sequence[object]) -> dict[str, int]:
        if self._thaws:
            collector.thaw()
        now = _count(collector.visible())
        return {name: net for name in _count(left) if (net := now[name] - self._counts.get(name, 0)) > 0}


def _count(objects: Sequence[object]) -> dict[str, int]:
    from pytest_gcguard.core import survivors  # late: counting is objgraph's, and most tests leave nothing to count

    return survivors.count(objects)
