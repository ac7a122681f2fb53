"""The collector's algorithm done from outside, against the collector itself."""

from __future__ import annotations

import gc
import types
from collections.abc import Callable, Generator, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_gcguard.core.heap.unreachable import Snapshot


class Node:
    __slots__ = ("refs",)

    def __init__(self) -> None:
        self.refs: list[object] = []


@pytest.fixture(autouse=True)
def frozen_heap() -> Iterator[None]:
    """Only what a test makes is in sight."""
    enabled = gc.isenabled()
    gc.disable()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    if enabled:
        gc.enable()


def garbage() -> list[str]:
    return sorted(type(found).__name__ for found in Snapshot(gc.get_objects()).unreachable())


@st.composite
def heaps(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], set[int]]:
    """A number of nodes, the references between them, and the nodes that something outside holds."""
    size = draw(st.integers(1, 12))
    node = st.integers(0, size - 1)
    return size, draw(st.lists(st.tuples(node, node), max_size=30)), draw(st.sets(node, max_size=3))


def build(size: int, references: list[tuple[int, int]], held: set[int]) -> list[Node]:
    """Makes the nodes and returns those that are held; the others live by their references alone."""
    nodes = [Node() for _ in range(size)]
    for source, target in references:
        nodes[source].refs.append(nodes[target])
    return [nodes[number] for number in held]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(heaps())
def test_it_finds_as_many_objects_as_the_collector_collects(heap: tuple[int, list[tuple[int, int]], set[int]]) -> None:
    gc.collect()
    gc.freeze()
    held = build(*heap)
    mine = len(Snapshot(gc.get_objects()).unreachable())
    assert mine == gc.collect()
    assert not Snapshot(gc.get_objects()).unreachable()
    assert len(held) == len(heap[2])


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(heaps())
def test_it_names_the_very_objects_that_the_collector_saves(heap: tuple[int, list[tuple[int, int]], set[int]]) -> None:
    gc.collect()
    gc.freeze()
    held = build(*heap)
    mine = {id(found) for found in Snapshot(gc.get_objects()).unreachable() if type(found) is Node}
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
    finally:
        gc.set_debug(0)
    saved = {id(found) for found in gc.garbage if type(found) is Node}
    gc.garbage.clear()
    assert mine == saved
    del held


def suspended_generator() -> None:
    def steps() -> Iterator[int]:
        itself = running  # noqa: F841 -- the reference that closes the cycle through the frame
        yield 1

    running = steps()
    next(running)


def suspended_coroutine() -> None:
    class Pause:
        def __await__(self) -> Generator[None]:
            yield

    async def work(pause: Pause) -> None:
        await pause

    pause = Pause()
    running = work(pause)
    pause.holder = running  # type: ignore[attr-defined] # the test makes its cycle through it
    running.send(None)


@pytest.mark.parametrize(("make", "kind"), [(suspended_generator, "generator"), (suspended_coroutine, "coroutine")])
def test_it_sees_a_cycle_through_a_suspended_frame_for_which_the_collector_returns_less(
    make: Callable[[], None], kind: str
) -> None:
    make()
    assert kind in garbage()
    live = len(gc.get_objects())
    collected = gc.collect()
    assert live - len(gc.get_objects()) > collected
    assert kind not in garbage()


def test_it_looks_before_a_finalizer_has_run() -> None:
    finalized: list[str] = []

    class Closing:
        def __init__(self) -> None:
            self.me: Closing | None = self

        def __del__(self) -> None:
            finalized.append("closed")
            self.me = None

    Closing()
    assert "Closing" in garbage()
    assert finalized == []
    gc.collect()
    assert finalized == ["closed"]


def test_what_a_local_variable_a_closure_or_an_older_object_holds_is_alive() -> None:
    mine = Node()
    mine.refs.append(mine)

    def closure() -> Node:
        return mine

    assert isinstance(closure, types.FunctionType)
    assert "Node" not in garbage()
    mine = closure = None  # type: ignore[assignment] # lets go of both
    assert "Node" in garbage()


def test_beyond_are_those_that_the_roots_do_not_reach() -> None:
    a, b, c = Node(), Node(), Node()
    a.refs.append(b)
    found = Snapshot([a, a.refs, b, b.refs, c, c.refs]).beyond([a])
    assert len(found) == 2
    assert found[0] is c
    assert found[1] is c.refs


def test_an_empty_set_has_no_garbage() -> None:
    assert Snapshot([]).unreachable() == []
    assert Snapshot([]).beyond([Node()]) == []
