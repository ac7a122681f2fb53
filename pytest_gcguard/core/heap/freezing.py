"""Freezing the older heap, so that the collector sees only what is new, and thawing it for others who look through it.

Rules of this file: nothing else in the package freezes or thaws; what others have frozen stays so until `thaw` is called.
"""

from __future__ import annotations

import functools
import math

from pytest_gcguard.core.heap import walks
from pytest_gcguard.core.heap.collector import Callback, add_callback, collect, remove_callback
from pytest_gcguard.core.heap.generations import having, oldest, visible, without, young
from pytest_gcguard.core.interpreter import FREE_THREADED, INCREMENTAL
from pytest_gcguard.core.unpatched import gc, time


@functools.cache
def can_freeze() -> bool:
    """Whether `gc.freeze()` takes things out of sight here, and at no cost. That is tried once; it thaws the heap.

    It does not on free-threaded builds, where it stops all threads and walks the heap, and where some releases crash; nor on
    3.14.0 to 3.14.4, whose incremental collector walks over what was made since the last freeze.
    """
    if FREE_THREADED or INCREMENTAL:
        return False
    return min(map(_seconds_to_freeze, range(_TRIALS))) < _AT_NO_COST


def _seconds_to_freeze(_: int) -> float:
    """How long it takes to freeze the heap and to thaw it; infinity where what is frozen stays in sight."""
    probe: list[object] = []
    begun = time.perf_counter()
    gc.freeze()
    frozen = time.perf_counter()
    in_sight = any(obj is probe for obj in walks.get_objects())
    thawing = time.perf_counter()
    gc.unfreeze()
    return math.inf if in_sight else frozen - begun + time.perf_counter() - thawing


_TRIALS = 5
_AT_NO_COST = 50e-6
"""In seconds: a hundred times what a freeze takes, and less than a walk over the heap of any run of pytest."""


def has_generations() -> bool:
    """Whether objects are in the generations that `young` and `oldest` tell of."""
    return INCREMENTAL or can_freeze()


def made_since() -> frozenset[int]:
    """The ids of what was made since the last full collection; empty where that is not known."""
    return frozenset(map(id, young())) if has_generations() else frozenset()


def freeze() -> list[object]:
    """Takes everything that exists out of the collector's sight, at no cost.

    Returns the first object that is in sight from then on, unless somebody else freezes.
    """
    if _sight.given is not None:
        forget()
    gc.freeze()
    _sight.probe = []
    return _sight.probe


def thaw() -> None:
    """Gives everything that was frozen, by anybody, back to the collector."""
    if _sight.given is not None:
        forget()
    _sight.probe = None
    gc.unfreeze()


def give_way() -> None:
    """Thaws the heap for somebody who is about to look through all of it, if it was frozen here and by nobody else.

    `in_sight` still tells what is new. If somebody has collected since the freeze, what was garbage before is freed now, as
    that collection would have done; what was made since is not.
    """
    if _sight.probe is None:
        return
    older, newer = oldest(), young()
    if not (_has(newer, _sight.probe) or _has(older, _sight.probe)) or _has(older, _SENTINEL):
        return
    given = _Given(older)
    thaw()
    if older:
        given.note(newer)
        callbacks, gc.callbacks[:] = gc.callbacks[:], _told  # nobody has asked for this collection
        try:
            _collect_until_steady()
        finally:
            gc.callbacks[:0] = callbacks
    add_callback(given.callback)
    _sight.given = given


def tell(callback: Callback) -> None:
    """From now on a callback is called also for the collections of `give_way`, which those in `gc.callbacks` are not."""
    _told.append(callback)


def tell_no_more(callback: Callback) -> None:
    """Ends that; a callback that is not among them is no error."""
    if callback in _told:
        _told.remove(callback)


_told: list[Callback] = []


def _collect_until_steady() -> None:
    """Collects until the number of objects stays the same.

    A collection also stops tracking tuples of untracked objects, then tuples that hold only such tuples, one level each time.
    A program that collects until nothing changes would see these go.
    """
    left = math.inf
    for _ in range(_PASSES):
        collect()
        before, left = left, len(oldest())
        if left == before:
            return


_PASSES = 10


def gave_way() -> bool:
    """Whether the heap was thawed for somebody else since it was frozen."""
    return _sight.given is not None


def forget() -> None:
    """Ends the record of what was new when the heap was thawed for somebody else."""
    if _sight.given is not None:
        remove_callback(_sight.given.callback)
        del _sight.given.callback  # it refers to what has it
        _sight.given = None


class _Given:
    """What is new on a heap that was thawed for somebody: what is young, and of the oldest generation what was new then.

    Before a later collection the young objects are noted, since they are not young after it.
    """

    __slots__ = ("callback", "ids")

    def __init__(self, new: list[object]) -> None:
        self.ids = set(map(id, new))
        self.callback = self._about_to_collect

    def note(self, new: list[object]) -> None:
        self.ids.update(map(id, new))

    def _about_to_collect(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self.note(young())

    def objects(self) -> list[object]:
        new = young()
        if self.ids:
            new = having(oldest(), self.ids) + new
        return without(new, {id(self), id(self.ids), id(self.callback)})


class _Sight:
    """How `in_sight` tells what is new."""

    __slots__ = ("given", "probe")

    def __init__(self) -> None:
        self.given: _Given | None = None
        self.probe: list[object] | None = None
        """The first object made after the last freeze here; None on a heap that is not frozen here."""


_sight = _Sight()


def settle() -> None:
    """Puts everything that the collector sees into the oldest generation without collecting it, where there are generations.

    For a thawed heap: what somebody has frozen is thawed by this.
    """
    if has_generations():
        freeze()
        thaw()


def frozen() -> int:
    """How many objects are frozen; walks them all, so never ask for each test."""
    return gc.get_freeze_count()


def is_frozen() -> bool:
    """Whether somebody has frozen the heap; costs as much as `frozen`.

    Python 3.12 keeps its few hundred immortal objects among the frozen ones, whether anybody freezes or not; a heap that was
    frozen has thousands from the start.
    """
    return frozen() > _IMMORTAL


_IMMORTAL = 2_000


def in_sight() -> list[object]:
    """The objects that were made since the last freeze, even if the heap was thawed for somebody else meanwhile."""
    return visible() if _sight.given is None else _sight.given.objects()


def thawed_by_others() -> bool:
    """Whether somebody has thawed the heap since it was frozen: then the oldest generation holds what was there before."""
    return _has(walks.get_objects(generation=2), _SENTINEL)


def _has(objects: list[object], wanted: object) -> bool:
    return bool(objects) and any(obj is wanted for obj in objects)  # mostly there are none


_SENTINEL: list[object] = []
