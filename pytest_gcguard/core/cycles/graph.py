"""Algorithms on a directed graph that is given as lists of successors; they know no object and no gc.

Rules of this file: nodes are the integers ``0 … n-1``, ``successors[i]`` lists the targets of node ``i`` and may repeat a
target (parallel references); everything is iterative, and linear in nodes plus edges unless its docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain

Successors = Sequence[Sequence[int]]


def components(successors: Successors, nodes: Iterable[int] | None = None) -> list[list[int]]:
    """The strongly connected components, sinks first: no component has an edge into a later one.

    Where ``nodes`` are given, only these and the edges between them count.

    Source: R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972), made iterative.

    >>> components([[1], [0], [0]]), components([[1], [0], [0]], [1, 2])
    ([[0, 1], [2]], [[1], [2]])
    """
    nodes = range(len(successors)) if nodes is None else nodes
    order, placed = _unmet(len(successors), nodes)
    low: list[int] = [0] * len(successors)
    path: list[int] = []
    found: list[list[int]] = []
    clock = 0
    for start in nodes:
        if order[start] >= 0:
            continue
        order[start] = low[start] = clock
        clock += 1
        path.append(start)
        work: list[tuple[int, Iterator[int]]] = [(start, iter(successors[start]))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if order[target] < 0:
                    order[target] = low[target] = clock
                    clock += 1
                    path.append(target)
                    work.append((target, iter(successors[target])))
                    break
                if not placed[target] and order[target] < low[node]:
                    low[node] = order[target]
            else:
                work.pop()
                if work and low[node] < low[work[-1][0]]:
                    low[work[-1][0]] = low[node]
                if low[node] == order[node]:
                    found.append(_pop_component(path, node, placed))
    return found


def _unmet(size: int, nodes: Iterable[int]) -> tuple[list[int], bytearray]:
    """For each node when it was first met (-1: not yet), and whether its component is known, as if it were for all others."""
    order, placed = [0] * size, bytearray(b"\1") * size
    for node in nodes:
        order[node], placed[node] = -1, 0
    return order, placed


def _pop_component(path: list[int], root: int, placed: bytearray) -> list[int]:
    at = len(path) - 1
    while path[at] != root:
        at -= 1
    component = path[at:]
    del path[at:]
    for node in component:
        placed[node] = 1
    return sorted(component)


def is_cyclic(successors: Successors, component: Sequence[int]) -> bool:
    """Whether a strongly connected component is a cycle: two or more nodes, or one that refers to itself.

    >>> is_cyclic([[0]], [0]), is_cyclic([[]], [0])
    (True, False)
    """
    return len(component) > 1 or component[0] in successors[component[0]]


def has_cycle(successors: Successors, nodes: Collection[int]) -> bool:
    """Whether the graph induced by ``nodes`` has a cycle.

    Source: A. Kahn, "Topological sorting of large networks", CACM 5 (1962): what cannot be sorted is cyclic.

    >>> has_cycle([[1], [0]], {0, 1}), has_cycle([[1], [0]], {0})
    (True, False)
    """
    waiting = dict.fromkeys(nodes, 0)
    for node in waiting:
        for target in successors[node]:
            if target in waiting:
                waiting[target] += 1
    ready = [node for node, incoming in waiting.items() if not incoming]
    sorted_nodes = 0
    while ready:
        node = ready.pop()
        sorted_nodes += 1
        for target in successors[node]:
            if target in waiting:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    return sorted_nodes < len(waiting)


def reachable(successors: Successors, starts: Iterable[int]) -> set[int]:
    """All nodes that a path from one of ``starts`` reaches, these included.

    >>> sorted(reachable([[1], [], [0]], [0]))
    [0, 1]
    """
    seen = set(starts)
    frontier = seen
    while frontier:
        frontier = onward(successors, frontier) - seen
        seen |= frontier
    return seen


def onward(successors: Successors, nodes: Iterable[int]) -> set[int]:
    """What one edge leads to from some nodes.

    >>> onward([[1, 1], [0]], [0])
    {1}
    """
    return set(chain.from_iterable(map(successors.__getitem__, nodes)))
