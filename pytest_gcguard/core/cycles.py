"""From unreachable objects to the cycles among them: which, whose, how large, and what holds them together.

Rules of this file: works on a list of live objects and returns inert text; nothing that it returns or leaves behind refers to
one of them. The graph is over integers; an instance's ``__dict__`` is folded into its instance.
"""

from __future__ import annotations

import dataclasses
import gc
import types
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence

from pytest_gcguard.core import describe, graph, nobodys, opening, paths, referents, tracing
from pytest_gcguard.core.component import Component
from pytest_gcguard.core.cuts import Bounds
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cycle, Place
from pytest_gcguard.core.origin import Origins, told_by_type
from pytest_gcguard.core.twins import Twins
from pytest_gcguard.core.unreachable import Mark, marks

_TYPES = 12
"""How many types of a component are named."""
_SMALL = 64
"""Components of no more objects are described once for all that are alike."""
_FORMS = 1_000
_TRACED = 50
"""How many objects of a component are asked for the lines that made them, until one of them knows."""
_RANK = {Origin.OWN: 0, Origin.LIBRARY: 1, Origin.STDLIB: 2, Origin.HARNESS: 3}

Ignore = Callable[[object], bool]
Said = dict[Hashable, Cycle]
"""What was said of a cycle, by the form that others share with it, so that what is alike is worded once in a run."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A cycle, and the marks of its objects: numbers, to recognise them after the collection."""

    cycle: Cycle
    marks: frozenset[Mark]


@dataclasses.dataclass(frozen=True, slots=True)
class Census:
    """All that was unreachable: the cycles, and how many objects belong to nobody's (class definitions, imports)."""

    found: tuple[Found, ...] = ()
    nobodys: int = 0


def census(
    garbage: Sequence[object],
    origins: Origins,
    ignore: Ignore | None = None,
    said: Said | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 -- it is frozen
) -> Census:
    """Finds the cycles among unreachable objects.

    ``garbage`` are all the unreachable objects, ``ignore`` says of an object that the cycles it takes part in are not to be
    mentioned, ``bounds`` say how far the search for what to cut goes. The order of the cycles is that of creation of their
    first objects.

    A cycle that is there only by way of class objects or module namespaces is nobody's: defining a class always leaves one.
    A cycle that is there only by way of the harness' objects is the harness'; one that holds without them is the project's,
    a library's or the standard library's, whoever of these takes part first in this order. Who merely called the one who
    made a cycle, and is reached from there by ``f_back``, takes no part in it.
    """
    captured = Captured(garbage, origins, said, bounds)
    real, harness = captured.cycles(nobodys.others(garbage))
    seen = {node for component in real for node in component}
    if ignore is not None:
        real = [component for component in real if not any(ignore(garbage[node]) for node in component)]
    roots = _roots(captured, real)
    found = [captured.describe(component, retained) for component, retained in sorted(roots)]
    found += [captured.describe(component, 0, Origin.HARNESS) for component in harness]
    in_cycles = seen.union(*harness)
    explained = graph.reachable(captured.successors, in_cycles)
    return Census(tuple(found), len(garbage) - captured.folded(explained) - len(explained))


def _roots(captured: Captured, components: list[list[int]]) -> list[tuple[list[int], int]]:
    """The components that do not hang from another one of the same rank or a better one, with how much hangs from them.

    What a cycle of the project keeps is a consequence of it. What a library's cycle keeps of the project's is not: the
    project's own cycle would still be there without it.
    """
    rank = {component[0]: _RANK[captured.owner(component)] for component in components}
    first = {node: component[0] for component in components for node in component}
    taken: set[int] = set()
    hanging: set[int] = set()
    result: list[tuple[list[int], int]] = []
    # `components` came sinks first, so the reverse meets each component before what hangs from it
    for wanted in sorted(set(rank.values())):
        for component in reversed(components):
            if rank[component[0]] != wanted or component[0] in hanging:
                continue
            mine = set(component)
            retained = 0
            frontier = {target for node in component for target in captured.callees[node] if target not in mine} - taken
            while frontier:
                taken |= frontier
                retained += len(frontier)
                hanging.update(first[target] for target in frontier & first.keys())
                frontier = graph.onward(captured.callees, frontier) - mine - taken
            result.append((component, retained))
    return result


