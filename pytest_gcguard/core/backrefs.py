"""Who refers to these objects: one walk over the heap, however many they are.

Rules of this file: needs a thawed heap (what is frozen is no referrer); what touches each object of the heap is done by C; no
code of an object runs.
"""

from __future__ import annotations

import gc
import sys
import threading
import types
from collections.abc import Sequence

from pytest_gcguard.core import collector

_FEW = 100
"""Of up to as many objects `gc.get_referrers` finds the referrers sooner.

It compares each reference of the heap with each of the objects: on 1,000,000 objects 17 ms for one of them and 1.2 ms more for
each further one. A set of their ids takes one look for each reference: 150 ms, however many they are.
"""
_CHUNK = 1024


class Own(list[object]):
    """A list in which a search keeps objects: never an answer."""


def referrers(objects: Sequence[object]) -> list[object]:
    """The objects that refer to one of ``objects``, without the lists of searches and the frames of running functions.

    >>> box = [object()]
    >>> [found is box for found in referrers(Own(box))]
    [True]
    """
    arguments = tuple(objects)  # from Python 3.13 on the call's own arguments are found
    found = gc.get_referrers(*arguments) if len(arguments) <= _FEW else _found_by_id(arguments)
    skipped = {id(arguments), id(found), id(collector.untraversable()), *_running_frames()}
    return Own(referrer for referrer in found if type(referrer) is not Own and id(referrer) not in skipped)


def _found_by_id(objects: Sequence[object]) -> list[object]:
    wanted = frozenset(map(id, objects))
    heap = collector.visible()
    result: list[object] = []
    for start in range(0, len(heap), _CHUNK):
        chunk = heap[start : start + _CHUNK]
        if not wanted.isdisjoint(map(id, gc.get_referents(*chunk))):
            result += [obj for obj in chunk if not wanted.isdisjoint(map(id, gc.get_referents(obj)))]
    return result


def _running_frames() -> frozenset[int]:
    """The ids of the frames of running functions, of every thread, where the collector sees those: in Python 3.10."""
    if sys.version_info >= (3, 11):
        return frozenset()
    else:  # noqa: RET505 - mypy takes what follows a version's return for dead code
        ids = []
        tops = sys._current_frames()
        tops[threading.get_ident()] = sys._getframe(1)  # a function whose variables hold its own frame would be a cycle
        for top in tops.values():
            frame: types.FrameType | None = top
            while frame is not None:
                ids.append(id(frame))
                frame = frame.f_back
        return frozenset(ids)
