"""What to cut of a component, in words: which references, how each reads, and what recommends it.

Rules of this file: what is proposed has been verified in the graph. Preferred are, in this order: references that code can
store at all, the project's code, references that by their name lead back (``.parent``, ``._client``, ``.callbacks``),
variables and attributes, and only then items of containers; of two that are alike the one that leads to an older object.
The line that stores it is read from the source; what the source does not tell, a trace of allocations may.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Sequence

from pytest_gcguard.core.cycles import cuts, families
from pytest_gcguard.core.cycles.component import LONG, Arc, Component, Kind
from pytest_gcguard.core.cycles.families import Family
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cut, Place, Step
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import has_weak_references
from pytest_gcguard.core.origins import storing
from pytest_gcguard.core.shapes import cycle_shapes

_BACK = frozenset(
    (
        *("back", "backref", "callback", "client", "controller", "handler", "hook", "listener", "master", "observer", "owner"),
        *("parent", "prev", "previous", "receiver", "root", "session", "subscriber", "superior", "up"),
    )
)
_INTERPRETERS = re.compile(
    r"\.__(self|func|wrapped|class|dict|traceback|context|cause|closure|globals)__|\.<(stack|\?|cache)>|\.(tb|f|gi|cr|ag)_[a-z]+$"
)
_NOBODYS = re.compile(r"\.f_([a-z]+$|locals\b)|\.<(stack|\?)>$")
"""What no code can let go of: who called a frame, what a frame is just working with, the inside of an object of C's."""
_HIDDEN = re.compile(r"\.<(stack|\?)>$")
_SHOWN_INSTEAD = 2
"""So many references that have a name are proposed in the place of one that has none."""
_FOREIGN = {Origin.OWN: 0, Origin.LIBRARY: 16, Origin.STDLIB: 24, Origin.HARNESS: 24, None: 1}
_SHOWN = LONG * 4
"""References of a cycle that are put into words."""
_MADE_BY_C = (types.MethodType, types.BuiltinFunctionType)


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """One kind of reference to cut: a reference of that kind, and the words for it; of a family what all of it are."""

    arc: Arc
    words: str
    base: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Opening:
    """What to cut; ``verified``: nothing is cyclic without it; ``cut_short``: after what the search gave up, if it did."""

    pieces: tuple[Piece, ...]
    verified: bool
    cut_short: str


Made = Callable[[int, Origin | None], Place | None]
"""The line that made the object of a position, as far as it was traced; sought in code of an origin first."""


def cut(
    component: Component, cycle: list[Arc], path: Sequence[Step], bounds: cuts.Bounds, made: Made
) -> tuple[Cut, str | None, tuple[str, ...]]:
    """The references to cut, the shape of the cycle, and what is to be said of both."""
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
    """The labels of those that some references are of and that are known to be no part of the project."""
    stops = {component.stop(node) for node, _ in arcs}
    return frozenset(component.label(stop) for stop in stops if _FOREIGN[component.origin(stop)] > _FOREIGN[None])


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
    return Step(component.label(stop), piece.words, file, line, weak, storing.is_raised(obj, piece.words))


def _is_its_own(component: Component, arc: Arc) -> bool:
    """Whether an attribute leads to what its object has mostly made: what is younger, and would go at once if held weakly."""
    home, target = component.stop(arc[0]), component.stop(component.successors[arc[0]][arc[1]])
    return target > home and not leads_back(component.words(arc))


