"""One cut for several cycles of a signature: what is said of all is true of each."""

from __future__ import annotations

import dataclasses
import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.documents.cutting import united
from pytest_gcguard.core.model import Cut, Step

PARENT = Cut("app.Node", ".parent", "app.py", 3, verified=True, hint="hold .parent weakly")
BOTH = Cut("app.Node", ".parent", "app.py", 3, True, "hold both weakly", (Step("app.Node", ".mate", "app.py", 9),))
ITEM = Cut("app.Node", ".mates[2]", "app.py", 3, verified=True, hint="clear .mates[2]")
ITEMS = Cut("app.Node", ".mates", "app.py", 3, verified=True, hint="clear .mates")
OTHER = Cut("app.Item", ".owner", "app.py", 20, verified=True, hint="hold .owner weakly")
UNSURE = Cut("app.Node", ".parent", "app.py", 3, hint="hold .parent weakly")


@pytest.mark.parametrize("cut", [PARENT, BOTH, UNSURE, None])
def test_the_same_cut_stays_as_it_is(cut: Cut | None) -> None:
    assert united([cut, cut]) == cut


def test_what_differs_by_a_key_or_a_number_is_the_same() -> None:
    first = Cut("dict", "['conn-1']", verified=True, also=(Step("app.Pool_1", ".kept[3]"),))
    assert united([first, Cut("dict", "['conn-2']", verified=True, also=(Step("app.Pool_2", ".kept[5]"),))]) == first


def test_all_of_the_first_stay_although_they_differ_by_a_key_alone() -> None:
    cut = united([Cut("list", "[0]", verified=True, also=(Step("list", "[1]"),)), OTHER])
    assert cut is not None
    assert [part.edge for part in cut.also] == ["[1]", ".owner"]


def test_where_more_is_needed_for_some_all_is_told() -> None:
    for cuts in itertools.permutations([PARENT, BOTH]):
        cut = united(cuts)
        assert cut is not None
        assert (cut.edge, [part.edge for part in cut.also]) == (".parent", [".mate"])
        assert (cut.partly, cut.verified, cut.hint) == (True, True, "hold both weakly")


def test_where_others_are_needed_both_are_told() -> None:
    cut = united([PARENT, OTHER])
    assert cut is not None
    assert [part.edge for part in cut.also] == [".owner"]
    assert (cut.partly, cut.verified) == (True, True)
    assert cut.hint == "hold .parent weakly; where that is not enough, let go of the others as well"


def test_all_items_of_a_container_are_told_where_one_is_not_enough_for_each() -> None:
    one = Cut("app.Node", ".links['up']", verified=True, hint="clear .links['up'] of app.Node when its work is done")
    every = Cut("app.Node", ".links", verified=True, hint="set .links of app.Node to None when its work is done")
    for cuts in itertools.permutations([one, every]):
        assert united(cuts) == every
    also_of_another = Cut("app.Item", ".owner", verified=True, hint="hold both weakly", also=(Step("app.Node", ".links"),))
    both = united([one, also_of_another])
    assert both is not None
    assert (both.edge, both.also, both.hint) == (".links", (Step("app.Item", ".owner"),), "hold both weakly")
    of_two = united([one, dataclasses.replace(also_of_another, also=(Step("app.Node", ".links"), Step("app.Node", ".mate")))])
    assert of_two is not None
    assert (of_two.edge, of_two.hint) == (".links", "hold both weakly")
    apart = united([one, OTHER, dataclasses.replace(every, also=(Step("app.Node", ".mate"),))])
    assert apart is not None
    assert apart.hint.startswith("clear .links of app.Node when its work is done; where that is not enough")


def test_what_one_line_stores_for_several_classes_is_one_reference() -> None:
    base, leaf, leaves = (
        Cut(f"app.{name}", ".parent", "app.py", 3, verified=True, hint=f"hold .parent of app.{name} by weakref.ref")
        for name in ("Node", "Leaf", "Leaves")
    )
    both = dataclasses.replace(base, also=(Step("app.Leaf", ".parent", "app.py", 3), Step("app.Item", ".owner", "app.py", 20)))
    for others in itertools.permutations([leaf, leaves]):
        assert united([base, *others]) == base
    assert united([leaf, base, leaves]) == leaf
    cut = united([leaf, both])
    assert cut is not None
    assert [(part.type, part.edge) for part in cut.parts] == [("app.Leaf", ".parent"), ("app.Item", ".owner")]
    elsewhere = united([leaf, dataclasses.replace(leaves, line=9)])
    assert elsewhere is not None
    assert [(part.type, part.line) for part in elsewhere.parts] == [("app.Leaf", 3), ("app.Leaves", 9)]


@pytest.mark.parametrize("other", [UNSURE, None])
def test_what_was_not_verified_for_one_is_not_for_all(other: Cut | None) -> None:
    cut = united([PARENT, other])
    assert cut is not None
    assert not cut.verified
    assert not cut.partly


def test_too_many_references_are_no_advice() -> None:
    cut = united([PARENT, *(Cut("app.Node", f".{name}", verified=True) for name in "abcdefgh")])
    assert cut is not None
    assert (cut.edge, cut.also, cut.partly, cut.verified) == (".parent", (), True, False)


@given(st.lists(st.sampled_from([PARENT, BOTH, ITEM, ITEMS, OTHER, UNSURE]), min_size=1), st.randoms(use_true_random=False))
def test_neither_order_nor_grouping_of_the_others_matters(others: list[Cut], random: Random) -> None:
    shuffled = sorted(others, key=lambda _: random.random())
    whole = united([PARENT, *others])
    assert united([PARENT, *shuffled]) == whole
    assert united([PARENT, *others, *others]) == whole
    assert united([whole, *shuffled]) == whole
