"""Who refers to these objects: one walk over the heap, however many they are.

Rules of this file: needs a thawed heap (what is frozen is no referrer); what touches each object of the heap is done by C; no
code of an object runs.

Costs on 1,000,000 objects, CPython 3.10 to 3.14: `gc.get_referrers` compares each reference with each of the objects, 17 ms
for one of them and 1.2 ms for each further one. An index of what refers to what takes 400 ms, then 1 ms for any number.
"""

from __future__ import annotations

import gc
import sys
import threading
import types
from collections.abc import Collection, Sequence

from pytest_gcguard.core import collector, describe, reading, referents

_FURTHER = 15
"""How many objects beyond one a walk are looked for before the index is made: it is known then that the search is wide."""
_WALKS = 40
"""How many walks are made before that: by now the index would have been as quick."""
_CHUNK = 256
_PART = 16
"""Of a chunk in which something refers to what is sought so many are looked through together, before each by itself."""
_LARGEST = 5_000_000
"""Of a larger heap no index is made; it takes some 80 bytes for each object."""


class Own(list[object]):
    """A list in which a search keeps objects: never an answer."""


class Heap:
    """The heap, asked several times; `forget` it after a search, since it may hold all objects that there are, itself too.

    >>> box = [object()]
    >>> [found is box for found in Heap().referrers(Own(box))]
    [True]
    """

    def __init__(self) -> None:
        self._walks = 0
        self._further = 0
        self._index: _Index | None = None

    def referrers(self, objects: Sequence[object]) -> Own:
        """The objects that refer to one of ``objects``, without the lists of searches and the frames of running functions."""
        self._walks += 1
        self._further += len(objects) - 1
        if self._index is None and (self._further > _FURTHER or self._walks > _WALKS):
            heap = collector.visible()
            self._index = _Index(Own(heap), indexed=len(heap) <= _LARGEST)
        arguments = tuple(objects)  # from Python 3.13 on the call's own arguments are found
        found = gc.get_referrers(*arguments) if self._index is None else self._index.referrers(arguments)
        skipped = {id(arguments), id(found), id(collector.untraversable()), *_running_frames()}
        return Own(referrer for referrer in found if type(referrer) is not Own and id(referrer) not in skipped)

    def begin(self) -> None:
        """A search for another object begins: what was named since the last one may have dictionaries now."""
        if self._index is not None:
            self._index.young = None

    def forget(self) -> None:
        """Lets go of all objects: what is garbage by itself would hold them for as long as the heap is frozen."""
        self._index = None


class _Index:
    """For each part of the heap the ids of what its objects refer to, without what the collector does not know."""

    def __init__(self, heap: Own, indexed: bool) -> None:
        self._heap = heap
        self.young: frozenset[int] | None = None
        """The dictionaries that are younger than the heap, asked for once for each search."""
        self._parts = [self._references(start) for start in range(0, len(heap), _CHUNK)] if indexed else None

    def _references(self, start: int) -> set[int]:
        return set(map(id, filter(gc.is_tracked, gc.get_referents(*self._heap[start : start + _CHUNK]))))

    def referrers(self, objects: Sequence[object]) -> Own:
        wanted = frozenset(map(id, objects))
        if self.young is None:
            self.young = _younger_dictionaries()
        either = wanted | self.young if self.young is not None else None
        found = Own()
        for number, start in enumerate(range(0, len(self._heap), _CHUNK)):
            references = self._references(start) if self._parts is None else self._parts[number]
            if not wanted.isdisjoint(references) if len(references) < len(wanted) else not references.isdisjoint(wanted):
                for at in range(start, start + _CHUNK, _PART):
                    part = self._heap[at : at + _PART]
                    if either is None or not either.isdisjoint(map(id, gc.get_referents(*part))):
                        found += [obj for obj in part if sought(obj, wanted)]
        return found


def _younger_dictionaries() -> frozenset[int] | None:
    """The ids of dictionaries that may have been made by naming an instance, since the last collection; None if not known."""
    if not collector.has_generations():
        return None
    return frozenset(id(obj) for obj in collector.young() if type(obj) is dict)


def sought(obj: object, ids: Collection[int]) -> set[int]:
    """Which objects of given ids an object refers to, directly or by way of its own ``__dict__``, otherwise than as its class.

    The dictionary may be younger than the index: naming an instance makes it.
    """
    held = referents.held(obj)
    found = set(filter(ids.__contains__, map(id, held)))
    found.discard(id(type(obj)))  # that an instance refers to its class holds no class
    tp = type(obj)
    if not found and len(held) < _CHUNK and tp is not dict and reading.may_have_dict(tp):
        known = {id(obj.__globals__), id(obj.__builtins__)} if tp is types.FunctionType else ()  # type: ignore[attr-defined] # narrowed
        for each in held:
            if type(each) is dict and id(each) not in known:
                inside = set(filter(ids.__contains__, map(id, dict.values(each))))
                if inside and describe.instance_dict(obj) is each:
                    return inside
    return found


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
