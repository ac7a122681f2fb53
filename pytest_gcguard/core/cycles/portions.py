"""Which of very many unreachable objects are looked at: a portion in which each type occurs, with what its objects lead to.

To look at an object costs some microseconds and some hundred bytes, so what a test leaves of millions takes a minute and
gigabytes. Cycles of as many objects are seldom of as many kinds.

Rules of this file: works on a list of live objects; nothing that it leaves behind refers to one of them. The order of the
objects decides, so that the same test is told the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Set
from itertools import compress, count, filterfalse
from typing import NamedTuple

from pytest_gcguard.core.model import Cycle
from pytest_gcguard.core.unpatched import gc

_ROW = 1_000
"""How many objects that were made one after another are followed at once, at most."""
_SHARE = 8
"""The first object of a type gets one of so many parts of the room that is left: else what hangs together might fill it."""


class Portion(NamedTuple):
    """Some of the unreachable objects, in order. ``most`` is how many there may be, where not all are here, and else 0.

    ``open`` are the positions of those that may lead to objects that are not here.
    """

    objects: Sequence[object]
    most: int = 0
    open: Set[int] = frozenset()


def choose(objects: Sequence[object], most: int) -> Portion:
    """At most so many of some objects: the first of each type, then the first of all, each with what it leads to.

    >>> first, second, other = [], [], {}
    >>> first.append(second); second.append(first); other["it"] = other
    >>> [choose([first, second, other], most).objects for most in (3, 2)] == [[first, second, other], [first, other]]
    True
    """
    if len(objects) <= most:
        return Portion(objects)
    by_id = dict(zip(map(id, objects), objects, strict=True))
    taken: set[int] = set()
    cut_off: set[int] = set()
    for first in _first_of_each_type(objects):
        found, whole = _follow([first], by_id, taken, cut_off, -(-(most - len(taken)) // _SHARE))
        taken.update(found)
        if not whole:
            cut_off.update(found)
    row = min(_ROW, -(-most // _SHARE)) or 1
    for start in range(0, len(objects), row):
        found, whole = _follow(objects[start : start + row], by_id, taken, cut_off, most - len(taken))
        if not whole and start:
            break
        taken.update(found)
        if not whole:  # all hangs together, so this is to be seen of it
            cut_off.update(found)
            break
    is_taken = list(map(taken.__contains__, by_id))
    is_cut_off = map(cut_off.__contains__, compress(by_id, is_taken))
    return Portion(list(compress(objects, is_taken)), most, frozenset(compress(count(), is_cut_off)))


def _first_of_each_type(objects: Sequence[object]) -> list[object]:
    return list(dict(zip(map(id, map(type, reversed(objects))), reversed(objects), strict=True)).values())


def _follow(
    starts: Sequence[object], by_id: Mapping[int, object], taken: Set[int], cut_off: Set[int], room: int
) -> tuple[Set[int], bool]:
    """The ids of what some objects lead to and was not taken before; and whether that is all that they lead to."""
    found: dict[int, None] = {}
    whole = True
    step = dict.fromkeys(filterfalse(taken.__contains__, map(id, starts)))
    while step:
        if len(step) > room - len(found):
            whole = False
            step = dict.fromkeys([*step][: room - len(found)])
        found |= step
        if len(found) == room and not whole:
            break
        targets = dict.fromkeys(filter(by_id.__contains__, map(id, gc.get_referents(*map(by_id.__getitem__, step)))))
        whole = whole and cut_off.isdisjoint(targets)
        step = dict.fromkeys(filterfalse(found.__contains__, filterfalse(taken.__contains__, targets)))
    return found.keys(), whole


def told(cycle: Cycle, most: int, *, in_part: bool) -> Cycle:
    """A cycle of a portion with a note on that. What to cut is not verified where the cycle may be there only ``in_part``."""
    note = (
        f"at most {most:,} of the objects that became unreachable were looked at (gcguard_search_objects): there may be more "
        "of this cycle, and others"
    )
    cut = dataclasses.replace(cycle.cut, verified=False) if cycle.cut is not None and in_part else cycle.cut
    return dataclasses.replace(cycle, cut=cut, notes=(*cycle.notes, note))