class Captured:
    """The graph of some objects, for as long as they are looked at."""

    def __init__(self, objects: Sequence[object], origins: Origins, said: Said | None, bounds: Bounds) -> None:
        self._objects = objects
        self._bounds = bounds
        self._origins = origins
        self._origin: dict[int, Origin | None] = {}
        self._origin_of_type: dict[int, Origin | None] = {}
        index = dict(zip(map(id, objects), range(len(objects)), strict=True))
        self.successors = _successors(objects, index)
        self._owner_of_dict: dict[int, int] = {}
        self._said = {} if said is None else said
        self._twins = Twins(objects)
        self._of_twins: dict[Hashable, Cycle] = {}
        self._fold()
        self._caller = {
            node: index[id(obj.f_back)]
            for node, obj in enumerate(objects)
            if type(obj) is types.FrameType and id(obj.f_back) in index
        }
        self.callees = self._without_callers()

    def _fold(self) -> None:
        """Makes each instance's ``__dict__`` a part of its instance: a stop of its own only on some versions of Python."""
        dicts = {node for node, obj in enumerate(self._objects) if type(obj) is dict}
        for node, targets in enumerate(self.successors) if dicts else ():
            for target in dicts.intersection(targets) if targets else ():
                if _is_dict_of(self._objects[node], self._objects[target]):
                    self._owner_of_dict[target] = node
        for part, owner in self._owner_of_dict.items():
            # whoever else refers to the dictionary refers to the instance's attributes: to the instance, as far as cycles go
            self.successors[owner] = [node for node in self.successors[owner] if node != part] + [
                node for node in self.successors[part] if node != part
            ]
            self.successors[part] = []
        if self._owner_of_dict:
            for node, targets in enumerate(self.successors):
                self.successors[node] = [self._owner_of_dict.get(target, target) for target in targets]

    def _without_callers(self) -> list[list[int]]:
        """The successors without the references of frames to the frames that called them."""
        if not self._caller:
            return self.successors
        callees = list(self.successors)
        for node, caller in self._caller.items():
            callees[node] = list(callees[node])
            callees[node].remove(caller)  # one of them: a local may hold the caller's frame as well
        return callees

    def folded(self, nodes: Collection[int]) -> int:
        """How many dictionaries are parts of these nodes."""
        return sum(owner in nodes for owner in self._owner_of_dict.values())

    def origin(self, node: int) -> Origin | None:
        """Whose an object is, asked once; of those that only their class tells of, once for the class."""
        try:
            return self._origin[node]
        except KeyError:
            pass
        obj = self._objects[node]
        key = id(type(obj))
        if key in self._origin_of_type:
            origin = self._origin_of_type[key]
        else:
            origin = self._origins.of_object(obj)
            if told_by_type(type(obj)):
                self._origin_of_type[key] = origin
        self._origin[node] = origin
        return origin

    def cycles(self, nodes: Sequence[int]) -> tuple[list[list[int]], list[list[int]]]:
        """The cycles of the graph of some nodes, sinks first: those that hold without the harness' objects, and the others."""
        real: list[list[int]] = []
        others: list[list[int]] = []
        for component in _cyclic(self.successors, [node for node in nodes if self.successors[node]]):
            without = [node for node in component if self.origin(node) is not Origin.HARNESS]
            if len(without) == len(component):
                real += self._without_calls(component)
                continue
            found = [part for each in _cyclic(self.successors, without) for part in self._without_calls(each)]
            seen = {node for part in found for node in part}
            real += found
            others += (part for part in self._without_calls(component) if seen.isdisjoint(part))
        return real, others

    def _without_calls(self, component: list[int]) -> list[list[int]]:
        """The parts of a cycle that are cycles without the references of frames to their callers; all of it if none is.

        What a frame's ``f_back`` adds to a cycle that is one without it takes no part: a library that keeps an exception in
        a local makes no cycle of the test that called it.
        """
        if self._caller.keys().isdisjoint(component):
            return [component]
        return _cyclic(self.callees, component) or [component]

    def owner(self, component: Collection[int]) -> Origin:
        """Whose a cycle is: the first of own, library, stdlib that takes part.

        One of plain containers alone is the project's, unless a trace says that somebody else made it.
        """
        successors = self._successors(component)
        passed = self._passed_by(component) if successors is not self.callees else frozenset()
        parts = {self.origin(node) for node in component if node not in passed}
        first = next((origin for origin in (Origin.OWN, Origin.LIBRARY, Origin.STDLIB) if origin in parts), None)
        if first is None and passed:
            # only code that calls and is called: the project's if all of it is
            calls = {self.origin(node) for node in passed}
            first = next((origin for origin in (Origin.LIBRARY, Origin.STDLIB) if origin in calls), None)
        return first or tracing.origin_of(self.made_at(component), self._origins) or Origin.OWN

    def _successors(self, component: Collection[int]) -> list[list[int]]:
        """The references that make a component a cycle: with those of frames to their callers only if it needs them."""
        alone = self._caller.keys().isdisjoint(component) or graph.has_cycle(self.callees, component)
        return self.callees if alone else self.successors

    def _passed_by(self, component: Collection[int]) -> set[int]:
        """The frames that are in a component only because they called, or only because they were called.

        A frame that was called and has handled an error meanwhile takes part: a later error keeps the handled one.
        """
        inside = set(component)
        leads = {node for node in inside if not inside.isdisjoint(self.callees[node])}
        led_to = {target for node in inside for target in self.callees[node]}
        handling = {id(frame) for node in inside if (frame := _handled_in(self._objects[node])) is not None}
        return {
            node
            for node in inside
            if type(self._objects[node]) is types.FrameType
            and not (node in leads and node in led_to)
            and id(self._objects[node]) not in handling
        }

    def made_at(self, component: Collection[int]) -> tuple[Place, ...]:
        """The lines that made the first of a cycle's most telling objects, the innermost first; empty if nothing is traced."""
        if not tracing.running():
            return ()
        telling = sorted(component, key=lambda node: (_RANK.get(self.origin(node), len(_RANK)), node))[:_TRACED]  # type: ignore[arg-type] # None is no key
        traced = (tracing.made_at(self._objects[node], self._origins) for node in telling)
        return next(filter(None, traced), ())

    def describe(self, component: list[int], retained: int, origin: Origin | None = None) -> Found:
        """One component in words."""
        objects = [self._objects[node] for node in component]
        successors = self._successors(component)
        twins = self._twins.form(component, successors) if len(component) <= _SMALL and not tracing.running() else None
        said = self._of_twins.get((twins, origin)) if twins is not None else None
        if said is None:
            said = self._worded(component, objects, successors, origin)
            if twins is not None:
                self._of_twins[twins, origin] = said
        if said.retained != retained:
            said = dataclasses.replace(said, retained=retained)
        return Found(said, frozenset(marks(objects)))

    def _worded(
        self, component: list[int], objects: list[object], successors: list[list[int]], origin: Origin | None
    ) -> Cycle:
        """What is said of a component: of what is alike what was said before."""
        place = {node: at for at, node in enumerate(component)}
        part = Component(
            objects,
            [[place[target] for target in successors[node] if target in place] for node in component],
            lambda at: self.origin(component[at]),
        )
        made_at = self.made_at(component)
        form = (part.form(), made_at, origin) if len(component) <= _SMALL else None
        said = self._said.get(form) if form is not None else None
        if said is None:
            said = self._say(part, origin or self.owner(component), made_at)
            if form is not None and len(self._said) < _FORMS:
                self._said[form] = said
        return said

    def _say(self, part: Component, origin: Origin, made_at: Sequence[Place]) -> Cycle:
        cycle = part.cycle()
        path = part.steps(cycle)

        def made(at: int, whose: Origin | None) -> Place | None:
            return tracing.line_of(part.objects[at], self._origins, whose)

        cut, shape, notes = opening.cut(part, cycle, path, self._bounds, made)
        order = [*(at for at, _ in cycle), *range(len(part.objects))]
        running = {id(describe.code_of_generator(obj)) for obj in part.objects}
        said = [part.objects[at] for at in order if part.is_stop(at) or type(part.objects[at]) is not types.FrameType]
        # the frame of a generator is an object of its own, and holds its function, only on some versions of Python
        said = [obj for obj in said if type(obj) is not types.FunctionType or id(obj.__code__) not in running]
        named = dict.fromkeys(paths.telling_types(said))
        return Cycle(
            path=tuple(path),
            types=tuple(named)[:_TYPES],
            origin=origin,
            objects=len(part.objects),
            cut=cut,
            finalizer=any(map(_has_finalizer, part.objects)),
            shape=shape,
            notes=notes,
            made_at=tuple(map(tracing.with_function, tracing.own_first(made_at, self._origins))),
        )


