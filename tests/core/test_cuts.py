"""The cut against its definition, by brute force on small random graphs, and its bounds on large ones."""

from __future__ import annotations

import itertools
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.cycles import census, cuts, graph
from pytest_gcguard.core.cycles.cuts import Arc
from pytest_gcguard.core.origins.origin import Origins


@st.composite
def graphs(draw: st.DrawFn, nodes: int = 6, kinds: int | None = None) -> list[Arc]:
    """References between a few nodes, some parallel, some to oneself; without ``kinds`` each is of a kind of its own."""
    size = draw(st.integers(1, nodes))
    node = st.integers(0, size - 1)
    pairs = draw(st.lists(st.tuples(node, node), min_size=1, max_size=14))
    kind = st.integers(0, kinds - 1) if kinds is not None else None
    return [(a, b, draw(kind) if kind is not None else at) for at, (a, b) in enumerate(pairs)]


class Node:
    """With slots, so that it has no dictionary of its own."""

    __slots__ = ("kids", "parent")
    kids: list[Node]
    parent: Node


def prices_of(arcs: Collection[Arc]) -> dict[int, int]:
    """Differing prices, so that choices are seen."""
    return {kind: 1 + kind % 3 for _, _, kind in arcs}


def cyclic(arcs: Collection[Arc], without: Collection[int] = ()) -> bool:
    """By definition, with the help of another algorithm: whether some component of the graph is a cycle."""
    successors: list[list[int]] = [[] for _ in range(1 + max(max(a, b) for a, b, _ in arcs))]
    for a, b, kind in arcs:
        if kind not in without:
            successors[a].append(b)
    return any(graph.is_cyclic(successors, component) for component in graph.components(successors))


@given(graphs() | graphs(kinds=4))
def test_what_is_cut_leaves_no_cycle_and_nothing_of_it_is_superfluous(arcs: list[Arc]) -> None:
    found = cuts.find(arcs, prices_of(arcs))
    assert found.cut_short == ""
    assert not cyclic(arcs, found.kinds)
    for kind in found.kinds:
        assert cyclic(arcs, set(found.kinds) - {kind})
    assert bool(found.kinds) is cyclic(arcs)


@given(graphs() | graphs(kinds=5))
def test_one_is_proposed_where_one_is_enough_and_two_where_two_are_always_the_cheapest(arcs: list[Arc]) -> None:
    prices = prices_of(arcs)
    for number in (1, 2):
        enough = [kinds for kinds in itertools.combinations(sorted(prices), number) if not cyclic(arcs, kinds)]
        if enough and cyclic(arcs):
            found = cuts.find(arcs, prices)
            assert len(found.kinds) == number
            assert sum(prices[kind] for kind in found.kinds) == min(sum(map(prices.__getitem__, kinds)) for kinds in enough)
            return


@given(graphs(kinds=5), st.randoms(use_true_random=False))
def test_the_order_of_the_references_does_not_change_a_cut_of_one_or_two(arcs: list[Arc], random: object) -> None:
    found = cuts.find(arcs, prices_of(arcs))
    shuffled = list(arcs)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis calls its own kind of random an object
    if len(found.kinds) <= 2:
        assert cuts.find(shuffled, prices_of(arcs)) == found


@given(graphs(kinds=5), st.sets(st.integers(0, 4)))
def test_what_is_fixed_is_never_cut(arcs: list[Arc], fixed: set[int]) -> None:
    given_arcs = [(a, b, cuts.FIXED if kind in fixed else kind) for a, b, kind in arcs]
    found = cuts.find(given_arcs, prices_of(given_arcs))
    assert cuts.FIXED not in found.kinds
    loose = {kind for _, _, kind in given_arcs} - {cuts.FIXED}
    assert bool(found.kinds) is (cyclic(given_arcs) and not cyclic(given_arcs, loose))
    assert not found.kinds or not cyclic(given_arcs, found.kinds)


@given(graphs() | graphs(kinds=4), st.sets(st.integers(0, 13)))
def test_is_open_is_what_its_name_says(arcs: list[Arc], without: set[int]) -> None:
    assert cuts.is_open(arcs, without) is not cyclic(arcs, without)


def test_all_references_of_a_kind_are_cut_together() -> None:
    tree = [(0, child, 0) for child in range(1, 500)] + [(child, 0, 1) for child in range(1, 500)]
    assert cuts.find(tree, {0: 9, 1: 2}).kinds == (1,)


def test_a_hundred_thousand_objects_are_opened_with_bounded_effort() -> None:
    size = 100_000
    double = [(at, at + 1, 0) for at in range(size)] + [(at + 1, at, 1) for at in range(size)]
    assert cuts.find(double, {0: 9, 1: 2}).kinds == (1,)


@pytest.mark.parametrize("effort", [0, 400, 2_000])
def test_what_is_proposed_for_want_of_effort_is_right_all_the_same(effort: int) -> None:
    complete_graph = [(a, b, a * 12 + b) for a, b in itertools.permutations(range(12), 2)]
    found = cuts.find(complete_graph, {kind: 1 for _, _, kind in complete_graph}, effort)
    assert found.cut_short.endswith((" references", " references of one cycle"))
    assert not found.kinds or not cyclic(complete_graph, found.kinds)


def test_of_a_component_with_more_objects_than_are_allowed_only_references_of_the_cycle_are_tried() -> None:
    root = Node()
    root.kids = [Node() for _ in range(9)]
    for kid in root.kids:
        kid.parent = root
    garbage = [root, root.kids, *root.kids]
    told = {}
    for objects in (11, 10):  # the root, its list, and what is in it
        bounds = cuts.Bounds(objects=objects)
        (found,) = census.take(garbage, Origins(None), bounds=bounds).found
        assert found.cycle.cut is not None
        told[objects] = (found.cycle.cut.edge, found.cycle.cut.verified, found.cycle.notes)
    note = "the search for what to cut was cut short after 10 objects: there may be a smaller cut"
    assert told == {11: (".parent", True, ()), 10: (".parent", False, (note,))}
