"""Who refers to these objects: one walk over the heap, however many they are.

Rules of this file: needs a thawed heap (what is frozen is no referrer); what touches each object of the heap is done by C; no
code of an object runs.

Costs on 1,000,000 objects, CPython 3.10 to 3.14: `gc.get_referrers` compares each reference with each of the objects, 17 ms
for one of them and 1.2 ms for each further one. An index of what refers to what takes 400 ms, then 1 ms for any number.
"""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Callable, Collection, Iterator, Sequence

from pytest_gcguard.core.heap import freezing, generations, walks
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.interpreter import FIRST_THREAD_BLINDS, FREE_THREADED
from pytest_gcguard.core.leaks.immortal import immortal
from pytest_gcguard.core.objects import carried, describe, reading, referents
from pytest_gcguard.core.unpatched import gc

_FURTHER = 15
"""How many objects, beyond one for each search, are looked for before the index is made: then some search is wide,"""
_WALKS = 40
"""or how many walks are made before that: by then the index would have been as quick."""
_CHUNK = 256
_PART = 16
"""In a chunk that has a referrer, so many objects are looked through together before each is by itself."""
_OFTEN = 64
"""How many referrers are met before it is asked again whether that is enough: asking is a system call."""
_LARGEST = 5_000_000
"""The heap of more objects gets no index, which takes some 80 bytes for each."""


class Own(list[object]):
    """A list in which a search keeps objects: never an answer."""


Over = Callable[[int], bool]
"""Given how many references were followed, whether that is enough; asked now and then."""


class Heap:
    """The heap during a search. Call `forget` after that, since it may hold all objects that there are.

    The referrers of an object are looked up once: the chains of objects that leak together mostly have their ends in common.
    ``hidden`` is the id of a list that is no answer. ``among`` is all that is searched, instead of the heap.

    >>> box = [object()]
    >>> [[found is box for found in each] for each in Heap().referrers(Own(box))]
    [[True]]
    """

    def __init__(self, hidden: int = 0, among: Own | None = None) -> None:
        self._hidden = hidden
        self._walks = 0
        self._further = 0
        self._is_part = among is not None
        self._index = _Index(among, indexed=True) if among is not None else None
        self._immortal = _Index(Own(immortal()), indexed=True)
        self._known: dict[int, Own] = {}
        self._carriers: dict[int, Own] | None = None
        """By the id of what they hold, the arrays and dates of the heap; looked for when something seems to have no holder."""
        self._made: set[int] = set()
        """The ids of dictionaries that instances were given by being looked at."""
        self._asked = Own()
        """The objects that were looked up, held so that nothing else gets their ids."""

    def referrers(self, objects: Sequence[object], over: Over | None = None, searches: int = 1) -> list[Own]:
        """For each of ``objects`` what refers to it, without the lists of searches and the frames of running functions.

        If ``over`` says so, it stops with what was found by then. ``searches``: the number of searches that ask for them.
        """
        new = Own({id(obj): obj for obj in objects if id(obj) not in self._known}.values())
        found = dict(zip(map(id, new), (Own() for _ in new), strict=True))
        if new and self._follow(new, found, over, searches):
            self._known.update(found)
            self._asked += new
        return [found[key] if key in found else self._known[key] for key in map(id, objects)]

    def _follow(self, objects: Own, found: dict[int, Own], over: Over | None, searches: int) -> bool:
        """Adds to ``found`` what refers to each object; whether that came to its end."""
        followed = 0
        for number, (referrer, keys) in enumerate(self._walk(objects, searches)):
            for key in keys:
                found[key].append(referrer)
            followed += len(keys)
            if over is not None and not number % _OFTEN and over(followed):
                return False
        return True

    def _walk(self, objects: Own, searches: int) -> Iterator[tuple[object, set[int]]]:
        """Each object that refers to some of ``objects``, with the ids of these."""
        self._walks += 1
        self._further += max(len(objects) - searches, 0)
        if self._index is None and (self._further > _FURTHER or self._walks > _WALKS):
            heap = generations.visible()
            self._index = _Index(Own(heap), indexed=len(heap) <= _LARGEST)
            del heap  # up to Python 3.10 the frame of this generator is in it: garbage that would hold all there is
        arguments = tuple(objects)  # from Python 3.13 on the call's own arguments are found
        by_index = self._index is not None and all(map(gc.is_tracked, arguments))  # which has nothing else
        found = self._index.candidates(arguments, self._made) if by_index and self._index else walks.get_referrers(*arguments)
        if FIRST_THREAD_BLINDS:
            found += self._immortal.candidates(arguments, self._made)
        skipped = {id(arguments), id(found), id(generations.untraversable()), self._hidden, *_running_frames()}
        wanted = frozenset(map(id, arguments))
        for referrer in found:
            if type(referrer) is not Own and id(referrer) not in skipped:
                keys = _sought(referrer, wanted, self._made)
                if keys:
                    yield referrer, keys

    def carriers(self, obj: object) -> Own:
        """The arrays and dates that hold an object which no walk over the heap shows."""
        if self._is_part or not carried.may_be_carried(obj):
            return Own()
        if self._carriers is None:
            self._carriers = {}
            for carrier, held in carried.carriers(Own(generations.visible())):
                for each in held:
                    self._carriers.setdefault(id(each), Own()).append(carrier)
        return self._carriers.get(id(obj), Own())

    def unseen(self, objects: list[object]) -> list[int]:
        """The places of the objects to which there are more references than a walk over the heap shows: C code has those.

        So has nobody, where C code has counted one reference too many. ``objects`` is a list that nobody else has, and no
        variable has one of them.

        >>> Heap().unseen([[]])
        []
        """
        if FREE_THREADED or self._is_part:  # references are counted apart for each thread, or not all are in sight
            return []
        known = {id(objects), *map(id, objects)}
        beside = generations.without(walks.get_referrers(*objects), known)
        found = set(map(id, Snapshot(objects).held_from_outside(beside)))
        return [at for at, key in enumerate(map(id, objects)) if key in found]

    def begin(self) -> None:
        """Another search begins: instances that were named since the last one may have dictionaries now."""
        if self._index is not None:
            self._index.young = None

    def forget(self) -> None:
        """Lets go of all objects: were this garbage itself, it would hold them for as long as the heap is frozen."""
        self._index = None
        self._immortal = _Index(Own(), indexed=True)
        self._known.clear()
        self._carriers = None
        self._asked.clear()
        self._made.clear()


