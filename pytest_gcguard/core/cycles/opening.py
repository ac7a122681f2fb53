"""What to cut of a component, in words: which references, how each reads, and what recommends it.

Rules of this file: what is proposed has been verified in the graph; which of several is told by ``fitness``. The line that
stores it is read from the source; what the source does not tell, a trace of allocations may.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections import Counter
from collections.abc import Callable, Sequence

from pytest_gcguard.core.cycles import cuts, families, fitness
from pytest_gcguard.core.cycles.component import LONG, Arc, Component, Kind
from pytest_gcguard.core.cycles.families import Family
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cut, Place, Step
from pytest_gcguard.core.objects.classes import has_weak_references
from pytest_gcguard.core.origins import storing
from pytest_gcguard.core.shapes import cycle_shapes
from pytest_gcguard.core.signature import LAST_ITEMS

_HIDDEN = re.compile(r"\.<(stack|\?)>$")
_SHOWN_INSTEAD = 2
"""How many references with a name may be proposed instead of one that has none."""
_SHOWN = LONG * 4
"""How many references of a cycle are put into words."""


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """One kind of reference to cut: an example of it, and its words; ``base`` is the class that a family has in common."""

    arc: Arc
    words: str
    base: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Opening:
    """What to cut. ``verified``: nothing is cyclic without it. ``cut_short``: after how much the search gave up, if it did."""

    pieces: tuple[Piece, ...]
    verified: bool
    cut_short: str


Made = Callable[[int, Origin | None], Place | None]
"""Finds the line that made the object at a position, if that was traced; given whose the object is."""


def cut(
    component: Component, cycle: list[Arc], path: Sequence[Step], bounds: cuts.Bounds, made: Made
) -> tuple[Cut, str | None, tuple[str, ...]]:
    """The references to cut, the shape of the cycle, and notes on both."""
    found = find(component, cycle, bounds)
    steps = [_step(component, piece, made) for piece in found.pieces]
    foreign = _foreign(component, (*cycle[:_SHOWN], *(piece.arc for piece in found.pieces)))
    shape, hint = cycle_shapes.of_cycle(path, steps, foreign)
    for at, (piece, step) in enumerate(zip(found.pieces, steps, strict=True)):
        if piece.base:
            hint = hint.replace(f"{step.edge} of {step.type}", f"{step.edge} of {piece.base}")
            steps[at] = dataclasses.replace(step, type=piece.base)
    first, *others = steps
    notes = component.notes(cycle)
    if found.cut_short:
        notes += (f"the search for what to cut was cut short after {found.cut_short}: there may be a smaller cut",)
    return Cut(first.type, first.edge, first.file, first.line, found.verified, hint, tuple(others)), shape, notes


def _foreign(component: Component, arcs: Sequence[Arc]) -> frozenset[str]:
    """The labels of the objects that have some references and are known not to be the project's."""
    stops = {component.stop(node) for node, _ in arcs}
    return frozenset(component.label(stop) for stop in stops if fitness.is_foreign(component.origin(stop)))


def _step(component: Component, piece: Piece, made: Made) -> Step:
    stop = component.stop(piece.arc[0])
    obj = component.objects[stop]
    target = component.objects[component.successors[piece.arc[0]][piece.arc[1]]]
    place = storing.line(obj, component.words(piece.arc), component.glossary.place, target)
    if place is None and type(component.objects[piece.arc[0]]) is types.TracebackType:
        place = component.glossary.place(component.objects[piece.arc[0]])  # the line that raised, or called who did
    if place is None and type(obj) is not types.FrameType:  # which has a line of its own
        place = _about_when_it_was_stored(component, piece.arc, made)
    place = place or component.glossary.place(obj)
    file, line = (place.file, place.line) if place is not None else (None, None)
    bound = target.__self__ if type(target) is types.MethodType else target  # a WeakMethod refers to that
    weak = has_weak_references(type(bound)) and (bound is not target or not _is_its_own(component, piece.arc))
    kept = piece.words != component.words(piece.arc)  # in a container, which the words are about
    leads_to = "" if kept or type(target) is types.FunctionType else "object" if bound is target else "method"
    return Step(component.label(stop), piece.words, file, line, weak, storing.is_raised(obj, piece.words), leads_to)


