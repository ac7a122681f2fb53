"""The graph of unreachable objects: what refers to what, whose each object is, and the cycles among them.

Rules of this file: nodes are positions in the list of the objects, which lives as long as the graph; an instance's
``__dict__`` is folded into its instance.
"""

from __future__ import annotations

import functools
import threading
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import compress

from pytest_gcguard.core.cycles import graph
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Place
from pytest_gcguard.core.objects import paths, reading, referents, shares
from pytest_gcguard.core.objects.classes import find
from pytest_gcguard.core.objects.describe import told_by_type
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.unpatched import gc

_TRACED = 50
"""How many objects of a component are asked for the lines that made them, until one of them knows."""
_WHOSE = (Origin.OWN, Origin.LIBRARY, Origin.STDLIB)  # looked for in lists: the hash of an enumeration's member is Python code
RANK = {Origin.OWN: 0, Origin.LIBRARY: 1, Origin.STDLIB: 2, Origin.HARNESS: 3, None: 4}
"""Several may take part in a cycle: it belongs to the first of them in this order. None is nobody, as for a plain list."""
_ALIKE = 16
"""Among fewer objects than this each is asked whose it is; among more, one of each type where the type alone tells."""


class Captured:
    """The graph of some objects, for as long as they are looked at.

    ``successors`` are the references among them, ``callees`` the same without those of frames to the frames that called them.

    >>> one, other = [], []
    >>> one.append(other); other.append(one)
    >>> Captured([one, other], Origins(None)).cycles([0, 1])
    ([[0, 1]], [])
    """

    def __init__(self, objects: Sequence[object], origins: Origins) -> None:
        self.objects = objects
        self.origins = origins
        kinds = list(map(type, objects))
        self._kinds = list(map(id, kinds))
        self._types = dict(zip(self._kinds, kinds, strict=True))
        self._each = set(self._of_kinds({key for key, tp in self._types.items() if not told_by_type(tp)}))
        """The nodes whose type alone does not tell whose they are, as functions and modules."""
        self._origin: dict[int, Origin | None] = {}
        self._origin_of_type: dict[int, Origin | None] = {}
        index = dict(zip(map(id, objects), range(len(objects)), strict=True))
        self.successors = _successors(objects, index)
        self._owner_of_kinds: dict[tuple[int, ...], Origin] = {}
        """Whose a component is, by the types of its objects, where the types alone decide."""
        self._owner_of_dict: dict[int, int] = {}
        self._fold(index)
        self._caller = {
            node: index[id(obj.f_back)]
            for node, obj in enumerate(objects)
            if type(obj) is types.FrameType and id(obj.f_back) in index
        }
        self.callees = self._without_callers()

    def _fold(self, index: Mapping[int, int]) -> None:
        """Makes each instance's ``__dict__`` a part of its instance: only some versions of Python show it as an object. So are
        the dictionaries of a `threading.local`.
        """
        dicts = set(self._of_kinds({id(dict)}))
        reader = reading.Reader()
        owners = {key for key, tp in self._types.items() if reading.may_have_dict(tp)} if dicts else set()
        for node in self._of_kinds(owners):
            for target in dicts.intersection(self.successors[node]):
                if reader.instance_dict(self.objects[node]) is self.objects[target]:
                    self._owner_of_dict[target] = node
        for node in self._of_kinds({key for key, tp in self._types.items() if issubclass(tp, threading.local)}):
            parts_of_it = map(id, shares.dictionaries(self.objects[node]))  # type: ignore[arg-type] # chosen by type
            self._owner_of_dict.update((index[part], node) for part in parts_of_it if part in index)
        for part, owner in self._owner_of_dict.items():
            # whoever else refers to the dictionary refers to the instance's attributes: to the instance, as far as cycles go
            self.successors[owner] = [node for node in self.successors[owner] if node != part] + [
                node for node in self.successors[part] if node != part
            ]
            self.successors[part] = []
        parts = self._owner_of_dict.keys()
        for node, targets in enumerate(self.successors) if parts else ():
            if not parts.isdisjoint(targets):
                self.successors[node] = [self._owner_of_dict.get(target, target) for target in targets]

    def _of_kinds(self, kinds: Collection[int]) -> Iterable[int]:
        """The nodes of some types, which are given by id."""
        return compress(range(len(self.objects)), map(kinds.__contains__, self._kinds)) if kinds else ()

    def _without_callers(self) -> list[list[int]]:
        """The successors without the references of frames to the frames that called them."""
        if not self._caller:
            return self.successors
        callees = list(self.successors)
        for node, caller in self._caller.items():
            callees[node] = list(callees[node])
            callees[node].remove(caller)  # one of them: a local may hold the caller's frame as well
        return callees

    def kinds(self, component: Iterable[int]) -> tuple[int, ...]:
        """The types of some nodes, by id."""
        return tuple(map(self._kinds.__getitem__, component))

    def folded(self, nodes: Collection[int]) -> int:
        """How many dictionaries are parts of these nodes."""
        return sum(owner in nodes for owner in self._owner_of_dict.values())

    def origin(self, node: int) -> Origin | None:
        """Whose an object is: asked once for each object, or once for its type where that alone tells."""
        key = self._kinds[node]
        if key in self._origin_of_type:
            return self._origin_of_type[key]
        if node in self._origin:
            return self._origin[node]
        origin = self.origins.of_object(self.objects[node])
        if node in self._each:
            self._origin[node] = origin
        else:
            self._origin_of_type[key] = origin
        return origin

    def _origins(self, nodes: Collection[int]) -> list[Origin | None]:
        """The origins that occur among some objects; of many objects of one type only one is asked where that is enough."""
        if len(nodes) < _ALIKE:
            return list(map(self.origin, nodes))
        one_of_each = dict(zip(map(self._kinds.__getitem__, nodes), nodes, strict=True))
        return list(map(self.origin, {*one_of_each.values(), *self._each.intersection(nodes)}))

    def _maybe_of_harness(self) -> set[int]:
        """The nodes that the harness may own: by their type, or because their type alone does not tell."""
        one_of_each = dict(zip(self._kinds, range(len(self._kinds)), strict=True))
        return self._each.union(
            self._of_kinds({key for key, node in one_of_each.items() if self.origin(node) is Origin.HARNESS})
        )

    def cycles(self, nodes: Sequence[int]) -> tuple[list[list[int]], list[list[int]]]:
        """The cycles among some nodes, sinks first: those that remain without the harness' objects, and then the others."""
        real: list[list[int]] = []
        others: list[list[int]] = []
        maybe = self._maybe_of_harness()
        for component in _cyclic(self.successors, [node for node in nodes if self.successors[node]]):
            of_harness = {node for node in maybe.intersection(component) if self.origin(node) is Origin.HARNESS}
            if not of_harness:
                real += self._without_calls(component) if self._caller else (component,)
                continue
            without = [node for node in component if node not in of_harness]
            found = [part for each in _cyclic(self.successors, without) for part in self._without_calls(each)]
            seen = {node for part in found for node in part}
            real += found
            others += (part for part in self._without_calls(component) if seen.isdisjoint(part))
        return real, others

    def _without_calls(self, component: list[int]) -> list[list[int]]:
        """The parts of a cycle that are still cycles without the references of frames to their callers; all of it if none is.

        A frame that is only reached by ``f_back`` has no part in a cycle: where a library keeps an exception in a local
        variable, the test that called the library is not to blame.
        """
        if self._caller.keys().isdisjoint(component):
            return [component]
        return _cyclic(self.callees, component) or [component]

    def owner(self, component: Collection[int]) -> Origin:
        """Whose a cycle is: the first of own, library, stdlib that takes part.

        A cycle of plain containers alone is the project's, unless a trace says that somebody else made it. A cycle that an
        object of the standard library's C code makes all by itself is not the project's.
        """
        kinds = self.kinds(component)
        if kinds in self._owner_of_kinds:
            return self._owner_of_kinds[kinds]
        successors = self.making_a_cycle(component)
        passed = self._passed_by(component) if successors is not self.callees else frozenset()
        parts = self._origins([node for node in component if node not in passed] if passed else component)
        first = next((origin for origin in _WHOSE if origin in parts), None)
        if first is not None and not self._caller and self._each.isdisjoint(component):
            self._owner_of_kinds[kinds] = first
        if first is None and passed:
            # only code that calls and is called: the project's if all of it is
            calls = self._origins(passed)
            first = next((origin for origin in _WHOSE if origin in calls and origin is not Origin.OWN), None)
        if first is None and self._is_cached_by_itself(component):
            first = Origin.STDLIB
        return first or tracing.origin_of(self.made_at(component), self.origins) or Origin.OWN

    def _is_cached_by_itself(self, component: Collection[int]) -> bool:
        """Whether a cycle is there only because an object of the standard library's C code caches its own calls.

        A `sqlite3.Connection` does. Where a partial, a method or the like takes part, or a cache of anything else, the project
        may have made the cycle by it.
        """
        objects = [obj for obj in map(self.objects.__getitem__, component) if not paths.is_container(obj)]
        inside = {id(obj) for obj in objects if self.origins.is_c_of_stdlib(type(obj))}
        caches = [obj for obj in objects if id(obj) not in inside]
        return bool(caches) and all(
            type(obj) is functools._lru_cache_wrapper and id(_cached_by(obj)) in inside for obj in caches
        )

    def making_a_cycle(self, component: Collection[int]) -> list[list[int]]:
        """The successors to look at in a component: those of frames to their callers only if it is no cycle without them."""
        if not self._caller:
            return self.callees
        alone = self._caller.keys().isdisjoint(component) or graph.has_cycle(self.callees, component)
        return self.callees if alone else self.successors

    def _passed_by(self, component: Collection[int]) -> set[int]:
        """The frames that are in a component only as callers, or only as called ones.

        A called frame that was handling an error when a later one was raised takes part: the later error keeps the handled
        one.
        """
        inside = set(component)
        leads = {node for node in inside if not inside.isdisjoint(self.callees[node])}
        led_to = {target for node in inside for target in self.callees[node]}
        handling = {id(frame) for node in inside if (frame := _handled_in(self.objects[node])) is not None}
        return {
            node
            for node in inside
            if type(self.objects[node]) is types.FrameType
            and not (node in leads and node in led_to)
            and id(self.objects[node]) not in handling
        }

    def made_at(self, component: Collection[int]) -> tuple[Place, ...]:
        """The lines that made the most telling object of a cycle that was traced, innermost first; empty if none was."""
        if not tracing.running():
            return ()
        telling = sorted(component, key=lambda node: (RANK[self.origin(node)], node))[:_TRACED]
        traced = (tracing.made_at(self.objects[node], self.origins) for node in telling)
        return next(filter(None, traced), ())