class _Index:
    """For each part of the heap, the ids of the tracked objects that its objects refer to."""

    def __init__(self, heap: Own, indexed: bool) -> None:
        self._heap = heap
        self.young: frozenset[int] | None = None
        """The ids of dictionaries that were made after the index, looked up once for each search."""
        self._parts = [self._references(start) for start in range(0, len(heap), _CHUNK)] if indexed else None

    def _references(self, start: int) -> set[int]:
        found = gc.get_referents(*self._heap[start : start + _CHUNK])
        return set(map(id, found if FIRST_THREAD_BLINDS else filter(gc.is_tracked, found)))

    def candidates(self, objects: Sequence[object], made: set[int]) -> Own:
        """All objects that refer to one of these, and maybe others."""
        wanted = frozenset(map(id, objects))
        if self.young is None:
            self.young = _younger_dictionaries()
        either = wanted.union(self.young, made) if self.young is not None else None
        found = Own()
        for number, start in enumerate(range(0, len(self._heap), _CHUNK)):
            references = self._references(start) if self._parts is None else self._parts[number]
            if not wanted.isdisjoint(references) if len(references) < len(wanted) else not references.isdisjoint(wanted):
                for at in range(start, start + _CHUNK, _PART):
                    part = self._heap[at : at + _PART]
                    if either is None:
                        found += part
                    elif not either.isdisjoint(map(id, gc.get_referents(*part))):
                        found += (obj for obj in part if not either.isdisjoint(map(id, gc.get_referents(obj))))
        return found


def _younger_dictionaries() -> frozenset[int] | None:
    """The ids of dictionaries made since the last collection, maybe by naming an instance; None if that is not known."""
    if not freezing.has_generations():
        return None
    return frozenset(id(obj) for obj in generations.young() if type(obj) is dict)


def _sought(obj: object, ids: Collection[int], made: set[int]) -> set[int]:
    """The ids among ``ids`` that an object refers to, directly or by way of its own ``__dict__``, and not as its class.

    The dictionary may be younger than the index, since naming an instance makes it. So may the look at it here: then its id is
    added to ``made``.
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
                if inside:
                    namespace = describe.instance_dict(obj)
                    if namespace is each:
                        return inside
                    made.add(id(namespace))
    return found


def _running_frames() -> frozenset[int]:
    """The ids of the frames of running functions of all threads; only Python 3.10 shows these to the collector."""
    if sys.version_info >= (3, 11):
        return frozenset()
    else:  # noqa: RET505 -- mypy takes what follows a version's return for dead code
        ids = []
        tops = sys._current_frames()
        tops[threading.get_ident()] = sys._getframe(1)  # a function whose variables hold its own frame would be a cycle
        for top in tops.values():
            frame: types.FrameType | None = top
            while frame is not None:
                ids.append(id(frame))
                frame = frame.f_back
        return frozenset(ids)
