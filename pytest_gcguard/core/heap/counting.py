"""Counts of objects by type, and which types rise in every repeat.

Rules of this file: objects are counted as objgraph does, by the full names of types (a table keyed by types would keep classes
alive); no code of a metaclass runs; returns numbers and text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import compress

import objgraph

from pytest_gcguard.core.heap import generations
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import class_items, find, is_made_by_program, mro
from pytest_gcguard.core.objects.texts import text


def count(objects: Sequence[object]) -> dict[str, int]:
    """objgraph's counts of objects by the full name of their type.

    >>> count([[], [], {}])
    {'builtins.list': 2, 'builtins.dict': 1}
    """
    kinds = list(map(type, objects))
    keys = list(map(id, kinds))
    numbers = Counter(keys)
    counts: Counter[str] = Counter()
    # objgraph is asked for the name of each type, by one object of it
    for key, example in dict(zip(keys, objects, strict=True)).items():
        plain, odd = _by_asking([example])
        (name,) = objgraph.typestats(plain, shortnames=False) if plain else map(counted_as, map(type, odd))
        counts[name] += numbers[key]
    return dict(counts)


def census(objects: Sequence[object]) -> dict[str, int]:
    """The same counts for very many objects, without asking objgraph.

    >>> census([[], [], {}])
    {'builtins.list': 2, 'builtins.dict': 1}
    """
    types = list(map(type, objects))
    kinds = dict(zip(map(id, types), types, strict=True))
    counts: Counter[str] = Counter()
    for key, number in Counter(map(id, types)).items():
        counts[counted_as(kinds[key])] += number
    return dict(counts)


def instances(name: str) -> int:
    """How many objects in sight have a type of this name, in full or without the module: objgraph's count.

    >>> class OnlyOne: pass
    >>> one = OnlyOne()
    >>> instances("OnlyOne")
    1
    """
    plain, odd = _by_asking(generations.visible())
    words = (counted_as(type(obj)) for obj in odd)
    return int(objgraph.count(name, plain)) + sum(name == (word if "." in name else word.rpartition(".")[2]) for word in words)


def _by_asking(objects: Sequence[object]) -> tuple[Sequence[object], list[object]]:
    """The objects whose types objgraph can ask for their names, and those whose metaclass would run code of its own."""
    types = list(map(type, objects))
    kinds = dict(zip(map(id, types), types, strict=True))
    odd = {key for key, tp in kinds.items() if not _answers_by_itself(tp)}
    if not odd:
        return objects, []
    keys = list(map(id, types))
    return (
        [obj for obj, key in zip(objects, keys, strict=True) if key not in odd],
        [obj for obj, key in zip(objects, keys, strict=True) if key in odd],
    )


_ASKED = frozenset({"__getattribute__", "__name__", "__module__"})


def _answers_by_itself(tp: type) -> bool:
    if not is_made_by_program(tp):
        return True
    names = (find(class_items(tp), "__module__"), type.__dict__["__name__"].__get__(tp))
    if any(type(name) is not str for name in names):
        return False
    asked = (find(class_items(base), name) for base in mro(type(tp)) if is_made_by_program(base) for name in _ASKED)
    return all(answer is None or type(answer) is str for answer in asked)  # a class has the text of its own module


def of_types(objects: Sequence[object], names: Collection[str]) -> list[object]:
    """The objects of types that `count` counts under one of some names.

    >>> of_types([[], {}], {"builtins.list"})
    [[]]
    """
    types = list(map(type, objects))
    wanted = {key for key, tp in dict(zip(map(id, types), types, strict=True)).items() if counted_as(tp) in names}
    return list(compress(objects, map(wanted.__contains__, map(id, types))))


def counted_as(tp: type) -> str:
    """The name under which `count` counts the instances of a class.

    >>> counted_as(list)
    'builtins.list'
    """
    module = describe.module_name(tp)
    name = text(type.__dict__["__name__"].__get__(tp))
    return f"{module}.{name}" if module else name


def risen(counts: Sequence[Mapping[str, int]]) -> dict[str, tuple[int, ...]]:
    """The types whose count rose each time, and by how much; the first count is a rise from nothing.

    >>> risen([{"a": 1, "b": 2}, {"a": 2, "b": 2}])
    {'a': (1, 1)}
    """
    rises = {
        name: tuple(after.get(name, 0) - before.get(name, 0) for before, after in zip([{}, *counts], counts, strict=False))
        for name in (counts[-1] if counts else ())
    }
    return {name: steps for name, steps in rises.items() if min(steps) > 0}


def are_replaced(first: Mapping[str, int], older: Mapping[str, int], newer: Mapping[str, int]) -> bool:
    """Whether a second run only replaced what the first run left, or left nothing again: then no type can rise each time.

    ``first`` counts what the first run left. Of what is left after the second run, ``older`` counts what was there before it,
    and ``newer`` what it made.

    >>> are_replaced({"a": 2, "b": 1}, {"b": 1}, {"a": 2})
    True
    >>> are_replaced({"a": 2}, {"a": 1}, {"a": 1}), are_replaced({"a": 1}, {}, {"a": 2})
    (False, False)
    """
    return older.keys().isdisjoint(newer) and all(number <= first.get(name, 0) for name, number in newer.items())
