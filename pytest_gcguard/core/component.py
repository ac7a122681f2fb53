"""One strongly connected component of live objects: its references by name, its smallest cycle, and what to cut.

Rules of this file: plain containers, cells, tracebacks and generators' frames are no stops of their own (as in ``paths``); the
references inside of them belong to the *stop* that holds them, so that length and words are the same on every version of
Python. Of equally short cycles the one whose words come first is taken, whatever the order of the objects. Linear in the
component; of one that is too large only the references on its cycle are named.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

from pytest_gcguard.core import describe, outgoing, paths
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Step
from pytest_gcguard.core.signature import blot

NAMED = 150_000
"""A component of more objects is not named reference by reference: that would take as many texts."""
_THOROUGH = 40_000
"""A cycle is looked for from all of the most telling objects while their number times that of all objects is below this."""
LONG = 40
"""A cycle of more stops is not shown whole."""
_FULL = 200
"""A reference is read no further than so many characters to tell it from others."""
_STARTS = 4
_RANK = {Origin.OWN: 0, Origin.LIBRARY: 1, Origin.STDLIB: 2, Origin.HARNESS: 3, None: 4}
_GENERATORS = frozenset(map(id, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)))
_BACKWARDS = frozenset(map(id, (list, tuple)))
_NUMBER = re.compile(r"([0-9]+)")
_SILENT = frozenset(map(id, (types.CellType, types.TracebackType, types.MappingProxyType)))

Arc = tuple[int, int]
"""A reference: a node, and which of its successors."""
Kind = tuple[str, str]
"""What a reference is of: the label of its stop and its words, without indices and keys."""


class Component:
    """The objects of a component and the references among them.

    ``successors`` are positions in ``objects``, parallel references repeated; ``origin`` tells whose the object
    at a position is.
    """

    def __init__(
        self,
        objects: Sequence[object],
        successors: Sequence[Sequence[int]],
        origin: Callable[[int], Origin | None],
    ) -> None:
        self.objects = objects
        self.successors = successors
        self.origin = origin
        self._holder: list[int] = [-1] * len(objects)
        self._names: dict[int, list[str]] = {}
        self._labels: dict[int, str] = {}
        self._prefixes: dict[int, str] = {}
        self._stops = list(range(len(objects)))
        self._at = [0] * len(objects)
        self._fold()

    def _fold(self) -> None:
        """Finds for each container the node that holds it, by the fewest containers between it and a stop.

        In a component of containers alone each is a stop: there is nothing that says more.
        """
        folds = [paths.is_container(obj) or type(obj) is types.TracebackType for obj in self.objects]
        frames = self._frames_of_generators()
        queue = deque(node for node, fold in enumerate(folds) if not fold and node not in frames)
        met = bytearray(not fold for fold in folds)
        for frame, generator in frames.items():
            self._holder[frame] = self._stops[frame] = generator
            self._at[frame] = self.successors[generator].index(frame)
            queue.append(frame)
        while queue:
            node = queue.popleft()
            for at, target in enumerate(self.successors[node]):
                if not met[target]:
                    met[target] = 1
                    self._holder[target] = node
                    self._at[target] = at
                    self._stops[target] = self._stops[node]
                    queue.append(target)

    def _frames_of_generators(self) -> dict[int, int]:
        return {
            target: node
            for node, obj in enumerate(self.objects)
            if id(type(obj)) in _GENERATORS
            for target in self.successors[node]
            if type(self.objects[target]) is types.FrameType
        }

    # --- words --------------------------------------------------------------------------------------------------------

    def is_stop(self, node: int) -> bool:
        return self._holder[node] < 0

    def holder(self, node: int) -> int:
        """The node that holds a container; -1 of a stop."""
        return self._holder[node]

    def stop(self, node: int) -> int:
        """The stop that a node belongs to: itself, or the one that holds it."""
        return self._stops[node]

    def label(self, node: int) -> str:
        """What an object is called."""
        if node not in self._labels:
            self._labels[node] = describe.label(self.objects[node])
        return self._labels[node]

    def name(self, arc: Arc) -> str:
        """The name of a reference; empty of one that is understood, as from a cell to what is in it."""
        node, at = arc
        if node not in self._names:
            self._names[node] = list(self._named(node))
        return self._names[node][at]

    def _named(self, node: int) -> Iterator[str]:
        obj, targets = self.objects[node], self.successors[node]
        if id(type(obj)) in _SILENT:
            yield from ("" for _ in targets)
            return
        function = self._function(node)
        silent = types.FrameType if id(type(obj)) in _GENERATORS else None
        found = outgoing.names(obj, [self.objects[target] for target in targets])
        for target, name in zip(targets, found, strict=True):
            child = self.objects[target]
            if function is not None and type(child) is types.CellType:
                yield describe.reference(function, child)
            elif (silent is not None and type(child) is silent) or self._function(target) is obj:
                yield ""
            else:
                yield name

    def _function(self, node: int) -> object:
        """The function whose cells an object is the tuple of, None of other objects."""
        holder = self._holder[node]
        if type(self.objects[node]) is not tuple or holder < 0 or type(self.objects[holder]) is not types.FunctionType:
            return None
        cells = any(type(self.objects[target]) is types.CellType for target in self.successors[node])
        return self.objects[holder] if cells else None

    def words(self, arc: Arc) -> str:
        """A reference in full, from the stop that it belongs to; the middle of a very deep one is left out."""
        parts = [self.name(arc)]
        node = arc[0]
        while self._holder[node] >= 0:
            holder = self._holder[node]
            if len(parts) < LONG or self.is_stop(holder):
                parts.append(self.name((holder, self._at[node])))
            node = holder
        parts.reverse()
        return "".join(parts if len(parts) <= LONG else [parts[0], "…", *parts[1:]])

    def kind(self, arc: Arc) -> Kind:
        """What a reference is of."""
        return blot(self.label(self.stop(arc[0]))), blot(self._prefix(arc[0]) + self.name(arc))

    def _prefix(self, node: int) -> str:
        """The way from its stop to a container, in short."""
        way = []
        while self._holder[node] >= 0 and node not in self._prefixes:
            way.append(node)
            node = self._holder[node]
        text = self._prefixes.get(node, "")
        for inner in reversed(way):
            holder = self._holder[inner]
            text = self._prefixes[inner] = blot(text + self.name((holder, self._at[inner])))
        return text

    def form(self) -> Hashable:
        """What two components have in common of which the same is to be said, in words, so that it outlives them."""
        return tuple(
            (
                describe.type_name(type(obj)),
                self.label(node) if self.is_stop(node) else "",
                describe.spot(obj),
                self.origin(node),
                tuple(self.name((node, at)) for at in range(len(self.successors[node]))),
                tuple(self.successors[node]),
            )
            for node, obj in enumerate(self.objects)
        )

    def steps(self, cycle: Sequence[Arc]) -> list[Step]:
        """A cycle as people read it, from its first stop on; of a very long one each kind of reference once."""
        steps: list[Step] = []
        for arc in cycle if len(cycle) <= LONG * 4 else cycle[: LONG * 4]:
            if self.is_stop(arc[0]):
                place = describe.place(self.objects[arc[0]])
                steps.append(Step(self.label(arc[0]), "", *((place.file, place.line) if place is not None else (None, None))))
            steps[-1] = dataclasses.replace(steps[-1], edge=steps[-1].edge + self.name(arc))
        if len(steps) <= LONG:
            return steps
        once = {(blot(step.type), blot(step.edge)): step for step in reversed(steps)}
        return [once[kind] for kind in sorted(once)]

    def notes(self, cycle: Sequence[Arc]) -> tuple[str, ...]:
        """What is to be said of a cycle that is not shown whole."""
        number = sum(self.is_stop(node) for node, _ in cycle)
        return (f"the cycle has {number} objects: each kind of reference is shown once",) if number > LONG else ()

    # --- the smallest cycle -------------------------------------------------------------------------------------------

    def cycle(self) -> list[Arc]:
        """The references of the smallest cycle through the most telling objects, beginning at one of these."""
        starts = self._starts()
        if len(self.objects) > NAMED:
            return self._shortest(starts[0])[0]
        found = [self._shortest(start) for start in starts]
        ranks = [(len(said), min(_turns(said))) for _, said in found]
        best = min(ranks)
        alike = [cycle for (cycle, _), rank in zip(found, ranks, strict=True) if rank == best]
        first = self.label(alike[0][0][0])
        return min((cycle for cycle in alike if self.label(cycle[0][0]) == first), key=self._as_read)

    def _as_read(self, cycle: Sequence[Arc]) -> Words:
        """What puts cycles in order that differ by keys and indices alone."""
        return _in_full("".join(map(self.name, cycle[: LONG * 4])))

    def _starts(self) -> list[int]:
        """The stops that say most: the project's before a library's before builtin containers; only some if there are many."""
        ranks: dict[int, tuple[int, bool]] = {}
        for node in range(len(self.objects)):
            if self.is_stop(node):
                ranks[node] = (_RANK[self.origin(node)], paths.is_container(self.objects[node]))
        best = min(ranks.values())
        starts = [node for node, rank in ranks.items() if rank == best]
        if len(starts) * len(self.objects) <= _THOROUGH:
            return starts
        if len(self.objects) > NAMED:
            return starts[:1]
        by_label: dict[str, int] = {}
        for node in starts:
            by_label.setdefault(blot(self.label(node)), node)
        return [by_label[label] for label in sorted(by_label)][:_STARTS]

    def _shortest(self, start: int) -> tuple[list[Arc], list[Kind]]:
        """A shortest cycle through a stop, counted in stops, with its words; of several the one with the first words."""
        distance = self._distances(start)
        before: dict[int, list[Arc]] = {}
        for node, far in distance.items():
            for at, target in enumerate(self.successors[node]):
                if target == start or distance.get(target) == far + self.is_stop(target):
                    before.setdefault(target, []).append((node, at))
        last = min(distance[node] for node, _ in before[start])
        useful: set[Arc] = set()
        work = [arc for arc in before[start] if distance[arc[0]] == last]
        while work:
            arc = work.pop()
            if arc not in useful:
                useful.add(arc)
                if arc[0] != start:
                    work += before[arc[0]]
        return self._first_in_words(start, useful)

    def _distances(self, start: int) -> dict[int, int]:
        """The number of stops on the way to each node, up to where the start is met again."""
        distance = {start: 0}
        level = deque([start])
        end = len(self.objects)
        while level:
            node = level.popleft()
            far = distance[node]
            if far > end:
                break
            for target in self.successors[node]:
                if target == start:
                    end = min(end, far)
                elif target not in distance:
                    stop = self.is_stop(target)
                    distance[target] = far + stop
                    (level.append if stop else level.appendleft)(target)
        return distance

    def _first_in_words(self, start: int, useful: set[Arc]) -> tuple[list[Arc], list[Kind]]:
        """Walks from stop to stop, on all equally good ways at once, taking what reads first: without keys and indices, and of
        what is alike without them, with them.
        """
        ways: dict[int, Way] = {start: None}
        said: list[Kind] = []
        named = len(self.objects) <= NAMED
        while True:
            label = self.label(next(iter(ways)))
            offers: dict[tuple[str, str], dict[int, list[Offer]]] = {}
            for rank, (stop, way) in enumerate(ways.items()):
                for target, text, shown, longer in self._next_stops(stop, way, useful, named):
                    to = blot(self.label(target)) if named and target != start else ""
                    offers.setdefault((text, to), {}).setdefault(target, []).append((rank, shown, longer))
            best = min(offers)
            said.append((blot(label), best[0]))
            ways = _ranked(offers[best])
            if start in ways:
                return _unwound(ways[start]), said

    def _next_stops(self, stop: int, way: Way, useful: set[Arc], named: bool) -> Iterator[tuple[int, str, str, Way]]:
        """The stops that a way leads to, each with the reference in words: without keys and indices, and with them."""
        work: list[tuple[int, str, str, Way]] = [(stop, "", "", way)]
        seen = {stop}
        while work:
            node, text, shown, so_far = work.pop()
            for at, target in self._in_order(node):
                if (node, at) in useful:
                    name = self.name((node, at)) if named else ""
                    longer, full = blot(text + name), shown + name if len(shown) < _FULL else shown
                    if self.is_stop(target):
                        yield target, longer, full, (so_far, (node, at))
                    elif target not in seen:
                        seen.add(target)
                        work.append((target, longer, full, (so_far, (node, at))))

    def _in_order(self, node: int) -> Iterable[tuple[int, int]]:
        """The successors of a node; those of a list or tuple from its first item on, which the collector visits last."""
        found = list(enumerate(self.successors[node]))
        return reversed(found) if id(type(self.objects[node])) in _BACKWARDS else found


Way = tuple[Any, Arc] | None
"""The references walked so far: those before the last, and the last."""
Offer = tuple[int, str, Way]
"""A way that goes on from one before: the place of that one among those that are equally good, the reference in words."""
Words = list[Any]
"""Text and numbers in turn: ``[2]`` comes before ``[10]``."""


def _ranked(offers: dict[int, list[Offer]]) -> dict[int, Way]:
    """To each stop the way that reads first, in the order in which these read."""
    if len(offers) == 1 and len(next(iter(offers.values()))) == 1:
        return {target: way for target, ((_, _, way),) in offers.items()}
    best = {target: min(each, key=_read) for target, each in offers.items()}
    return {target: best[target][2] for target in sorted(best, key=lambda target: _read(best[target]))}


def _read(offer: Offer) -> tuple[int, Words]:
    return offer[0], _in_full(offer[1])


def _in_full(words: str) -> Words:
    return [int(part) if at % 2 else part for at, part in enumerate(_NUMBER.split(words))]


def _unwound(way: Way) -> list[Arc]:
    arcs = []
    while way is not None:
        way, arc = way
        arcs.append(arc)
    arcs.reverse()
    return arcs


def _turns(said: list[Kind]) -> Iterator[list[Kind]]:
    return (said[at:] + said[:at] for at in range(len(said))) if len(said) <= LONG else iter([sorted(said)])
