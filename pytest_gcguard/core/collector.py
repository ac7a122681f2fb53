"""The switchboard of module `gc`: the only place that pauses, freezes, thaws, collects and restores.

Rules of this file: whoever changes a setting here gets it back through `Settings.restore`; nothing else in the package calls
a function of `gc` that changes something.
"""

from __future__ import annotations

import functools
import gc
import math
import platform
import sys
import time
from collections.abc import Callable, Collection
from typing import Literal, NamedTuple

from pytest_gcguard.core import walks

Callback = Callable[[Literal["start", "stop"], dict[str, int]], object]


def unsupported() -> str | None:
    """Why this interpreter cannot be watched, or None where it can.

    >>> unsupported() is None
    True
    """
    if sys.implementation.name != "cpython":
        return f"{platform.python_implementation()} does not count references; only CPython can be guarded"
    return None


@functools.cache
def can_freeze() -> bool:
    """Whether `gc.freeze()` takes things out of sight here, and at no cost: tried once, on the heap as it is, which it thaws.

    Not on free-threaded builds, where it stops the world and walks the heap, and where some releases crash; and not on 3.14.0
    to 3.14.4, whose incremental collector made it linear in what was made since the last one.
    """
    if _FREE_THREADED or _INCREMENTAL:
        return False
    return min(map(_seconds_to_freeze, range(_TRIALS))) < _AT_NO_COST


def _seconds_to_freeze(_: int) -> float:
    """What it takes to freeze the heap and to thaw it again; forever, where what is frozen stays in sight."""
    probe: list[object] = []
    begun = time.perf_counter()
    gc.freeze()
    frozen = time.perf_counter()
    in_sight = any(obj is probe for obj in walks.get_objects())
    thawing = time.perf_counter()
    gc.unfreeze()
    return math.inf if in_sight else frozen - begun + time.perf_counter() - thawing


_INCREMENTAL = (3, 14, 0) <= sys.version_info[:3] <= (3, 14, 4)
"""Where objects that have survived any collection at all are in two lists that change places now and then."""
_TRIALS = 5
_AT_NO_COST = 50e-6
"""Seconds: a hundred times what it takes, and less than a walk over the heap of any run of pytest does."""


class Settings(NamedTuple):
    """What a program can set in `gc`, as it was when `take` was called. Not the callbacks: what a program has put among them
    is meant to be called on.

    >>> before = Settings.take()
    >>> gc.set_threshold(5); gc.disable()
    >>> before.restore()
    >>> Settings.take() == before
    True
    """

    enabled: bool
    threshold: tuple[int, ...]
    debug: int
    garbage: int

    @classmethod
    def take(cls) -> Settings:
        """The settings in force; of `gc.garbage` the length."""
        return cls(gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.garbage))

    def restore(self) -> None:
        """Puts every setting back; what was added to `gc.garbage` since is dropped from it."""
        if gc.get_debug() != self.debug:
            gc.set_debug(self.debug)
        if gc.get_threshold() != self.threshold:
            gc.set_threshold(*self.threshold)
        if len(gc.garbage) > self.garbage:
            del gc.garbage[self.garbage :]
        if gc.isenabled() != self.enabled:
            (gc.enable if self.enabled else gc.disable)()


def pause() -> None:
    """Switches automatic collections off."""
    gc.disable()


def automatic() -> bool:
    """Whether automatic collections are on."""
    return gc.isenabled()


def add_callback(callback: Callback) -> None:
    """Has a function called before and after each collection, whoever asks for it."""
    gc.callbacks.append(callback)


def remove_callback(callback: Callback) -> None:
    """Ends that; a callback that somebody else has taken off already is no error."""
    if callback in gc.callbacks:
        gc.callbacks.remove(callback)


def freeze() -> list[object]:
    """Takes everything that exists out of the collector's sight, at no cost.

    What it returns is the first object in sight, as long as nobody else freezes.
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
    """Thaws what was frozen here, and nothing that others froze, for somebody who is about to look through all of it.

    `in_sight` still tells what is new. If somebody has collected since the freeze, what was garbage then is freed, as it would
    have been; what was made since is kept from that.
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
        callbacks, gc.callbacks[:] = gc.callbacks[:], []  # nobody has asked for this one
        try:
            collect()
        finally:
            gc.callbacks[:0] = callbacks
    add_callback(given.callback)
    _sight.given = given


def gave_way() -> bool:
    """Whether the heap was thawed for somebody else since it was frozen."""
    return _sight.given is not None


def forget() -> None:
    """What was new when the heap was thawed for somebody else need not be told any more."""
    if _sight.given is not None:
        remove_callback(_sight.given.callback)
        del _sight.given.callback  # it refers to what has it
        _sight.given = None


