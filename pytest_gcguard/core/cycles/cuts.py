"""Which references to cut, so that nothing of a component is cyclic any more: as few kinds of them as possible.

A *kind* of reference is what one line of code stores: all ``.parent`` of the nodes of a tree. To find the fewest is the
minimum feedback arc set problem, which is NP-hard (R. Karp, "Reducibility among combinatorial problems", 1972). So one and two
kinds are found exactly, and for more the local-ratio heuristic is used (C. Demetrescu, I. Finocchi, "Combinatorial
algorithms for feedback problems in directed graphs", Information Processing Letters 86, 2003): charge the cheapest reference
of a cycle to all of the cycle, cut what is used up, and at the end put back what turns out not to be needed.

Rules of this file: numbers only; what it answers has been verified by taking the references out; the work is bounded by a
number of visited references, not by a clock, so that the answer is the same on a slow machine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

FIXED = -1
"""The kind of a reference that cannot be cut."""
Arc = tuple[int, int, int]
"""A reference: the node it comes from, the node it leads to, its kind."""
EFFORT = 3_000_000
"""How many references are visited to find a cut; in a large component, a few times as many as it has."""
_TIMES = 8
_CHOICE = 24
"""How many kinds of references on one cycle are tried."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """How far the search goes. In a component of more than ``objects``, only single references of one cycle are tried.

    ``effort`` is how many references are visited. Of more unreachable objects than ``looked`` only a portion is looked at.
    """

    objects: int = 150_000
    looked: int = 500_000
    effort: int = EFFORT


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The kinds to cut, the cheapest first, each of them needed; empty if none were found.

    ``cut_short`` says after how much the search gave up. If it is empty, the search came to its end: then one kind is proposed
    wherever one is enough, and two wherever two are.
    """

    kinds: tuple[int, ...]
    cut_short: str = ""


class _SpentError(Exception):
    """The effort is used up."""