def _successors(objects: Sequence[object], index: Mapping[int, int]) -> list[list[int]]:
    """For each object the positions of those that it refers to; most of what hangs from a cycle refers to none of them."""
    successors: list[list[int]] = []
    inside, to = index.__contains__, index.__getitem__
    held = referents.held if referents.SAYS_MORE else gc.get_referents
    for start in range(0, len(objects), _RUN):
        run = objects[start : start + _RUN]
        if index.keys().isdisjoint(map(id, gc.get_referents(*run))):
            successors += ([] for _ in run)
        else:
            # no list is written out here: its frame would take as long as the rest
            successors += (list(map(to, filter(inside, map(id, held(obj))))) for obj in run)
    return successors


_RUN = 32
"""How many objects are asked at once whether they refer to any other: what hangs from a cycle was often made in a row."""


def _cyclic(successors: Sequence[Sequence[int]], nodes: Sequence[int]) -> list[list[int]]:
    """The cycles of the graph that some nodes make by themselves, sinks first."""
    if _FEW * len(nodes) > len(successors):
        return [component for component in graph.components(successors, nodes) if graph.is_cyclic(successors, component)]
    index = dict(zip(nodes, range(len(nodes)), strict=True))
    part = [[index[target] for target in successors[node] if target in index] for node in nodes]
    return [[nodes[at] for at in component] for component in graph.components(part) if graph.is_cyclic(part, component)]


_FEW = 4
"""Where the nodes are fewer than the whole by more than this factor, a graph of their own is made."""


def _cached_by(obj: object) -> object:
    """The function that a cache of `functools.lru_cache` calls, from its attribute ``__wrapped__``."""
    return find((reading.instance_dict(obj) or {}).items(), "__wrapped__")


def _handled_in(obj: object) -> types.FrameType | None:
    """The frame that was handling an error when this exception was raised; None of other objects."""
    if not issubclass(type(obj), BaseException):
        return None
    handled = _CONTEXT(obj)
    traceback = _TRACEBACK(handled) if handled is not None else None
    return traceback.tb_frame if traceback is not None else None


_CONTEXT: Callable[[object], BaseException | None] = BaseException.__dict__["__context__"].__get__
_TRACEBACK: Callable[[object], types.TracebackType | None] = BaseException.__dict__["__traceback__"].__get__
