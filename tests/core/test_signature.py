"""A signature is the same wherever one starts to read a cycle, and whatever varies from run to run."""

from __future__ import annotations

import random
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.cycles import smallest
from pytest_gcguard.core.cycles.component import Component
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Step
from pytest_gcguard.core.signature import blot, cycle_words

words = st.sampled_from(["app.A", "app.B", "function app.f", ".x", ".y[0]", ".<closure z>"])


@given(st.lists(st.builds(Step, words, words), min_size=1, max_size=6), st.integers(0, 5))
def test_a_cycle_has_the_same_words_from_wherever_it_is_read(path: list[Step], at: int) -> None:
    assert cycle_words(path[at % len(path) :] + path[: at % len(path)]) == cycle_words(path)


@given(st.text(max_size=30), st.integers(0, 99))
def test_a_key_or_index_does_not_matter_whatever_is_in_it(key: str, index: int) -> None:
    assert blot(f".table[{key!r}]") == blot(f".table[{index}]") == ".table[]"


@given(st.uuids(), st.integers(0, 2**64))
def test_made_up_numbers_and_ids_in_names_do_not_matter(unique: uuid.UUID, number: int) -> None:
    for text in (str(unique), unique.hex, hex(number), str(number)):
        assert blot(f"app.Model_{text}") == "app.Model_#"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("app.tmpab12_xyz.Model", "app.#.Model"),
        ("app.Facade", "app.Facade"),
        ("frame of app.f.<locals>.<listcomp>", "frame of app.f"),
        ("function app.f.<locals>.<lambda>", "function app.f.<locals>.<lambda>"),
        (".rows['a[0]'][<class app.K>]", ".rows[]"),
        (".<key app.K>", ".[]"),
        ("thread 'Thread-3 (work)' ", "thread 'Thread-# (work)' "),
    ],
)
def test_what_is_blotted_out(text: str, expected: str) -> None:
    assert blot(text) == expected


@pytest.mark.parametrize(
    ("label", "line", "expected"),
    [
        ("app.Layer1", 3, "app.Layer1"),
        ("app.Layer1", None, "app.Layer#"),
        ("app_17.v1.Layer1", 3, "app_#.v#.Layer1"),
        ("frame of test_3.test_12", 3, "frame of test_#.test_12"),
        ("frame of test_3.test_12.<locals>.part4", 3, "frame of test_#.test_12.<locals>.part4"),
        ("function app.Layer1.made.<locals>.<lambda>", 3, "function app.Layer1.made.<locals>.<lambda>"),
        ("app.Model_550e8400e29b", 3, "app.Model_#"),
        ("module plugin_3", 1, "module plugin_#"),
        ("list", None, "list"),
    ],
)
def test_numbers_of_a_name_that_a_source_file_has_are_a_part_of_it(label: str, line: int | None, expected: str) -> None:
    assert cycle_words([Step(label, ".me", "app.py" if line else None, line)]) == [expected, ".me"]


@pytest.mark.parametrize(
    "edge", [".handlers['{}']", ".handlers[<class ast.{}>]", ".handlers<key app.{}>", ".handlers<member>"]
)
def test_which_of_its_methods_an_object_keeps_in_a_table_does_not_matter(edge: str) -> None:
    names = ("on_open", "on_close")
    told = [[Step("app.App", edge.format(name)), Step(f"method app.App.{name}", ".__self__")] for name in names]
    assert cycle_words(told[0]) == cycle_words(told[1]) == cycle_words(told[1][::-1])


@pytest.mark.parametrize(
    "others", [[Step("app.App", ".handler")], [Step("app.App", ".button"), Step("app.Button", ".handlers[0]")]]
)
def test_which_method_an_attribute_or_another_object_has_does(others: list[Step]) -> None:
    told = [cycle_words([*others, Step(f"method app.App.{name}", ".__self__")]) for name in ("on_open", "on_close")]
    assert told[0] != told[1]


def test_what_only_reads_like_a_method_keeps_its_name() -> None:
    told = [cycle_words([Step("app.App", ".all[0]"), Step(f"methods.{name}", ".__self__")]) for name in ("Open", "Close")]
    assert told[0] != told[1]


class A1:
    pass


class A2:
    pass


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("xyz"), st.integers(0, 5)), max_size=12), st.integers(0, 10**6))
def test_the_order_of_the_objects_does_not_change_what_is_said_of_them(edges: list[tuple[int, str, int]], seed: int) -> None:
    objects = [(A1 if at % 2 else A2)() for at in range(6)]
    ring = [(at, "ring", (at + 1) % 6) for at in range(6)]
    links = {(source, name): target for source, name, target in (*edges, *ring)}
    for (source, name), target in links.items():
        setattr(objects[source], name, objects[target])

    def said(order: list[int]) -> list[str]:
        place = {node: at for at, node in enumerate(order)}
        successors: list[list[int]] = [[] for _ in order]
        for (source, _), target in links.items():
            successors[place[source]].append(place[target])
        component = Component([objects[node] for node in order], successors, lambda node: Origin.OWN)
        return cycle_words(component.steps(smallest.cycle(component)))

    order = list(range(6))
    first = said(order)
    random.Random(seed).shuffle(order)
    assert said(order) == first