def find(arcs: Sequence[Arc], prices: Mapping[int, int], effort: int = EFFORT) -> Found:
    """The kinds of references to cut: one if one is enough, else two if two are, else a set without anything superfluous.

    Of several choices the cheapest is taken, and of equally cheap ones that with the lowest numbers.

    >>> find([(0, 1, 0), (1, 0, 1)], {0: 5, 1: 2})
    Found(kinds=(1,), cut_short='')
    >>> find([(0, 0, 0), (0, 0, 1)], {0: 1, 1: 1})  # two parallel references: cutting one leaves the other
    Found(kinds=(0, 1), cut_short='')
    """
    graph = _Graph(arcs)
    most = max(effort, _TIMES * graph.size * min(effort, EFFORT) // EFFORT)
    cut_short = ""
    found: tuple[int, ...] = ()
    for search in (_one_or_two, _several):
        graph.effort = most
        try:
            found, all_tried = search(graph, prices)
        except _SpentError:
            found, all_tried = (), False
        if not all_tried:
            cut_short = cut_short or (f"{most:,} references" if graph.effort < 0 else f"{_CHOICE} references of one cycle")
        if found:
            break
    return Found(found, cut_short)


def is_open(arcs: Sequence[Arc], without: Collection[int]) -> bool:
    """Whether nothing is cyclic without the references of some kinds.

    >>> is_open([(0, 1, 0), (1, 0, 1)], {1}), is_open([(0, 1, 0), (1, 0, 1)], ())
    (True, False)
    """
    return not _Graph(arcs).cycle(without)


def _cheapest(cycle: Sequence[int], prices: Mapping[int, int]) -> list[int]:
    kinds = {kind for kind in cycle if kind != FIXED}
    return sorted(kinds, key=lambda kind: (prices[kind], kind))


def _one_or_two(graph: _Graph, prices: Mapping[int, int]) -> tuple[tuple[int, ...], bool]:
    """The cheapest kind that opens everything, or else the cheapest two; and whether every choice was tried.

    A single kind that opens everything lies on every cycle, so only the kinds of one cycle are tried. Of two kinds, one lies
    on that cycle, and the other on any cycle that is left without the first.
    """
    first = _cheapest(graph.cycle(()), prices)
    left: dict[int, list[int]] = {}
    for kind in first[:_CHOICE]:
        left[kind] = graph.cycle((kind,))
        if not left[kind]:
            return (kind,), True
    best: tuple[int, tuple[int, ...]] | None = None
    complete = len(first) <= _CHOICE
    try:
        for one, cycle in left.items():
            second = _cheapest(cycle, prices)
            complete = complete and len(second) <= _CHOICE
            for other in second[:_CHOICE]:
                offer = (prices[one] + prices[other], tuple(sorted((one, other), key=lambda kind: (prices[kind], kind))))
                if (best is None or offer < best) and not graph.cycle((one, other)):
                    best = offer
    except _SpentError:
        complete = False
    return (best[1] if best is not None else ()), complete


def _several(graph: _Graph, prices: Mapping[int, int]) -> tuple[tuple[int, ...], bool]:
    """A set of kinds that opens everything, by the local ratio, without those that are not needed."""
    left = dict(prices)
    cut: list[int] = []
    remaining = _Rest(graph, ())
    while cycle := remaining.cycle():
        kinds = _cheapest(cycle, left)
        if not kinds:
            return (), True  # nothing on this cycle can be cut
        least = left[kinds[0]]
        for kind in kinds:
            left[kind] -= least
        used_up = [kind for kind in kinds if left[kind] <= 0]
        cut += used_up
        remaining.take(used_up)
    needed = sorted(cut, key=lambda kind: (prices[kind], kind))
    for kind in reversed(list(needed)):
        rest = [other for other in needed if other != kind]
        if not graph.cycle(rest):
            needed = rest
    return tuple(needed), True


class _Graph:
    """The references of each node, and of each kind; finds cycles in it as long as the effort lasts."""

    def __init__(self, arcs: Sequence[Arc]) -> None:
        nodes = 1 + max((max(source, target) for source, target, _ in arcs), default=-1)
        self.out: list[list[tuple[int, int]]] = [[] for _ in range(nodes)]
        self.effort = self.size = len(arcs) + nodes
        self.incoming = [0] * nodes
        self.of_kind: dict[int, list[tuple[int, int]]] = {}
        for source, target, kind in arcs:
            self.out[source].append((target, kind))
            self.incoming[target] += 1
            self.of_kind.setdefault(kind, []).append((source, target))

    def cycle(self, without: Collection[int]) -> list[int]:
        """The kinds of references along a shortest cycle through some node, empty if nothing is cyclic."""
        return _Rest(self, without).cycle()


class _Rest:
    """What is left of a graph without some kinds of references; further kinds can be cut.

    Nodes that nothing leads to are taken away, again and again (A. Kahn, 1962). If any are left then, there is a cycle, and
    walking backwards meets one. What was taken away stays away when more references are cut.
    """

    def __init__(self, graph: _Graph, without: Collection[int]) -> None:
        self._graph = graph
        self._cut = set(without)
        self._incoming = list(graph.incoming)
        for _, target in chain.from_iterable(graph.of_kind.get(kind, ()) for kind in self._cut):
            self._incoming[target] -= 1
        self._nodes = list(range(len(graph.out)))
        """Those that are left."""
        self._take_away([node for node, number in enumerate(self._incoming) if not number])

    def take(self, kinds: Collection[int]) -> None:
        """Cuts the references of more kinds."""
        self._cut.update(kinds)
        there = set(self._nodes)
        ready = []
        for source, target in chain.from_iterable(self._graph.of_kind.get(kind, ()) for kind in kinds):
            if source in there:
                self._incoming[target] -= 1
                if not self._incoming[target]:
                    ready.append(target)
        self._take_away(ready)

    def _take_away(self, ready: list[int]) -> None:
        incoming, cut, out = self._incoming, self._cut, self._graph.out
        while ready:
            for target, kind in out[ready.pop()]:
                if kind not in cut:
                    incoming[target] -= 1
                    if not incoming[target]:
                        ready.append(target)
        self._nodes = [node for node in self._nodes if incoming[node]]

    def cycle(self) -> list[int]:
        """The kinds of references along a shortest cycle through some node, empty if nothing is cyclic."""
        self._graph.effort -= self._graph.size
        if self._graph.effort < 0:
            raise _SpentError
        return self._through(self._on_a_cycle()) if self._nodes else []

    def _on_a_cycle(self) -> int:
        """A node of a cycle: each node that is left has one before it, so going back long enough repeats one."""
        before: dict[int, int] = {}
        for node in self._nodes:
            for target, kind in self._graph.out[node]:
                if kind not in self._cut and target not in before:
                    before[target] = node
        node = next(iter(before))
        seen: set[int] = set()
        while node not in seen:
            seen.add(node)
            node = before[node]
        return node

    def _through(self, start: int) -> list[int]:
        came: dict[int, tuple[int, int]] = {}
        level = [start]
        while level:
            following = []
            for node in level:
                for target, kind in self._graph.out[node]:
                    if kind in self._cut or target in came:
                        continue
                    came[target] = (node, kind)
                    if target == start:
                        return _kinds(start, came)
                    following.append(target)
            level = following
        raise AssertionError("a node that is on a cycle reaches itself")


def _kinds(start: int, came: Mapping[int, tuple[int, int]]) -> list[int]:
    kinds = []
    node = start
    while True:
        node, kind = came[node]
        kinds.append(kind)
        if node == start:
            return kinds
