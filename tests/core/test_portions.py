"""Portions: of more objects than are to be looked at some are chosen, and what is told of them is true of all."""

from __future__ import annotations

import gc

from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.cycles import census, cuts, portions
from pytest_gcguard.core.model import Cycle
from pytest_gcguard.core.origins.origin import Origins


class Node:
    __slots__ = ("others",)

    def __init__(self) -> None:
        self.others: list[Node] = []


class Other(Node):
    __slots__ = ()


class Another(Node):
    __slots__ = ()


Graph = tuple[list[type[Node]], list[tuple[int, int]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    kinds = draw(st.lists(st.sampled_from([Node, Other, Another]), min_size=1, max_size=12))
    ends = st.integers(0, len(kinds) - 1)
    return kinds, draw(st.lists(st.tuples(ends, ends), max_size=24))


def build(graph: Graph) -> list[object]:
    """Each node and its list, in the order in which they were made."""
    kinds, edges = graph
    nodes = [kind() for kind in kinds]
    for source, target in edges:
        nodes[source].others.append(nodes[target])
    return [obj for node in nodes for obj in (node, node.others)]


def chosen(objects: list[object], most: int) -> tuple[list[int], list[int]]:
    """The positions of what is chosen, and of those that may lead to more."""
    portion = portions.choose(objects, most)
    place = {id(obj): at for at, obj in enumerate(objects)}
    positions = [place[id(obj)] for obj in portion.objects]
    return positions, [positions[at] for at in sorted(portion.open)]


@given(graphs(), st.integers(0, 30))
def test_what_is_chosen_fits_and_leads_only_to_what_is_chosen_or_is_said_to_lead_on(graph: Graph, most: int) -> None:
    objects = build(graph)
    positions, leads_on = chosen(objects, most)
    assert positions == sorted(set(positions))
    assert len(positions) == min(most, len(objects)) or (len(positions) < most < len(objects))
    ids = {id(obj) for obj in objects}
    inside = {id(objects[at]) for at in positions}
    for at in set(positions).difference(leads_on):
        assert inside.issuperset(ids.intersection(map(id, gc.get_referents(objects[at]))))
    assert not leads_on or most < len(objects)


@given(graphs(), st.integers(32, 40))
def test_each_type_occurs_where_there_is_room_for_it(graph: Graph, most: int) -> None:
    objects = [*build(graph), *([] for _ in range(most))]
    types = {type(obj) for obj in portions.choose(objects, most).objects}
    assert types == {type(obj) for obj in objects}


@given(graphs(), st.integers(0, 30))
def test_the_same_is_chosen_of_the_same(graph: Graph, most: int) -> None:
    assert chosen(build(graph), most) == chosen(build(graph), most)


NOTE = (
    "at most 100 of the objects that became unreachable were looked at (gcguard_search_objects): there may be more of this "
    "cycle, and others"
)
BOUNDS = cuts.Bounds(looked=100)


def cycles(garbage: list[object], bounds: cuts.Bounds = BOUNDS) -> list[Cycle]:
    return [found.cycle for found in census.take(garbage, Origins(None), bounds=bounds).found]


def pairs(number: int, kind: type[Node] = Node) -> list[object]:
    garbage: list[object] = []
    for _ in range(number):
        one, other = kind(), kind()
        one.others.append(other)
        other.others.append(one)
        garbage += [one, one.others, other, other.others]
    return garbage


def chain(size: int, *, back: bool) -> list[object]:
    """Nodes that each lead to the next one, and back, or the last to the first."""
    nodes = [Node() for _ in range(size)]
    for at, node in enumerate(nodes):
        node.others.append(nodes[(at + 1) % size])
        if back:
            node.others.append(nodes[at - 1])
    return [obj for node in nodes for obj in (node, node.others)]


def test_small_cycles_are_as_they_are_however_many_there_are() -> None:
    (usual, *_) = cycles(pairs(2))
    assert usual.cut is not None
    assert usual.cut.verified
    found = cycles(pairs(1_000))
    assert 20 <= len(found) <= 25  # of four objects each
    assert {(each.path, each.cut, each.objects) for each in found} == {(usual.path, usual.cut, usual.objects)}
    assert {each.notes for each in found} == {(NOTE,)}


def test_no_cut_of_a_large_cycle_is_verified_of_which_only_a_part_was_looked_at() -> None:
    garbage = chain(200, back=True)
    (whole,) = cycles(garbage, cuts.Bounds())
    assert whole.cut is None or whole.cut.verified
    (part,) = cycles(garbage)
    assert part.cut is not None
    assert not part.cut.verified
    assert part.notes[-1] == NOTE
    assert part.objects <= 100 < whole.objects


def test_beside_a_large_cycle_those_of_other_types_are_seen() -> None:
    found = cycles([*chain(200, back=True), *pairs(1, Other), *pairs(1, Another)])
    verified = {each.types[0].rpartition(".")[2]: each.cut is not None and each.cut.verified for each in found}
    assert verified == {"Node": False, "Other": True, "Another": True}


def test_all_is_looked_at_where_a_portion_shows_no_cycle() -> None:
    (ring,) = cycles(chain(200, back=False))
    assert ring.objects == 400
    assert ring.cut is not None
    assert ring.cut.verified
    assert NOTE not in ring.notes


def test_what_is_looked_at_in_part_is_remembered_by_no_later_look() -> None:
    garbage = chain(200, back=True)
    before = cycles(garbage, cuts.Bounds())
    cycles(garbage)
    assert cycles(garbage, cuts.Bounds()) == before
