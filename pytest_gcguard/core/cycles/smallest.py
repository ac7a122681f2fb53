"""The smallest cycle of a component: shown in place of all that is in it.

Rules of this file: the length of a cycle is counted in stops (see ``component``). Of equally short cycles the one whose words
come first is taken, whatever the order of the objects. Each start costs time linear in the component.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pytest_gcguard.core.cycles.captured import RANK
from pytest_gcguard.core.cycles.component import LONG, NAMED, Arc, Component, Kind
from pytest_gcguard.core.objects import paths
from pytest_gcguard.core.signature import blot

_THOROUGH = 40_000
"""The search starts from each of the most telling objects while their number times that of all objects is below this,"""
_STARTS = 4
"""else from so many of them."""
_FULL = 200
"""How many characters of a reference are compared."""
_BACKWARDS = frozenset(map(id, (list, tuple)))
_NUMBER = re.compile(r"([0-9]+)")

Into = dict[int, list[Arc]]
"""The references that lead to each node."""
Way = tuple[Any, Arc] | None
"""The references walked so far: those before the last, and the last."""
Offer = tuple[int, str, Way]
"""A way that goes on by one more stop: the place among equals of the way before, the reference in words, and the new way."""
Words = list[Any]
"""Text and numbers in turn: ``[2]`` comes before ``[10]``."""


def cycle(part: Component) -> list[Arc]:
    """The references of the smallest cycle through one of the most telling objects, beginning there."""
    starts = _starts(part)
    if len(part.objects) > NAMED:
        return _shortest(part, starts[0], len(part.objects))[0]
    found: list[tuple[list[Arc], list[Kind]]] = []
    most = len(part.objects)
    into = _into(part, range(most))
    for start in starts:
        arcs, said = _shortest(part, start, most, into)
        if said:
            found.append((arcs, said))
            most = len(said)
    ranks = [(len(said), min(_turns(said))) for _, said in found]
    best = min(ranks)
    alike = [cycle for (cycle, _), rank in zip(found, ranks, strict=True) if rank == best]
    labels = [part.label(cycle[0][0]) for cycle in alike]
    first = min((label for label in labels if blot(label) == blot(labels[0])), key=_in_full)
    return min((cycle for cycle in alike if part.label(cycle[0][0]) == first), key=lambda cycle: _as_read(part, cycle))


def _as_read(part: Component, cycle: Sequence[Arc]) -> tuple[Words, list[Words]]:
    """A key to sort cycles that differ only by keys, indices, and numbers in the names of their stops."""
    shown = cycle[: LONG * 4]
    labels = [_in_full(part.label(node)) for node, _ in shown if part.is_stop(node)]
    return _in_full("".join(map(part.name, shown))), labels


def _starts(part: Component) -> list[int]:
    """The stops that say most: the project's, else a library's, else containers; only some of them if there are many."""
    ranks: dict[int, tuple[int, bool]] = {}
    for node in range(len(part.objects)):
        if part.is_stop(node):
            ranks[node] = (RANK[part.origin(node)], paths.is_container(part.objects[node]))
    best = min(ranks.values())
    starts = [node for node, rank in ranks.items() if rank == best]
    if len(starts) * len(part.objects) <= _THOROUGH:
        return starts
    if len(part.objects) > NAMED:
        return starts[:1]
    first: dict[str, int] = {}
    for node in starts:
        first.setdefault(part.label(node), node)
    by_label: dict[str, int] = {}
    for label in sorted(first, key=_in_full):
        by_label.setdefault(blot(label), first[label])
    return [by_label[label] for label in sorted(by_label)][:_STARTS]


def _shortest(part: Component, start: int, most: int, into: Into | None = None) -> tuple[list[Arc], list[Kind]]:
    """A shortest cycle through a stop, counted in stops, with its words; of several the one with the first words.

    Nothing where it has more than ``most`` stops. ``into`` has the references to each node, if they are known.
    """
    distance = _distances(part, start, most - 1)
    into = _into(part, distance) if into is None else into
    last = min((distance[node] for node, _ in into.get(start, ()) if node in distance), default=most)
    if last >= most:
        return [], []
    useful: set[Arc] = set()
    work = [arc for arc in into[start] if distance.get(arc[0]) == last]
    while work:
        arc = work.pop()
        if arc not in useful:
            useful.add(arc)
            if (node := arc[0]) != start:
                far = distance[node] - part.is_stop(node)
                work += [before for before in into[node] if distance.get(before[0]) == far]
    return _first_in_words(part, start, useful)


def _into(part: Component, nodes: Iterable[int]) -> Into:
    """The references from some nodes, by where they lead to."""
    into: Into = {}
    for node in nodes:
        for at, target in enumerate(part.successors[node]):
            into.setdefault(target, []).append((node, at))
    return into


def _distances(part: Component, start: int, end: int) -> dict[int, int]:
    """The number of stops on the way to each node, up to where the start is met again, and up to ``end``."""
    successors, is_stop = part.successors, part.is_stop
    distance = {start: 0}
    level = deque([start])
    while level:
        node = level.popleft()
        far = distance[node]
        if far > end:
            break
        for target in successors[node]:
            if target == start:
                end = min(end, far)
            elif target not in distance:
                if not is_stop(target):
                    distance[target] = far
                    level.appendleft(target)
                elif far < end:  # none that is farther leads to the start in time
                    distance[target] = far + 1
                    level.append(target)
    return distance


def _first_in_words(part: Component, start: int, useful: set[Arc]) -> tuple[list[Arc], list[Kind]]:
    """Walks from stop to stop, along all equally good ways at once, and takes what reads first.

    References are compared without keys and indices, and those that are equal then, with them.
    """
    named = len(part.objects) <= NAMED
    if len({node for node, _ in useful}) == len(useful):
        return _only_way(part, start, dict(useful), named)
    ways: dict[int, Way] = {start: None}
    said: list[Kind] = []
    while True:
        label = part.label(next(iter(ways)))
        offers: dict[tuple[str, str], dict[int, list[Offer]]] = {}
        for rank, (stop, way) in enumerate(ways.items()):
            for target, text, shown, longer in _next_stops(part, stop, way, useful, named):
                to = blot(part.label(target)) if named and target != start else ""
                offers.setdefault((text, to), {}).setdefault(target, []).append((rank, shown, longer))
        best = min(offers)
        said.append((blot(label), best[0]))
        ways = _ranked(part, offers[best])
        if start in ways:
            return _unwound(ways[start]), said


def _only_way(part: Component, start: int, useful: Mapping[int, int], named: bool) -> tuple[list[Arc], list[Kind]]:
    """The cycle and its words where one reference of each node is useful."""
    arcs: list[Arc] = []
    said: list[Kind] = []
    text, node, stop = "", start, start
    while node != start or not arcs:
        arc = (node, useful[node])
        arcs.append(arc)
        text = blot(text + part.brief(arc)) if named else ""
        node = part.successors[node][arc[1]]
        if part.is_stop(node):
            said.append((blot(part.label(stop)), text))
            text, stop = "", node
    return arcs, said


def _next_stops(part: Component, stop: int, way: Way, useful: set[Arc], named: bool) -> Iterator[tuple[int, str, str, Way]]:
    """The stops that a way leads to, each with the words of the reference: without keys and indices, and with them."""
    work: list[tuple[int, str, str, Way]] = [(stop, "", "", way)]
    seen = {stop}
    while work:
        node, text, shown, so_far = work.pop()
        for at, target in _in_order(part, node):
            if (node, at) in useful:
                name = part.name((node, at)) if named else ""
                longer = blot(text + part.brief((node, at))) if named else ""
                full = shown + name if len(shown) < _FULL else shown
                if part.is_stop(target):
                    yield target, longer, full, (so_far, (node, at))
                elif target not in seen:
                    seen.add(target)
                    work.append((target, longer, full, (so_far, (node, at))))


def _in_order(part: Component, node: int) -> Iterable[tuple[int, int]]:
    """The successors of a node; those of a list or tuple from its first item on, which the collector visits last."""
    found = list(enumerate(part.successors[node]))
    return reversed(found) if id(type(part.objects[node])) in _BACKWARDS else found


def _ranked(part: Component, offers: dict[int, list[Offer]]) -> dict[int, Way]:
    """To each stop the way that reads first; sorted by how the ways read, and then the stops."""
    if len(offers) == 1 and len(next(iter(offers.values()))) == 1:
        return {target: way for target, ((_, _, way),) in offers.items()}
    best = {target: each[0] if len(each) == 1 else min(each, key=_read) for target, each in offers.items()}
    labels = {label: _in_full(label) for label in set(map(part.label, best))}
    return {
        target: best[target][2]
        for target in sorted(best, key=lambda target: (_read(best[target]), labels[part.label(target)]))
    }


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