def _about_when_it_was_stored(component: Component, arc: Arc, made: Made) -> Place | None:
    """The line that made what was made last of both ends of a reference and the containers between; None if not traced.

    Before that the reference cannot have been stored, and mostly it is at once: a bound method, a closure, a list are made to
    be stored. The objects of a component come in the order of their making, but for dictionaries: the collector knows these
    from the time on when they hold something else.
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

    Where more than one kind has to be cut, kinds that one line stores are taken for one, if fewer are to be cut then. What C
    keeps without a name is proposed only if it would take many others in its place.
    """
    if len(component.objects) > bounds.objects:
        return _of_a_large_one(component, cycle, f"{bounds.objects:,} objects")
    kinds = _Kinds(component, cycle)
    found = kinds.to_cut(bounds.effort)
    if any(map(kinds.is_hidden, found.kinds)):
        others = kinds.to_cut(bounds.effort, shown=True)
        found = others if 0 < len(others.kinds) <= _SHOWN_INSTEAD else found
    alike = [] if len(found.kinds) == 1 else list(families.found(component, kinds.examples))
    if alike:
        together = kinds.to_cut(bounds.effort, alike)
        if together.kinds and not 0 < len(found.kinds) <= len(together.kinds):
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
        for arc in cycle:  # what is shown is also what is named
            kind = component.kind(arc)
            if kind in self.examples:
                self.examples[kind] = arc
        self._in_order = sorted(self.examples)
        self._prices = [price(component, self.examples[kind]) for kind in self._in_order]

    def is_hidden(self, number: int) -> bool:
        """Whether a kind of reference is one that C code keeps without a name: nobody can let go of it alone."""
        return _HIDDEN.search(self._component.words(self.examples[self._in_order[number]])) is not None

    def to_cut(self, effort: int, alike: Sequence[Family] = (), shown: bool = False) -> cuts.Found:
        """The numbers of kinds to cut, where those of one family are cut together: by the number of one of them; with
        ``shown`` of those that are not hidden.
        """
        numbers = {kind: number for number, kind in enumerate(self._in_order)}
        prices = dict(enumerate(self._prices))
        for family in alike:
            first = self._first(family)
            prices[numbers[first]] = min(prices[numbers[kind]] for kind in family.kinds)
            numbers.update(dict.fromkeys(family.kinds, numbers[first]))
        if shown:
            numbers = {kind: cuts.FIXED if self.is_hidden(number) else number for kind, number in numbers.items()}
        arcs = [(node, target, cuts.FIXED if kind is None else numbers[kind]) for node, target, kind in self._arcs]
        return cuts.find(arcs, {number: prices[number] for number in numbers.values() if number != cuts.FIXED}, effort)

    def pieces(self, found: cuts.Found, alike: Sequence[Family] = ()) -> tuple[Piece, ...]:
        """What was found to be cut, in words."""
        family = {self._first(each): each for each in alike}
        pieces = []
        for kind in map(self._in_order.__getitem__, found.kinds):
            piece = _piece(self._component, self.examples[kind], kind in self._many or kind in family)
            pieces.append(dataclasses.replace(piece, base=family[kind].base) if kind in family else piece)
        return tuple(pieces)

    def _first(self, family: Family) -> Kind:
        """The kind of a family that is told for all of it: the one that is fittest to be cut."""
        prices = dict(zip(self._in_order, self._prices, strict=True))
        return min(family.kinds, key=lambda kind: (prices[kind], kind))


def _of_a_large_one(component: Component, cycle: list[Arc], cut_short: str) -> Opening:
    """A few single references of the cycle are tried, the most fitting first."""
    loose = [arc for arc in cycle if component.holder(component.successors[arc[0]][arc[1]]) != arc[0]]
    offers = sorted(loose[:64], key=lambda arc: (price(component, arc), component.label(component.stop(arc[0]))))[:4]
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
    return _piece(component, min(loose, key=lambda arc: price(component, arc)), several=True)


def _piece(component: Component, arc: Arc, several: bool) -> Piece:
    """Of several references into the same containers the name is that of the containers."""
    words = component.words(arc)
    whole = re.sub(r"(\[[^\[\]]*\]|<key [^>]*>|<member>)+$", "", words) if several else words
    return Piece(arc, whole or words)


def price(component: Component, arc: Arc) -> int:
    """How little a reference is fit to be cut."""
    words = component.words(arc)
    home = component.stop(arc[0])
    stop = component.objects[home]
    is_item = not words.startswith(".") or (words.endswith(("]", ">")) and ".<" not in words)
    return (
        1
        + (not _leads_to_an_older_one(component, arc, words))
        + 2 * is_item
        + 4 * words.startswith(".<closure ")
        + 8 * (not leads_back(words))
        + 2 * (".__context__" in words)  # what the interpreter sets by itself; a `__cause__` is given in the code
        + _FOREIGN[component.origin(home)]
        + 32 * _is_parameter(stop, words) * (2 if _FOREIGN[component.origin(home)] > 1 else 1)  # nor can its code be changed
        + 64 * (bool(_INTERPRETERS.search(words)) or isinstance_of(stop, _MADE_BY_C))
        + 128 * bool(_NOBODYS.search(words))
    )


def _leads_to_an_older_one(component: Component, arc: Arc, words: str) -> bool:
    """Whether an attribute of an object of the project's leads to one that was there before it: it was told of its owner.

    The objects of a component come in the order of their making. One that leads to a younger one has mostly made it.
    """
    home, target = component.stop(arc[0]), component.stop(component.successors[arc[0]][arc[1]])
    return target < home and component.origin(home) is Origin.OWN and not words.startswith(".<")


def isinstance_of(obj: object, kinds: tuple[type, ...]) -> bool:
    """Whether an object is of one of some types, which it is not asked itself."""
    return any(type(obj) is kind for kind in kinds)


def leads_back(words: str) -> bool:
    """Whether a reference by its name leads back to an owner, or to who is to be called.

    >>> leads_back("._client"), leads_back(".on_close_callbacks[0]"), leads_back(".background")
    (True, True, False)
    """
    parts = re.split(r"[^a-z]+", re.sub(r"\[.*", "", words).lower())
    return not _BACK.isdisjoint(part.removesuffix("s") for part in parts) if not words.startswith((".<", ".f_")) else False


def _is_parameter(stop: object, words: str) -> bool:
    """Whether a reference is the argument of a call: nobody can do without it."""
    code = stop.f_code if type(stop) is types.FrameType else describe.code_of_generator(stop)
    if code is None or not words.startswith(".<local "):
        return False
    number = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return words.removeprefix(".<local ").removesuffix(">") in code.co_varnames[:number]
