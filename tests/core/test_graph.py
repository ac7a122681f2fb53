"""The graph algorithms against what their words mean, worked out by brute force on small random graphs."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.cycles import graph
from pytest_gcguard.core.cycles.acyclic import may_be_cyclic


@st.composite
def graphs(draw: st.DrawFn) -> list[list[int]]:
    size = draw(st.integers(1, 8))
    node = st.integers(0, size - 1)
    return draw(st.lists(st.lists(node, max_size=4), min_size=size, max_size=size))


def after_steps(successors: list[list[int]], node: int) -> set[int]:
    """What one or more steps reach from a node."""
    return graph.reachable(successors, successors[node])


def cyclic_by_definition(successors: list[list[int]], nodes: Collection[int]) -> bool:
    inside = [[target for target in targets if target in nodes] for targets in successors]
    return any(node in after_steps(inside, node) for node in nodes)


@given(graphs())
def test_two_nodes_share_a_component_exactly_when_each_reaches_the_other(successors: list[list[int]]) -> None:
    found = graph.components(successors)
    assert sorted(node for component in found for node in component) == list(range(len(successors)))
    place = {node: number for number, component in enumerate(found) for node in component}
    for a in range(len(successors)):
        for b in range(len(successors)):
            mutual = a == b or (b in after_steps(successors, a) and a in after_steps(successors, b))
            assert (place[a] == place[b]) is mutual


@given(graphs(), st.data())
def test_the_components_of_some_nodes_are_those_of_the_graph_that_they_induce(
    successors: list[list[int]], data: st.DataObject
) -> None:
    nodes = data.draw(st.sets(st.integers(0, len(successors) - 1)).map(sorted))
    induced: list[list[int]] = [[] for _ in successors]
    for node in nodes:
        induced[node] = [target for target in successors[node] if target in nodes]
    expected = [component for component in graph.components(induced) if component[0] in nodes]
    found = graph.components(successors, nodes)
    assert sorted(found) == sorted(expected)
    place = {node: number for number, component in enumerate(found) for node in component}
    assert all(place[target] <= place[node] for node in place for target in induced[node])


@given(graphs())
def test_objects_without_a_cycle_are_told_at_once(successors: list[list[int]]) -> None:
    objects: list[list[object]] = [[] for _ in successors]
    for obj, targets in zip(objects, successors, strict=True):
        obj.extend(map(objects.__getitem__, targets))
    try:
        assert may_be_cyclic(objects) is cyclic_by_definition(successors, range(len(successors)))
        assert may_be_cyclic(objects[1:]) is cyclic_by_definition(successors, range(1, len(successors)))
    finally:
        for obj in objects:
            obj.clear()


@given(graphs())
def test_components_come_sinks_first(successors: list[list[int]]) -> None:
    place = {node: number for number, component in enumerate(graph.components(successors)) for node in component}
    assert all(place[target] <= place[node] for node in place for target in successors[node])


@given(graphs(), st.data())
def test_has_cycle_is_what_its_name_says_for_any_subset(successors: list[list[int]], data: st.DataObject) -> None:
    nodes = data.draw(st.sets(st.integers(0, len(successors) - 1)))
    assert graph.has_cycle(successors, nodes) is cyclic_by_definition(successors, nodes)


@pytest.mark.parametrize(
    ("successors", "component", "cyclic"),
    [([[0]], [0], True), ([[]], [0], False), ([[1], [0]], [0, 1], True), ([[1, 1], []], [0], False)],
)
def test_a_component_is_a_cycle_with_two_nodes_or_a_reference_to_itself(
    successors: list[list[int]], component: list[int], cyclic: bool
) -> None:
    assert graph.is_cyclic(successors, component) is cyclic


def test_a_chain_of_a_hundred_thousand_nodes_needs_no_recursion() -> None:
    size = 100_000
    ring = [[(node + 1) % size] for node in range(size)]
    assert len(graph.components(ring)) == 1
    assert graph.has_cycle(ring, range(size))
    assert not graph.has_cycle(ring, range(size - 1))
