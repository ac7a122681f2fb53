"""Objects that hold others where the collector does not see it: arrays of objects, and dates and times with a time zone.

An array of numpy's is followed by no walk over the heap, so what is in it looks as if C code held it, wherever the array is.
Nor is a dictionary or a tuple that has nothing but such objects and atoms.

Rules of this file: those of ``references``; arrays and dates are read through the descriptors of their base.
"""

from __future__ import annotations

import datetime
import sys
import types
from collections.abc import Iterator, Sequence
from itertools import chain, compress
from typing import Any, cast

from pytest_gcguard.core.objects.classes import find
from pytest_gcguard.core.objects.modules import module_namespace
from pytest_gcguard.core.unpatched import gc

__all__ = ["carriers", "item", "may_be_carried"]

_CHUNK = 10_000
_MOST = 1_000_000
"""The objects of a larger array are not read."""
_NESTED = 3
"""How deep dictionaries and tuples that the collector does not follow are looked into."""


def may_be_carried(obj: object) -> bool:
    """Whether an array or a date may hold an object unseen, or what leads to one: it costs a walk over the heap to know.

    >>> may_be_carried(datetime.timezone.utc), may_be_carried([]) == (_ndarray() is not None)
    (True, True)
    """
    return _ndarray() is not None or issubclass(type(obj), datetime.tzinfo) or not gc.is_tracked(obj)


def carriers(objects: Sequence[object]) -> Iterator[tuple[object, list[object]]]:
    """The arrays and dates that are or hang from some objects, and what the collector does not follow between these and them:
    each with the objects that it holds unseen.

    >>> class Zone(datetime.tzinfo): ...
    >>> found = carriers([[datetime.datetime(2020, 1, 1, tzinfo=Zone())], datetime.datetime(2020, 1, 1)])
    >>> [(carrier.year, [type(each).__name__ for each in held]) for carrier, held in found]
    [(2020, ['Zone'])]
    """
    bases = _bases()
    known: dict[int, bool] = {}
    seen: set[int] = set()
    for start in range(0, len(objects), _CHUNK):
        some = objects[start : start + _CHUNK]
        found = gc.get_referents(*some)
        boxes = _boxes(found, bases, known)
        yield from boxes
        waiting = [*_of_types([*some, *found, *chain.from_iterable(held for _, held in boxes)], bases, known)]
        while waiting:
            carrier = waiting.pop()
            if id(carrier) in seen:
                continue
            seen.add(id(carrier))
            held = [each for each in _held(carrier) if gc.is_tracked(each) or issubclass(type(each), bases)]
            waiting += _of_types(held, bases, known)
            if held:
                yield carrier, held


def _boxes(
    objects: list[object], bases: tuple[type, ...], known: dict[int, bool], depth: int = _NESTED
) -> list[tuple[object, list[object]]]:
    """The dictionaries and tuples among some objects that are not followed though they lead to arrays or dates, with these and
    with what leads there.
    """
    boxes = [each for each in objects if (type(each) is dict or type(each) is tuple) and not gc.is_tracked(each)]
    if not boxes or not depth:
        return []
    boxes = [*{id(box): box for box in boxes}.values()]
    inside = gc.get_referents(*boxes)
    inner = _boxes(inside, bases, known, depth - 1)
    wanted = {*map(id, _of_types(inside, bases, known)), *(id(box) for box, _ in inner)}
    found = []
    for box in boxes if wanted else ():
        held = [each for each in gc.get_referents(box) if id(each) in wanted]
        if held:
            found.append((box, held))
    return [*found, *inner]


def item(parent: object, child: object) -> str | None:
    """The reference of an array or a date to what it holds unseen.

    >>> zone = datetime.timezone.utc
    >>> item(datetime.time(tzinfo=zone), zone), item([zone], zone)
    ('.tzinfo', None)
    """
    if not issubclass(type(parent), _bases()):
        return None
    if issubclass(type(parent), _DATES):
        return ".tzinfo" if any(each is child for each in _held(parent)) else None
    array = _ndarray()
    if array.base.__get__(parent) is child:
        return ".base"
    at = next((at for at, each in enumerate(_inside(parent)) if each is child), None)
    if at is None:
        return None
    return f"[{at}]" if array.ndim.__get__(parent) == 1 else "<member>"


def _of_types(objects: list[object], bases: tuple[type, ...], known: dict[int, bool]) -> Iterator[object]:
    """Those of some objects that are instances of the bases; ``known`` has by id of a type whether its instances are."""
    keys = list(map(id, map(type, objects)))  # the hash of a class may be code of its metaclass
    for key, example in dict(zip(keys, objects, strict=True)).items():
        if key not in known:
            known[key] = issubclass(type(example), bases)
    return compress(objects, map(known.__getitem__, keys))


def _held(carrier: Any) -> Iterator[object]:
    """What an array or a date holds unseen."""
    if issubclass(type(carrier), _DATES):
        base = next(base for base in _DATES if issubclass(type(carrier), base))
        zone = base.tzinfo.__get__(carrier)
        return iter(() if zone is None else (zone,))
    beneath = _ndarray().base.__get__(carrier)
    return chain(() if beneath is None else (beneath,), _inside(carrier))


def _inside(array: Any) -> Iterator[object]:
    numpy_array = _ndarray()
    is_read = numpy_array.dtype.__get__(array).char == "O" and numpy_array.size.__get__(array) <= _MOST
    return iter(numpy_array.flat.__get__(array)) if is_read else iter(())


_DATES: tuple[Any, ...] = (datetime.datetime, datetime.time)


def _bases() -> tuple[type, ...]:
    array = _ndarray()
    return _DATES if array is None else (*_DATES, array)


def _ndarray() -> Any:
    """The class of numpy's arrays; None where numpy is not imported."""
    numpy = sys.modules.get("numpy")
    if not issubclass(type(numpy), types.ModuleType):
        return None
    found = find(module_namespace(cast("types.ModuleType", numpy)).items(), "ndarray")
    return found if issubclass(type(found), type) else None
