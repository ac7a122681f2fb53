"""Which of very many small rings are alike, found by columns: one object of each ring, of all rings at once.

A loop that makes hundreds of thousands of pairs leaves as many components that are described alike. To find that out for each
by itself takes some microseconds, most of it in Python; by columns it is done in C.

Rules of this file: those of ``twins``. In doubt two rings are not alike, and each is looked at by itself.
"""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from operator import and_, getitem, is_
from typing import Any

from pytest_gcguard.core.cycles.twins import KEY, READERS, Twins, words_of
from pytest_gcguard.core.objects import reading
from pytest_gcguard.core.objects.attributes import Attributes

_LONGEST = 8
"""Of longer rings columns are no quicker."""
_DICT = frozenset({id(dict)})
_TEXT = frozenset({id(str)})
_PLAIN = frozenset({id(str), id(int)})
"""A dictionary with keys of these types alone is asked for one of them without running code."""

_Values = Iterable[object] | None
"""What each object of a column refers to; None where that cannot be told."""


def alike(
    twins: Twins, successors: Sequence[Sequence[int]], ring: Sequence[int], others: Sequence[Sequence[int]]
) -> Iterable[bool] | None:
    """For each of ``others`` whether it is like ``ring``: nothing tells them apart. All have the same types in the same order.

    None where ``ring`` is no ring, or where columns cannot tell.

    >>> pairs = [{"b": {}}, {"b": {}}, {"b": {}}]
    >>> for each, name in zip(pairs, "aac"): each["b"][name] = each
    >>> objects = [obj for pair in pairs for obj in (pair, pair["b"])]
    >>> list(alike(Twins(objects), [[1], [0], [3], [2], [5], [4]], [0, 1], [[2, 3], [4, 5]]))
    [True, False]
    """
    if len(ring) > _LONGEST:
        return None
    columns = list(zip(*others, strict=True))
    objects = [list(map(twins.objects.__getitem__, column)) for column in columns]
    same: Iterable[bool] = repeat(True, len(others))
    for at, node in enumerate(ring):
        inside = [target for target in successors[node] if target in ring]
        if len(inside) != 1:
            return None
        targets = objects[ring.index(inside[0])]
        values = _values(twins, node, inside[0], objects[at], targets)
        if values is None:
            return None
        same = map(and_, same, map(is_, values, targets))
        led_to = list(map(successors.__getitem__, columns[at]))
        if set(map(len, led_to)) != {1}:  # where it is one, that is part of the ring
            counts = (map(list.count, led_to, column) for column in columns)  # type: ignore[arg-type] # they are lists
            same = map(and_, same, map((1).__eq__, map(sum, zip(*counts, strict=True))))
    return same


def _values(twins: Twins, node: int, target: int, column: list[Any], targets: list[object]) -> _Values:
    """What the objects of a column have in the place where the ring's object ``node`` has its ``target``."""
    obj = twins.objects[node]
    names = [name for name, value in twins.entries(obj) or () if value is twins.objects[target]]
    if len(names) != 1:
        return None
    kind, name = type(obj), names[0]
    if kind is dict:
        return _of_keys(column, targets) if name is KEY else _of_dicts(column, name, _PLAIN)
    if kind is types.FunctionType:
        words = words_of(obj)  # type: ignore[arg-type] # it is a function
        return (getattr(each, name) if words_of(each) == words else None for each in column)
    if id(kind) in _COLUMNS:
        return _COLUMNS[id(kind)](column, name)
    reader = twins.reader(kind) if id(kind) not in READERS else None
    return _of_instances(reader, column, name) if reader is not None else None


def _of_items(column: list[Any], at: int) -> _Values:
    return map(getitem, column, repeat(at)) if all(map(at.__lt__, map(len, column))) else None


def _of_cells(column: list[Any], _: object) -> _Values:
    return map(reading.contents, column)


def _of_callbacks(column: list[Any], name: str) -> _Values:
    return map(getattr, column, repeat(name))


def _of_instances(reader: Attributes, column: list[Any], name: object) -> _Values:
    found = reader.in_slots(name, column)
    if found is not None:
        return found
    spaces = reader.namespaces(column)
    return _of_dicts(spaces, name, _TEXT) if _DICT.issuperset(map(id, map(type, spaces))) else None


def _of_dicts(column: list[Any], name: object, keys: frozenset[int]) -> _Values:
    """What dictionaries have under a name, if all their keys are of some types."""
    return map(dict.get, column, repeat(name)) if keys.issuperset(map(id, map(type, chain.from_iterable(column)))) else None


def _of_keys(column: list[Any], targets: list[object]) -> _Values:
    """Of each dictionary the key that is its target."""
    return (next((key for key in each if key is target), None) for each, target in zip(column, targets, strict=True))


_COLUMNS: dict[int, Callable[[list[Any], Any], _Values]] = {
    id(list): _of_items,
    id(tuple): _of_items,
    id(types.CellType): _of_cells,
    id(weakref.ReferenceType): _of_callbacks,
}