def _is_its_own(component: Component, arc: Arc) -> bool:
    """Whether an attribute probably leads to something that its object made for itself: held weakly, that would go at once.

    Told by age: the target is younger. And its name does not lead back.
    """
    home, target = component.stop(arc[0]), component.stop(component.successors[arc[0]][arc[1]])
    return target > home and not fitness.leads_back(component.words(arc))


def _about_when_it_was_stored(component: Component, arc: Arc, made: Made) -> Place | None:
    """The line that made the youngest of both ends of a reference and of the containers between; None if that was not traced.

    The reference cannot have been stored earlier, and mostly it was stored right then: a bound method, a closure or a list is
    made to be stored. The objects of a component come in the order of their making, except dictionaries: the collector knows
    these only from when they hold another object.
    """
    node = arc[0]
    ends = {component.successors[node][arc[1]], node}
    while component.holder(node) >= 0:
        node = component.holder(node)
        ends.add(node)
    whose = component.origin(node)
    latest = sorted(ends, key=lambda end: (type(component.objects[end]) is not dict, end), reverse=True)
    return next((place for end in latest if (place := made(end, whose)) is not None), None)


def find(component: Component, cycle: list[Arc], bounds: cuts.Bounds) -> Opening:
    """The references to cut of a component; ``cycle`` is what people are shown of it.

    Kinds that one line stores count as one, where more than one has to be cut otherwise, or one that is less fit. References
    that C code keeps without a name are proposed only if many others would have to be cut instead.
    """
    if len(component.objects) > bounds.objects:
        return _of_a_large_one(component, cycle, f"{bounds.objects:,} objects")
    kinds = _Kinds(component, cycle)
    found = kinds.to_cut(bounds.effort)
    if any(map(kinds.is_hidden, found.kinds)):
        others = kinds.to_cut(bounds.effort, shown=True)
        found = others if 0 < len(others.kinds) <= _SHOWN_INSTEAD else found
    alike = list(families.found(component, kinds.examples)) if kinds.may_be_better_together(found) else []
    if alike:
        together = kinds.to_cut(bounds.effort, alike)
        if together.kinds and (not found.kinds or kinds.cost(together) < kinds.cost(found)):
            return Opening(kinds.pieces(together, alike), verified=True, cut_short=together.cut_short)
    if not found.kinds:
        return Opening((_likely(component, cycle),), verified=False, cut_short=found.cut_short)
    return Opening(kinds.pieces(found), verified=True, cut_short=found.cut_short)


