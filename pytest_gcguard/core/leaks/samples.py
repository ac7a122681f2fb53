"""A choice from very many objects, small enough to look at one by one: those that tell most.

Rules of this file: what is chosen stays in its order; no code of an object runs; nothing is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import compress, filterfalse

from pytest_gcguard.core.heap.counting import counted_as
from pytest_gcguard.core.unpatched import gc


def latest(objects: list[object], most: int) -> list[object]:
    """The latest objects, at most ``most``, with a fair share for each type.

    >>> latest([1, 2, 3, "a", 4], 3)
    [3, 'a', 4]
    """
    if len(objects) <= most:
        return objects
    chosen: set[int] = set()
    by_type = _by_type(objects)
    for to_come, each in zip(range(len(by_type), 0, -1), sorted(by_type, key=len), strict=True):
        chosen.update(map(id, each[-max((most - len(chosen)) // to_come, 1) :]))
    return list(compress(objects, map(chosen.__contains__, map(id, objects))))


def outermost(objects: list[object]) -> list[object]:
    """The objects that no other one of them refers to.

    >>> inner = []
    >>> outermost([inner, [inner]])
    [[[]]]
    """
    inside = set(map(id, gc.get_referents(*objects)))
    return list(filterfalse(lambda obj: id(obj) in inside, objects))


def of_last_run(
    objects: list[object], growth: Mapping[str, Sequence[int]], most: int, traced: Collection[int] = ()
) -> list[object]:
    """Of more than ``most`` objects, those that the last run made: as many of each type as the last step of its growth.

    If these are still too many, the outermost of them and those whose ids are in ``traced`` come before what hangs from them.

    >>> of_last_run([["a"], ["b"], ["c"]], {"builtins.list": (1, 1)}, most=2)
    [['c']]
    """
    if len(objects) <= most:
        return objects
    last: set[int] = set()
    for each in _by_type(objects):
        last.update(map(id, each[-growth[counted_as(type(each[0]))][-1] :]))
    objects = list(compress(objects, map(last.__contains__, map(id, objects))))
    chosen = {key for key in map(id, objects) if key in traced}
    chosen.update(map(id, latest(outermost(objects), most // 2)))
    rest = [obj for obj in objects if id(obj) not in chosen]
    chosen.update(map(id, latest(rest, most - len(chosen))))
    return list(compress(objects, map(chosen.__contains__, map(id, objects))))


def _by_type(objects: Sequence[object]) -> list[list[object]]:
    by_type: dict[int, list[object]] = {}
    for obj in objects:
        by_type.setdefault(id(type(obj)), []).append(obj)
    return list(by_type.values())
