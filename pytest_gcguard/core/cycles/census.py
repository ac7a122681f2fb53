"""From unreachable objects to the cycles among them: which, whose, how large, and what holds them together.

Rules of this file: works on a list of live objects and returns inert text; nothing that it returns or leaves behind refers to
one of them.
"""

from __future__ import annotations

import dataclasses
import types
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from itertools import compress
from operator import attrgetter, not_
from typing import NamedTuple

from pytest_gcguard.core.cycles import graph, nobodys, opening, portions, rings, smallest
from pytest_gcguard.core.cycles.acyclic import may_be_cyclic
from pytest_gcguard.core.cycles.captured import RANK, Captured
from pytest_gcguard.core.cycles.component import Component
from pytest_gcguard.core.cycles.cuts import Bounds
from pytest_gcguard.core.cycles.kept import Said
from pytest_gcguard.core.cycles.twins import Form, Twins
from pytest_gcguard.core.heap.unreachable import Mark, marks
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cycle, Place
from pytest_gcguard.core.objects import describe, paths
from pytest_gcguard.core.objects.glossary import Glossary
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.origins.origin import Origins

_TYPES = 12
"""How many types of a component are named."""
_SMALL = 1_000
"""Components of no more objects are described once for all that are alike."""
_MANY = 16
"""Where at least so many components have the same types, they are compared all at once."""
_MAKES = 8
"""How many times that is done with those that are not like the first of them."""

Ignore = Callable[[object], bool]


class Found(NamedTuple):
    """A cycle, and the marks by which its objects are recognised after the collection.

    ``nodes`` are the positions of its objects among all the unreachable ones, ``everybodys`` the marks of all of these.
    """

    cycle: Cycle
    nodes: Sequence[int]
    everybodys: Sequence[Mark]

    @property
    def marks(self) -> frozenset[Mark]:
        """The marks of its objects."""
        return frozenset(map(self.everybodys.__getitem__, self.nodes))


@dataclasses.dataclass(frozen=True, slots=True)
class Census:
    """All that was unreachable: the cycles, and how many objects are left by class definitions, imports and the like."""

    found: tuple[Found, ...] = ()
    nobodys: int = 0


def take(
    garbage: Sequence[object],
    origins: Origins,
    ignore: Ignore | None = None,
    said: Said | None = None,
    bounds: Bounds = Bounds(),  # noqa: B008 -- it is frozen
) -> Census:
    """Finds the cycles among unreachable objects.

    ``garbage`` are all the unreachable objects. ``ignore`` says of an object whether cycles with it are not to be mentioned.
    ``said`` remembers how cycles were described. ``bounds`` limit the search for what to cut, and how many objects are looked
    at: where a portion of them shows no cycle, all are. The cycles come in the order in which their first objects were made.

    A cycle that needs class objects or module namespaces is nobody's: defining a class always leaves one. A cycle that needs
    the harness' objects is the harness'. Any other belongs to the first of these that takes part: the project, a library, the
    standard library. A frame that is only reached by ``f_back`` takes no part: it merely called whoever made the cycle.
    """
    portion = portions.choose(garbage, bounds.looked)
    census = _take(portion.objects, origins, ignore, said, bounds)
    if not portion.most:
        return census
    if not census.found:
        return _take(garbage, origins, ignore, said, bounds)
    return Census(tuple(_told(census.found, portion.most, portion.open)), census.nobodys)


def _told(found: Sequence[Found], most: int, may_lead_on: Set[int]) -> Iterator[Found]:
    """The cycles among a portion of the objects; those that are one object are one again."""
    is_whole = map(may_lead_on.isdisjoint, map(attrgetter("nodes"), found))
    # those that share a path are worded once
    of_parts = {id(each.cycle.path) for each, whole in zip(found, is_whole, strict=True) if not whole}
    known: dict[int, Cycle] = {}
    for each in found:
        cycle = each.cycle
        if id(cycle) not in known:
            known[id(cycle)] = portions.told(cycle, most, in_part=id(cycle.path) in of_parts)
        yield each._replace(cycle=known[id(cycle)])


def _take(garbage: Sequence[object], origins: Origins, ignore: Ignore | None, said: Said | None, bounds: Bounds) -> Census:
    """As `take`, of all the objects that are given."""
    others = nobodys.others(garbage)
    if not may_be_cyclic(list(map(garbage.__getitem__, others))):
        return Census((), len(garbage))
    captured = Captured(garbage, origins)
    words = _Words(captured, said, bounds)
    real, harness = captured.cycles(others)
    seen = {node for component in real for node in component}
    if ignore is not None:
        real = [component for component in real if not any(ignore(garbage[node]) for node in component)]
    roots = _roots(captured, real)
    found = words.describe_all(sorted(roots))
    found += [words.describe(component, 0, Origin.HARNESS) for component in harness]
    in_cycles = seen.union(*harness)
    explained = graph.reachable(captured.successors, in_cycles)
    return Census(tuple(found), len(garbage) - captured.folded(explained) - len(explained))


def _roots(captured: Captured, components: list[list[int]]) -> list[tuple[list[int], int]]:
    """The components that do not hang from another one of the same rank or a better one, with how much hangs from them.

    A cycle that a cycle of the project keeps is a consequence of it. A cycle of the project that a library's cycle keeps is
    not: it would be there without that as well.
    """
    rank = {component[0]: RANK[captured.owner(component)] for component in components}
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
            frontier = graph.onward(captured.callees, component) - mine - taken
            while frontier:
                taken |= frontier
                retained += len(frontier)
                hanging.update(first[target] for target in frontier & first.keys())
                frontier = graph.onward(captured.callees, frontier) - mine - taken
            result.append((component, retained))
    return result


