"""What is in sight during a look: only what was made since it was opened.

Rules of this file: a window is opened, asked any number of times, and closed; it holds numbers, never the program's objects.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pytest_gcguard.core.heap import collector, freezing, generations


class Window(Protocol):
    """A way to see only what is new."""

    def open(self) -> None:
        """From now on only what is made later is in sight."""

    def objects(self) -> list[object]:
        """The objects in sight, held by the returned list alone."""

    def count(self, left: Sequence[object]) -> dict[str, int]:
        """objgraph's counts by type of objects that were in sight, net of what was there before."""

    def close(self) -> None:
        """Ends it; nobody asks any more."""


_open: set[int] = set()
"""The ids of the windows that are open."""


def is_any_open() -> bool:
    """Whether a window is open: to freeze the heap now would take what is new there out of its sight."""
    return bool(_open)


class Frozen:
    """Freezes what exists. Opening costs nothing, looking costs what was made; thawing is left to the owner of the heap."""

    def __init__(self) -> None:
        self._probe: list[object] = []
        self.tampered = False
        """Whether the program had frozen or thawed the heap itself at the last look: then it is not known what is new."""

    def open(self) -> None:
        _open.add(id(self))
        self._probe = freezing.freeze()

    def objects(self) -> list[object]:
        objects = freezing.in_sight()
        thawed = not freezing.gave_way() and freezing.thawed_by_others()
        self.tampered = not _taken_out(objects, self._probe) or thawed
        return objects

    def count(self, left: Sequence[object]) -> dict[str, int]:
        return _count(left)

    def close(self) -> None:
        _open.discard(id(self))
        if freezing.gave_way():
            freezing.freeze()  # else the heap stays frozen for the tests to come


def _taken_out(objects: list[object], unwanted: object) -> bool:
    """Takes one object, mostly the first, out of a list; whether it was there."""
    at = _place(objects, unwanted)
    if at >= 0:
        del objects[at]
    return at >= 0


def _place(objects: list[object], wanted: object) -> int:
    """Where an object is in a list; -1 if it is not there."""
    for at, obj in enumerate(objects):
        if obj is wanted:
            return at
    return -1


class Whole:
    """Knows what is new by the collector's generations, and leaves the heap as it is.

    For programs that look at the whole heap, and for interpreters where freezing is expensive. Opening and counting cost a
    walk over the heap.

    A full collection puts everything into the oldest generation. After it, what is in a younger one is new, and so is what was
    in a younger one when somebody collected. Ids say less: a new object may have the address of an older one that is gone.
    Where there are only ids, of the new objects of a type as many are found as there are more of that type than before.

    ``thaws``: what the program freezes itself is thawed, so that it is seen.
    """

    def __init__(self, *, thaws: bool = False) -> None:
        self._thaws = thaws
        self._old: dict[int, int] = {}
        """The ids of what is old, with those of its types: another type in its place is new."""
        self._counts: dict[str, int] = {}
        self._promoted: set[int] = set()
        """The ids of what was new when somebody collected; later on, only another new object can have one of these."""
        self._probe: list[object] | None = None
        """The last old object: until somebody collects, what was made after it comes after it."""
        self._early: frozenset[int] | None = frozenset()
        """From then on, the ids of old objects in a younger generation, as other threads make while a window is opened."""
        self._mixed = not freezing.has_generations()
        """Whether the generations do not tell new objects from old ones, so that their ids have to."""
        self._callback: collector.Callback | None = None
        _census(())  # what it imports should not be in sight

    def open(self) -> None:
        self.close()
        collector.collect()
        self._begin(generations.visible(), frozenset())
        self._early = None
        self._probe = []  # last: what is older than this is old

    @classmethod
    def around(cls, new: frozenset[int]) -> Whole:
        """An open window on a thawed heap in which just the objects with these ids are new."""
        window = cls()
        freezing.settle()
        window._begin(generations.without(generations.visible(), new), new)
        if not window._mixed:
            window._early = frozenset(filter(window._old.__contains__, map(id, generations.young())))
        return window

    def _begin(self, old: Sequence[object], new: frozenset[int]) -> None:
        self._old = dict(zip(map(id, old), map(id, map(type, old)), strict=True))
        self._counts = _census(old)
        self._promoted = set(new)
        self._mixed = not freezing.has_generations()
        self._callback = self._about_to_collect  # made once: a bound method is a new object each time it is asked for
        _open.add(id(self))
        collector.add_callback(self._callback)
        freezing.tell(self._callback)

    def close(self) -> None:
        _open.discard(id(self))
        self._probe = None
        if self._callback is not None:
            collector.remove_callback(self._callback)
            freezing.tell_no_more(self._callback)
            self._callback = None  # it refers to what has it

    def _about_to_collect(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start" and not self._mixed:  # else what has no old id is new, collected or not
            new = set(map(id, self._young()))
            if self._early is None:
                self._early = frozenset(map(id, generations.young())) - new
            self._promoted |= new

    def _young(self) -> list[object]:
        """The objects in the younger generations that were made since it was opened."""
        young = generations.young()
        if self._early is not None:
            return generations.without(young, self._early)
        del young[: _place(young, self._probe) + 1]
        return young

    def objects(self) -> list[object]:
        self._thaw()
        if self._mixed:
            new = _new(generations.visible(), self._old, self._promoted)
        else:
            new = self._young()
            if self._promoted:
                new = generations.having(generations.oldest(), self._promoted) + new
        # younger than what was there before
        own = {id(self._old), id(self._early), id(self._counts), id(self._promoted), id(self._callback)}
        return generations.without(new, own)

    def count(self, left: Sequence[object]) -> dict[str, int]:
        self._thaw()
        now = _census(generations.visible())
        # of a type no more than what is left, which is the test's: the guard and pytest make objects of common types, too
        counts = {name: min(number, now[name] - self._counts.get(name, 0)) for name, number in _count(left).items()}
        return {name: number for name, number in counts.items() if number > 0}

    def _thaw(self) -> None:
        if self._thaws and freezing.is_frozen():
            freezing.thaw()
            self._mixed = True


# in a function of its own: see `generations.having`


def _new(objects: list[object], old: Mapping[int, int], promoted: Collection[int]) -> list[object]:
    other = map(operator.ne, map(old.get, map(id, objects)), map(id, map(type, objects)))  # all in C: most objects are old
    known = map(promoted.__contains__, map(id, objects)) if promoted else itertools.repeat(False)
    return list(itertools.compress(objects, map(operator.or_, other, known)))


def _census(objects: Sequence[object]) -> dict[str, int]:
    from pytest_gcguard.core.heap import counting  # late: see `_count`

    return counting.census(objects)


def _count(objects: Sequence[object]) -> dict[str, int]:
    from pytest_gcguard.core.heap import counting  # late: counting is objgraph's, and most tests leave nothing to count

    return counting.count(objects)