def _successors(objects: Sequence[object], index: Mapping[int, int]) -> list[list[int]]:
    """Where the references of each object lead inside of the graph; most of what hangs from a cycle leads nowhere."""
    successors: list[list[int]] = []
    for start in range(0, len(objects), _RUN):
        run = objects[start : start + _RUN]
        if index.keys().isdisjoint(map(id, gc.get_referents(*run))):
            successors += ([] for _ in run)
        else:
            successors += ([index[key] for key in map(id, referents.held(obj)) if key in index] for obj in run)
    return successors


_RUN = 32
"""As many objects are asked together whether they refer to any other: what hangs from a cycle was often made in a row."""


def _cyclic(successors: Sequence[Sequence[int]], nodes: Sequence[int]) -> list[list[int]]:
    """The cycles of the graph of some nodes alone, sinks first."""
    index = dict(zip(nodes, range(len(nodes)), strict=True))
    part = [[index[target] for target in successors[node] if target in index] for node in nodes]
    return [[nodes[at] for at in component] for component in graph.components(part) if graph.is_cyclic(part, component)]


def _handled_in(obj: object) -> types.FrameType | None:
    """The frame that had handled an error when another one was raised there, if this is the other one."""
    if not issubclass(type(obj), BaseException):
        return None
    handled = _CONTEXT(obj)
    traceback = _TRACEBACK(handled) if handled is not None else None
    return traceback.tb_frame if traceback is not None else None


_CONTEXT: Callable[[object], BaseException | None] = BaseException.__dict__["__context__"].__get__
_TRACEBACK: Callable[[object], types.TracebackType | None] = BaseException.__dict__["__traceback__"].__get__


def _is_dict_of(obj: object, part: object) -> bool:
    return describe.instance_dict(obj) is part


def _has_finalizer(obj: object) -> bool:
    """Whether a class written in Python gives the object a ``__del__``; those of generators are the interpreter's."""
    return any(
        type(_namespace(base).get("__del__")) is types.FunctionType for base in type.__dict__["__mro__"].__get__(type(obj))
    )


def _namespace(tp: type) -> types.MappingProxyType[str, object]:
    return type.__dict__["__dict__"].__get__(tp)  # type: ignore[no-any-return] # the class's own namespace, asked of no metaclass