class _Words:
    """Describes the cycles of a graph, those that are alike only once."""

    def __init__(self, captured: Captured, said: Said | None, bounds: Bounds) -> None:
        self._captured = captured
        self._bounds = bounds
        self._said = Said() if said is None else said
        self._marks = list(marks(captured.objects))
        self._twins = Twins(captured.objects)
        self._glossary = Glossary()
        self._of_twins: dict[Hashable, Cycle] = {}
        self._of_forms: dict[Hashable, Cycle] = {}
        self._retaining: dict[tuple[int, int], tuple[Cycle, Cycle]] = {}

    def describe_all(self, roots: Sequence[tuple[list[int], int]]) -> list[Found]:
        """Many components in words; each is given with the number of objects that hang from it."""
        alike = self._alike([component for component, _ in roots])
        return [
            Found(cycle if cycle.retained == retained else self._with_retained(cycle, retained), component, self._marks)
            if (cycle := alike[at]) is not None
            else self.describe(component, retained)
            for at, (component, retained) in enumerate(roots)
        ]

    def _alike(self, components: Sequence[list[int]]) -> list[Cycle | None]:
        """The description of each component that is one of many alike; None for the others."""
        alike: list[Cycle | None] = [None] * len(components)
        if tracing.running() or len(components) < _MANY:
            return alike
        by_kinds: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        for at, kinds in enumerate(map(self._captured.kinds, components)):
            by_kinds[kinds].append(at)
        for places in by_kinds.values():
            self._tell_alike(components, places, alike)
        return alike

    def _tell_alike(self, components: Sequence[list[int]], places: Sequence[int], alike: list[Cycle | None]) -> None:
        """Fills in the descriptions at some places, whose components all have the same types."""
        for _ in range(_MAKES):
            if len(places) < _MANY:
                break
            ring, *others = map(components.__getitem__, places)
            same = rings.alike(self._twins, self._captured.callees, ring, others)
            if same is None:
                break
            is_one = [True, *same]
            cycle = self.describe(ring, 0).cycle
            for at in compress(places, is_one):
                alike[at] = cycle
            places = list(compress(places, map(not_, is_one)))

    def _with_retained(self, cycle: Cycle, retained: int) -> Cycle:
        """A description with another number of retained objects; equal ones are one object."""
        if cycle.retained == retained:
            return cycle
        key = id(cycle), retained
        if key not in self._retaining:
            self._retaining[key] = cycle, dataclasses.replace(cycle, retained=retained)
        return self._retaining[key][1]

    def describe(self, component: list[int], retained: int, origin: Origin | None = None) -> Found:
        """One component in words."""
        successors = self._captured.making_a_cycle(component)
        twins = self._twins.form(component, successors) if len(component) <= _SMALL and not tracing.running() else None
        said = self._of_twins.get((twins, origin)) if twins is not None else None
        if said is None:
            said = self._worded(component, successors, origin, twins)
            if twins is not None:
                self._of_twins[twins, origin] = said
        return Found(self._with_retained(said, retained), component, self._marks)

    def _worded(self, component: list[int], successors: list[list[int]], origin: Origin | None, twins: Form | None) -> Cycle:
        """The description of a component; one that is like an earlier one gets the same."""
        made_at = self._captured.made_at(component)
        part: Component | None = None
        if twins is not None:
            form: Hashable = self._twins.lasting(component, twins, self._glossary, self._captured.origin), origin
        else:
            part = self._part(component, successors)
            form = (part.form(), made_at, origin) if len(component) <= _SMALL else None
        said = (self._of_forms.get(form) or self._said.of(form)) if form is not None else None
        if said is None:
            part = part or self._part(component, successors)
            said = self._say(part, origin or self._captured.owner(component), made_at)
            if form is not None:
                self._said.keep(form, said)
        if form is not None:
            self._of_forms[form] = said  # one object for all that are alike
        return said

    def _part(self, component: list[int], successors: list[list[int]]) -> Component:
        place = {node: at for at, node in enumerate(component)}
        return Component(
            [self._captured.objects[node] for node in component],
            [[place[target] for target in successors[node] if target in place] for node in component],
            lambda at: self._captured.origin(component[at]),
            self._glossary,
        )

    def _say(self, part: Component, origin: Origin, made_at: Sequence[Place]) -> Cycle:
        cycle = smallest.cycle(part)
        path = part.steps(cycle)

        def made(at: int, whose: Origin | None) -> Place | None:
            return tracing.line_of(part.objects[at], self._captured.origins, whose)

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
            finalizer=any(map(_has_finalizer, _types_of(part.objects))),
            shape=shape,
            notes=notes,
            made_at=tuple(map(tracing.with_function, tracing.own_first(made_at, self._captured.origins))),
        )


def _types_of(objects: Sequence[object]) -> Iterable[type]:
    each = list(map(type, objects))
    return dict(zip(map(id, each), each, strict=True)).values()  # by id: a metaclass may say that classes are equal


def _has_finalizer(tp: type) -> bool:
    """Whether a class written in Python gives its instances a ``__del__``; those of generators are the interpreter's."""
    return any(type(_namespace(base).get("__del__")) is types.FunctionType for base in type.__dict__["__mro__"].__get__(tp))


def _namespace(tp: type) -> types.MappingProxyType[str, object]:
    return type.__dict__["__dict__"].__get__(tp)  # type: ignore[no-any-return] # the class's own namespace, asked of no metaclass