class _Kinds:
    """The references of a component by their kinds, which are numbered, with an example of each."""

    def __init__(self, component: Component, cycle: list[Arc]) -> None:
        self._component = component
        self.examples: dict[Kind, Arc] = {}
        self._many: set[Kind] = set()
        self._arcs: list[tuple[int, int, Kind | None]] = []
        for node, targets in enumerate(component.successors):
            for at, target in enumerate(targets):
                if component.holder(target) == node:
                    self._arcs.append((node, target, None))
                    continue
                kind = component.kind((node, at))
                if kind in self.examples:
                    self._many.add(kind)
                self.examples.setdefault(kind, (node, at))
                self._arcs.append((node, target, kind))
        for arc in cycle:  # so that what is proposed names a reference that is shown
            kind = component.kind(arc)
            if kind in self.examples:
                self.examples[kind] = arc
        self._in_order = sorted(self.examples)
        self._prices = [fitness.price(component, self.examples[kind]) for kind in self._in_order]

    def may_be_better_together(self, found: cuts.Found) -> bool:
        """Whether kinds that read alike may be a better cut, if one line stores them: not than a single one that is as fit."""
        if len(found.kinds) != 1:
            return True
        several = Counter(words for _, words in self._in_order)
        prices = (price for (_, words), price in zip(self._in_order, self._prices, strict=True) if several[words] > 1)
        mine = self._prices[found.kinds[0]]
        return min(prices, default=mine) < mine

    def cost(self, found: cuts.Found) -> tuple[int, int]:
        """How many kinds are to be cut, and how unfit they are."""
        return len(found.kinds), sum(map(self._prices.__getitem__, found.kinds))

    def is_hidden(self, number: int) -> bool:
        """Whether a kind of reference is kept by C code without a name: nobody can let go of it alone."""
        return _HIDDEN.search(self._component.words(self.examples[self._in_order[number]])) is not None

    def to_cut(self, effort: int, alike: Sequence[Family] = (), shown: bool = False) -> cuts.Found:
        """The numbers of the kinds to cut.

        The kinds of each family in ``alike`` are cut together, and have the number of one of them. With ``shown``, none that
        is hidden is cut.
        """
        numbers = {kind: number for number, kind in enumerate(self._in_order)}
        for family in alike:
            numbers.update(dict.fromkeys(family.kinds, numbers[self._first(family)]))
        if shown:
            numbers = {kind: cuts.FIXED if self.is_hidden(number) else number for kind, number in numbers.items()}
        arcs = [(node, target, cuts.FIXED if kind is None else numbers[kind]) for node, target, kind in self._arcs]
        return cuts.find(arcs, {number: self._prices[number] for number in numbers.values() if number != cuts.FIXED}, effort)

    def pieces(self, found: cuts.Found, alike: Sequence[Family] = ()) -> tuple[Piece, ...]:
        """The kinds that were found, in words."""
        family = {self._first(each): each for each in alike}
        pieces = []
        for kind in map(self._in_order.__getitem__, found.kinds):
            piece = _piece(self._component, self.examples[kind], kind in self._many or kind in family)
            pieces.append(dataclasses.replace(piece, base=family[kind].base) if kind in family else piece)
        return tuple(pieces)

    def _first(self, family: Family) -> Kind:
        """The kind that stands for a family: the one that is fittest to be cut."""
        prices = dict(zip(self._in_order, self._prices, strict=True))
        return min(family.kinds, key=lambda kind: (prices[kind], kind))


def _of_a_large_one(component: Component, cycle: list[Arc], cut_short: str) -> Opening:
    """Tries a few single references of the cycle, the fittest first."""
    loose = [arc for arc in cycle if component.holder(component.successors[arc[0]][arc[1]]) != arc[0]]
    offers = sorted(loose[:64], key=lambda arc: (fitness.price(component, arc), component.label(component.stop(arc[0]))))[:4]
    for offer in offers:
        arcs = [
            (node, target, 0 if (node, at) == offer else cuts.FIXED)
            for node, targets in enumerate(component.successors)
            for at, target in enumerate(targets)
        ]
        if cuts.is_open(arcs, {0}):
            return Opening((_piece(component, offer, several=False),), verified=True, cut_short=cut_short)
    return Opening((_likely(component, cycle),), verified=False, cut_short=cut_short)


def _likely(component: Component, cycle: list[Arc]) -> Piece:
    # the last one leads back to the stop that it began with
    loose = [arc for arc in (*cycle[:64], cycle[-1]) if component.holder(component.successors[arc[0]][arc[1]]) != arc[0]]
    return _piece(component, min(loose, key=lambda arc: fitness.price(component, arc)), several=True)


def _piece(component: Component, arc: Arc, several: bool) -> Piece:
    """The piece for a reference; one of ``several`` into a container is named by the container: ``.kids`` for ``.kids[0]``."""
    words = component.words(arc)
    whole = LAST_ITEMS.sub("", words) if several else words
    return Piece(arc, whole or words)