class _Given:
    """What is new on a heap that was thawed for somebody: all that is young, and of the oldest generation what was new before.

    What somebody collects later on is noted, since it is not young then.
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
            new = _of(oldest(), self.ids) + new
        return _without(new, {id(self), id(self.ids), id(self.callback)})


class _Sight:
    """How what is in sight is told."""

    __slots__ = ("given", "probe")

    def __init__(self) -> None:
        self.given: _Given | None = None
        self.probe: list[object] | None = None
        """Where what is frozen was frozen here, the first object that was made since."""


_sight = _Sight()


# in functions of their own: what a comprehension closes over would be in sight, were it made before its objects were asked for


def _of(objects: list[object], ids: Collection[int]) -> list[object]:
    return [obj for obj in objects if id(obj) in ids]


def _without(objects: list[object], ids: Collection[int]) -> list[object]:
    return [obj for obj in objects if id(obj) not in ids]


def settle() -> None:
    """Puts everything that the collector sees into the oldest generation without collecting it, where there are generations.

    To be asked on a thawed heap: what somebody has frozen is thawed.
    """
    if has_generations():
        freeze()
        thaw()


def frozen() -> int:
    """How many objects are frozen; walks them all, so never ask for each test."""
    return gc.get_freeze_count()


def is_frozen() -> bool:
    """Whether somebody has frozen the heap; as dear as `frozen`.

    Python 3.12 keeps its few hundred immortal objects among the frozen ones, whether anybody freezes or not; a heap that was
    frozen has thousands from the start.
    """
    return frozen() > _IMMORTAL


_IMMORTAL = 2_000


def visible() -> list[object]:
    """The objects that the collector sees: after a freeze, those made since."""
    return _traversable(walks.get_objects())


def in_sight() -> list[object]:
    """The objects that were made since the last freeze, also where the heap was thawed for somebody else meanwhile."""
    return visible() if _sight.given is None else _sight.given.objects()


def has_generations() -> bool:
    """Whether objects are in the generations that `young` and `oldest` tell of."""
    return _INCREMENTAL or can_freeze()


def young() -> list[object]:
    """The objects that were made since the last full collection, from the oldest on, but for those that others survived."""
    youngest = walks.get_objects(generation=0)  # first: the other list would be among them
    return _traversable(youngest if _INCREMENTAL else walks.get_objects(generation=1) + youngest)


def oldest() -> list[object]:
    """The objects that have survived a full collection."""
    return _traversable(
        walks.get_objects(generation=1) + walks.get_objects(generation=2) if _INCREMENTAL else walks.get_objects(generation=2)
    )


def made_since() -> frozenset[int]:
    """The ids of what was made since the last full collection; none where that cannot be told."""
    return frozenset(map(id, young())) if has_generations() else frozenset()


def _traversable(objects: list[object]) -> list[object]:
    if _BROKEN_TRAVERSE and (unwanted := untraversable()) is not None:
        _take_out(objects, unwanted)  # in another frame: a cell of this one would be in sight
    return objects


def collections() -> int | None:
    """How many collections there were; as long as it stays the same, `visible` gives the objects in the order of their making.

    None where no order is kept.
    """
    return None if _FREE_THREADED else sum(generation["collections"] for generation in gc.get_stats())


_FREE_THREADED = "free-threading" in sys.version


def made() -> int:
    """How many objects were made since the last freeze or collection, net of those that are gone: a number that is at hand."""
    return gc.get_count()[0]


def untraversable() -> object:
    """The object that must not be asked for its references, None if there is none here."""
    return sys.modules.get("_asyncio") if _BROKEN_TRAVERSE else None


def _take_out(objects: list[object], unwanted: object) -> None:
    objects[:] = [obj for obj in objects if obj is not unwanted]


_BROKEN_TRAVERSE = sys.version_info[:2] == (3, 12)
"""In Python 3.12 module _asyncio shows the collector a list of freed objects; asking it for its references corrupts memory."""


def thawed_by_others() -> bool:
    """Whether somebody has thawed the heap since it was frozen: then the oldest generation holds what was there before."""
    return _has(walks.get_objects(generation=2), _SENTINEL)


def _has(objects: list[object], wanted: object) -> bool:
    return bool(objects) and any(obj is wanted for obj in objects)  # mostly there are none


_SENTINEL: list[object] = []


def collect() -> tuple[int, list[object]]:
    """Collects everything in sight; what ``gc.collect()`` returned and the objects that could not be freed.

    The uncollectable are taken off `gc.garbage` again; nothing can free them, so they stay where they are.
    """
    garbage = len(gc.garbage)
    debug = gc.get_debug()
    gc.set_debug(debug & ~gc.DEBUG_SAVEALL)
    try:
        found = gc.collect()
    finally:
        gc.set_debug(debug)
    uncollectable = gc.garbage[garbage:]
    del gc.garbage[garbage:]
    return found, uncollectable


def collect_and_keep() -> list[object]:
    """Collects everything in sight but frees nothing of it (`gc.DEBUG_SAVEALL`): the unreachable objects, to be looked at.

    Their finalizers have run and their weak references are cleared. Drop the list and call `collect` to free them.
    """
    garbage = len(gc.garbage)
    debug = gc.get_debug()
    gc.set_debug((debug & ~gc.DEBUG_STATS) | gc.DEBUG_SAVEALL)
    try:
        gc.collect()
    finally:
        gc.set_debug(debug)
    kept = gc.garbage[garbage:]
    del gc.garbage[garbage:]
    return kept
