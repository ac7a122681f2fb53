"""How a container refers to what is in it: ``['key']``, ``[3]``, ``<member>``.

Rules of this file: those of ``references``: containers are read by the methods of their built-in base. The loops run in C,
since there may be a million values.
"""

from __future__ import annotations

import builtins
import collections
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from pytest_gcguard.core.objects.classes import SCAN
from pytest_gcguard.core.objects.gaps import has_gaps
from pytest_gcguard.core.objects.keys import index, key_itself
from pytest_gcguard.core.objects.reading import ABSENT
from pytest_gcguard.core.unpatched import gc

__all__ = ["BACKWARDS", "MAPPINGS", "SEQUENCES", "item", "name_of"]

_MANY = 40
"""How many keys with the same value are looked at."""

_Rule = Callable[[Any, object], str | None]


def item(parent: object, child: object) -> str | None:
    """The reference of a container to ``child``; None if ``parent`` is no container, or does not have it.

    >>> item({"key": int}, int), item([str, int], int), item({int}, int), item(object(), int)
    ("['key']", '[1]', '<member>', None)
    """
    for base, rule in _CONTAINERS:
        if issubclass(type(parent), base):
            return rule(parent, child)
    return None


def _mapping_item(base: Any) -> _Rule:
    def rule(parent: object, child: object) -> str | None:
        key = name_of(base.keys(parent), base.values(parent), child)
        if type(key) is str:  # of several, the one that sorts first: their order may be that of a set
            return min(map(index, [key, *_texts_of(base.keys(parent), base.values(parent), child)]))
        if key is not ABSENT:
            return index(key)
        return key_itself(child) if name_of(itertools.repeat(True), base.keys(parent), child) is True else None

    return rule


def _sequence_item(base: Any) -> _Rule:
    def rule(parent: object, child: object) -> str | None:
        if has_gaps(parent):
            return "<member>" if any(child is each for each in gc.get_referents(parent)) else None
        position = name_of(itertools.count(), base.__iter__(parent), child)
        return None if position is ABSENT else f"[{position}]"

    return rule


def _set_item(base: Any) -> _Rule:
    return lambda parent, child: "<member>" if name_of(itertools.repeat(True), base.__iter__(parent), child) is True else None


MAPPINGS: tuple[type, ...] = (dict, *filter(None, [vars(builtins).get("frozendict")]))  # the second from 3.15 on
SEQUENCES: tuple[type, ...] = (list, tuple, collections.deque)
BACKWARDS: tuple[tuple[Any, Callable[[Any], Iterator[object]]], ...] = (
    (list, list.__reversed__),
    (tuple, lambda items: reversed(tuple.__getitem__(items, slice(None)))),  # a plain one, also of a subclass
    (collections.deque, collections.deque.__reversed__),
)
_SETS: tuple[type, ...] = (set, frozenset)
_CONTAINERS = (
    *((base, _mapping_item(base)) for base in MAPPINGS),
    *((base, _sequence_item(base)) for base in SEQUENCES),
    *((base, _set_item(base)) for base in _SETS),
)


def name_of(names: Iterable[object], values: Iterable[object], child: object) -> object:
    """The name at the first place where ``child`` is among the values; ``ABSENT`` if it is not there."""
    try:
        return next(itertools.compress(names, islice(map(operator.is_, values, itertools.repeat(child)), SCAN)), ABSENT)
    except RuntimeError:  # another thread changed the container
        return ABSENT


def _texts_of(names: Iterable[object], values: Iterable[object], child: object) -> list[str]:
    """The names at all places where ``child`` is among the values, if they are texts; of many only the first."""
    try:
        found = itertools.compress(names, islice(map(operator.is_, values, itertools.repeat(child)), SCAN))
        return [name for name in islice(found, _MANY) if type(name) is str]
    except RuntimeError:  # as in `name_of`
        return []
