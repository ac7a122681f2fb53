"""One strongly connected component of live objects: its references by name.

Rules of this file: plain containers, cells, tracebacks and generators' frames are not *stops* (as in ``paths``): references
inside of them belong to the stop that holds them, so that lengths and words are the same on every version of Python. A
reference is named only when asked for, since in a very large component only those on the shown cycle are.
"""

from __future__ import annotations

import dataclasses
import types
from collections import deque
from collections.abc import Callable, Hashable, Sequence

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Step
from pytest_gcguard.core.objects import describe, outgoing, paths, references
from pytest_gcguard.core.objects.classes import SCAN
from pytest_gcguard.core.objects.glossary import Glossary
from pytest_gcguard.core.signature import blot

NAMED = 150_000
"""In a component of more objects, the references are not all named: that would take as many texts."""
LONG = 40
"""A cycle of more stops is not shown whole."""

Arc = tuple[int, int]
"""A reference: a node, and which of its successors."""
Kind = tuple[str, str]
"""The kind of a reference: the label of its stop and its words, without indices and keys."""

_NAMED_BY_OTHERS = references.GENERATORS.union(map(id, (types.FrameType, types.FunctionType, tuple)))
"""What these refer to has another name than the one in the object itself, or none: a closure's cells, a generator's frame."""


class Component:
    """The objects of a component and the references among them.

    ``successors`` are positions in ``objects``, with parallel references repeated; ``origin`` tells whose the object at a
    position is. ``glossary`` has the words for its objects, and maybe for others that are held as long.
    """

    def __init__(
        self,
        objects: Sequence[object],
        successors: Sequence[Sequence[int]],
        origin: Callable[[int], Origin | None],
        glossary: Glossary | None = None,
    ) -> None:
        self.objects = objects
        self.successors = successors
        self.origin = origin
        self.glossary = Glossary() if glossary is None else glossary
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
            if id(type(obj)) in references.GENERATORS
            for target in self.successors[node]
            if type(self.objects[target]) is types.FrameType
        }

    # --- words --------------------------------------------------------------------------------------------------------

    def is_stop(self, node: int) -> bool:
        """Whether an object is shown by itself, and is not folded into a reference that passes through it."""
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
            self._labels[node] = self.glossary.label(self.objects[node])
        return self._labels[node]

    def name(self, arc: Arc) -> str:
        """The name of a reference; empty of one that is understood, as from a cell to what is in it."""
        node, at = arc
        if node not in self._names:
            self._names[node] = self._named(node)
        return self._names[node][at]

    def brief(self, arc: Arc) -> str:
        """The name of a reference to be blotted: an item of a list or tuple is ``[]``, which takes no naming of all items."""
        row = self.objects[arc[0]]
        if (type(row) is list or type(row) is tuple) and len(row) <= SCAN and self._function(arc[0]) is None:
            return "[]"
        return self.name(arc)

    def _named(self, node: int) -> list[str]:
        obj, targets = self.objects[node], self.successors[node]
        kind = id(type(obj))
        if kind in paths.SILENT and not (type(obj) is types.CellType and self.is_stop(node)):
            return [""] * len(targets)
        found = outgoing.names(obj, list(map(self.objects.__getitem__, targets)), self.glossary.reader)
        if kind not in _NAMED_BY_OTHERS:
            return found
        function = self._function(node)
        silent = types.FrameType if kind in references.GENERATORS else None
        for at, target in enumerate(targets):
            child = self.objects[target]
            if function is not None and type(child) is types.CellType:
                found[at] = describe.reference(function, child)
            elif (silent is not None and type(child) is silent) or self._function(target) is obj:
                found[at] = ""
            elif found[at] == references.STACK:
                found[at] = self._awaited(node, child) or found[at]
        return found

    def _awaited(self, node: int, child: object) -> str | None:
        """The name that a generator has for an object on its frame's stack: up to Python 3.10 only the stack shows that."""
        holder = self._holder[node]
        fields = references.fields(self.objects[holder]) if holder >= 0 else ()
        return next((words for words, value in fields if value is child), None)

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
        """The kind of a reference."""
        return blot(self.label(self.stop(arc[0]))), blot(self._prefix(arc[0]) + self.brief(arc))

    def _prefix(self, node: int) -> str:
        """The way from its stop to a container, in short."""
        way = []
        while self._holder[node] >= 0 and node not in self._prefixes:
            way.append(node)
            node = self._holder[node]
        text = self._prefixes.get(node, "")
        for inner in reversed(way):
            holder = self._holder[inner]
            text = self._prefixes[inner] = blot(text + self.brief((holder, self._at[inner])))
        return text

    def form(self) -> Hashable:
        """A key for this component: those with equal keys are described alike. It is made of words, so it outlives them."""
        return tuple(
            (
                self.glossary.type_name(obj),
                self.label(node) if self.is_stop(node) else "",
                describe.spot(obj),
                self.origin(node),
                tuple(self.name((node, at)) for at in range(len(self.successors[node]))),
                tuple(self.successors[node]),
            )
            for node, obj in enumerate(self.objects)
        )

    def steps(self, cycle: Sequence[Arc]) -> list[Step]:
        """A cycle as people read it, from its first stop on; a very long one is shown with each kind of reference once."""
        steps: list[Step] = []
        for arc in cycle if len(cycle) <= LONG * 4 else cycle[: LONG * 4]:
            if self.is_stop(arc[0]):
                place = self.glossary.place(self.objects[arc[0]])
                steps.append(Step(self.label(arc[0]), "", *((place.file, place.line) if place is not None else (None, None))))
            steps[-1] = dataclasses.replace(steps[-1], edge=steps[-1].edge + self.name(arc))
        if len(steps) <= LONG:
            return steps
        once = {(blot(step.type), blot(step.edge)): step for step in reversed(steps)}
        return [once[kind] for kind in sorted(once)]

    def notes(self, cycle: Sequence[Arc]) -> tuple[str, ...]:
        """A note where a cycle is too long to be shown whole."""
        number = sum(self.is_stop(node) for node, _ in cycle)
        return (f"the cycle has {number} objects: each kind of reference is shown once",) if number > LONG else ()
