"""What the collector sees, by generation; nothing is changed here.

Rules of this file: as long as nobody collects, objects come in the order in which they were made.
"""

from __future__ import annotations

import sys
from collections.abc import Collection

from pytest_gcguard.core.heap import walks
from pytest_gcguard.core.interpreter import FREE_THREADED, INCREMENTAL
from pytest_gcguard.core.unpatched import gc


def visible() -> list[object]:
    """The objects that the collector sees: after a freeze, those made since."""
    return _traversable(walks.get_objects())


def young() -> list[object]:
    """The objects that were made since the last full collection, from the oldest on.

    With an incremental collector, without those that have survived any collection.
    """
    youngest = walks.get_objects(generation=0)  # first: the other list would be among them
    return _traversable(youngest if INCREMENTAL else walks.get_objects(generation=1) + youngest)


def oldest() -> list[object]:
    """The objects that have survived a full collection."""
    return _traversable(
        walks.get_objects(generation=1) + walks.get_objects(generation=2) if INCREMENTAL else walks.get_objects(generation=2)
    )


def _traversable(objects: list[object]) -> list[object]:
    if _BROKEN_TRAVERSE and (unwanted := untraversable()) is not None:
        _take_out(objects, unwanted)  # in another frame: a cell of this one would be in sight
    return objects


def collections() -> int | None:
    """How many collections there were. While this stays the same, `visible` gives the objects in the order of their making.

    None where there is no such order.
    """
    return None if FREE_THREADED else sum(generation["collections"] for generation in gc.get_stats())


def made() -> int:
    """How many objects were made since the last freeze or collection, less those that are gone; costs nothing to ask."""
    return gc.get_count()[0]


def untraversable() -> object:
    """The object that must not be asked for its references, None if there is none here."""
    return sys.modules.get("_asyncio") if _BROKEN_TRAVERSE else None


def having(objects: list[object], ids: Collection[int]) -> list[object]:
    """The objects with one of some ids.

    In a function of its own, as the next one: the caller's list must be made before anything that a comprehension closes over,
    or that would be in sight.
    """
    return [obj for obj in objects if id(obj) in ids]


def without(objects: list[object], ids: Collection[int]) -> list[object]:
    """The objects with none of some ids."""
    return [obj for obj in objects if id(obj) not in ids]


def without_interned(objects: list[object]) -> list[object]:
    """The objects without the dictionary of interned texts, which the collector sees from Python 3.14 on."""
    for at, obj in enumerate(objects) if sys.version_info >= (3, 14) else ():
        # recognised by its first entry, whose key is its value, before anything is looked up in it
        if type(obj) is dict and obj and _is_of_one(next(iter(obj.items()))) and obj.get(_INTERNED) is _INTERNED:
            del objects[at]
            break
    return objects


def _is_of_one(entry: tuple[object, object]) -> bool:
    return entry[0] is entry[1] and type(entry[0]) is str


def _take_out(objects: list[object], unwanted: object) -> None:
    objects[:] = [obj for obj in objects if obj is not unwanted]


_INTERNED = sys.intern("a text that only pytest_gcguard.core.heap.generations has interned")
_BROKEN_TRAVERSE = sys.version_info[:2] == (3, 12)
"""In Python 3.12 module _asyncio shows the collector a list of freed objects; asking it for its references corrupts memory."""
