"""The smallest cycle of a component against its definition, by brute force on small random components."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.cycles import graph, smallest
from pytest_gcguard.core.cycles.component import Component
from pytest_gcguard.core.kinds import Origin


class Node:
    """A stop; lists are folded into the references that pass through them."""

    items: list[object]


@st.composite
def components(draw: st.DrawFn) -> tuple[list[object], list[list[int]]]:
    """The objects of a strongly connected component, instances and lists, and the references among them."""
    size = draw(st.integers(1, 9))
    node = st.integers(0, size - 1)
    targets = draw(st.lists(st.lists(node, max_size=3), min_size=size, max_size=size))
    largest = max(graph.components(targets), key=len)
    place = {node: at for at, node in enumerate(largest)}
    successors = [[place[target] for target in targets[node] if target in place] for node in largest]
    objects = [draw(st.sampled_from((Node, list)))() for _ in largest]
    for obj, into in zip(objects, successors, strict=True):
        held: list[object] = obj if isinstance(obj, list) else []
        held.extend(map(objects.__getitem__, into))
        if isinstance(obj, Node):
            # by attributes, so that an instance refers to the others without a list between them
            vars(obj).update({f"to{at}": target for at, target in enumerate(held)})
    return objects, successors


def fewest_stops(part: Component) -> int | None:
    """How many stops the cycle with the fewest has that passes through one at all, by following every path."""
    best = None
    for start in filter(part.is_stop, range(len(part.objects))):
        # the fewest stops met so far on the way to each node; more than there are nodes no shortest way has
        reached = {start: 1}
        for _ in range(len(part.objects)):
            for node, stops in list(reached.items()):
                for target in part.successors[node]:
                    if target == start:
                        best = stops if best is None else min(best, stops)
                    else:
                        reached[target] = min(reached.get(target, len(part.objects)), stops + part.is_stop(target))
    return best


@given(components())
def test_it_is_a_cycle_and_none_has_fewer_stops(component: tuple[list[object], list[list[int]]]) -> None:
    objects, successors = component
    if not graph.is_cyclic(successors, range(len(objects))):
        return
    part = Component(objects, successors, lambda _: Origin.OWN)
    try:
        cycle = smallest.cycle(part)
        nodes = [node for node, _ in cycle]
        ends = [successors[node][at] for node, at in cycle]
        assert ends == [*nodes[1:], nodes[0]]
        assert part.is_stop(nodes[0])
        assert len(set(nodes)) == len(nodes)
        assert sum(map(part.is_stop, nodes)) == fewest_stops(part)
    finally:
        for obj in objects:
            (obj if isinstance(obj, list) else vars(obj)).clear()


def test_a_chain_of_a_hundred_thousand_nodes_needs_no_recursion() -> None:
    size = 100_000
    part = Component([Node() for _ in range(size)], [[(at + 1) % size] for at in range(size)], lambda _: Origin.OWN)
    assert [node for node, _ in smallest.cycle(part)] == list(range(size))
