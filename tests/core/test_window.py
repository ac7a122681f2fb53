"""What is in sight of a window: what was made since it was opened, whatever happened to what was there before."""

from __future__ import annotations

import contextlib
import gc
import random
from collections.abc import Callable, Iterator

import objgraph
import pytest

from pytest_gcguard.core import interpreter, watch
from pytest_gcguard.core.heap import collector, counting, freezing, generations
from pytest_gcguard.core.heap.window import Frozen, Whole, Window
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.watch import Lens

MANY = 200


class Node:
    me: Node


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = collector.Settings.take()
    collector.pause()
    yield
    freezing.thaw()
    before.restore()


@pytest.fixture(params=[Frozen, Whole])
def window(request: pytest.FixtureRequest) -> Iterator[Window]:
    made: Window = request.param()
    yield made
    made.close()


class Leaf(Node):
    """As large as a node."""


by_generation = pytest.mark.skipif(
    interpreter.FREE_THREADED, reason="by ids alone what has the place of another of its type is not told from it"
)


def nodes(window: Window) -> int:
    return sum(type(obj) is Node for obj in window.objects())


@by_generation
def test_what_takes_the_place_of_an_old_object_is_new(window: Window) -> None:
    old = [Node() for _ in range(MANY)]
    window.open()
    # every second one, so that the memory about it stays in use, from which the next of this size is taken
    places = set(map(id, old[::2]))
    del old[::2]
    new: list[Node] = []
    while places.isdisjoint(map(id, new)) and len(new) < 1000 * MANY:  # other places may have been free before
        new += [Node() for _ in range(MANY)]
    assert not places.isdisjoint(map(id, new))
    assert nodes(window) == len(new)


def test_what_takes_the_place_of_another_type_is_new_also_where_there_are_only_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "has_generations", lambda: False)
    window = Whole()
    old = [Leaf() for _ in range(MANY)]
    window.open()
    places = set(map(id, old[::2]))
    del old[::2]
    new: list[Node] = []
    while places.isdisjoint(map(id, new)) and len(new) < 1000 * MANY:
        new += [Node() for _ in range(MANY)]
        gc.collect()
    assert not places.isdisjoint(map(id, new))
    assert nodes(window) == len(new)
    assert window.count(window.objects())[f"{__name__}.Node"] == len(new)
    window.close()


@by_generation
@pytest.mark.parametrize("collect", [lambda: gc.collect(), lambda: gc.collect(0), lambda: gc.collect(1)], ids=["2", "0", "1"])
def test_what_survives_a_collection_of_the_program_is_new_still(window: Window, collect: Callable[[], int]) -> None:
    old = [Node() for _ in range(MANY)]
    window.open()
    new = [Node() for _ in range(MANY)]
    collect()
    del old[MANY // 2 :]
    new += [Node() for _ in range(MANY)]
    collect()
    assert nodes(window) == 2 * MANY
    assert len(old) == MANY // 2


@by_generation
def test_what_is_made_while_a_window_is_opened_hides_nothing_that_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    old = [Node() for _ in range(MANY)]
    early: list[Node] = []
    collect = collector.collect

    def interrupted() -> tuple[int, list[object]]:
        result = collect()
        early.extend(Node() for _ in range(MANY))  # as another thread may
        return result

    monkeypatch.setattr(collector, "collect", interrupted)
    window = Whole()
    window.open()
    monkeypatch.undo()
    places = set(map(id, old[::2]))
    del old[::2]
    new: list[Node] = []
    while places.isdisjoint(map(id, new)) and len(new) < 1000 * MANY:
        new += [Node() for _ in range(MANY)]
    assert not places.isdisjoint(map(id, new))
    gc.collect()
    assert nodes(window) == len(new)
    assert len(early) == MANY
    window.close()


def test_what_the_program_freezes_is_seen_by_a_window_that_thaws() -> None:
    window = Whole(thaws=True)
    window.open()
    new = [Node() for _ in range(MANY)]
    gc.freeze()
    new.append(Node())
    assert nodes(window) == MANY + 1 == len(new)
    window.close()


def test_a_window_around_some_objects_has_these_and_what_is_made_later() -> None:
    old, new = [Node()], [Node()]
    window = Whole.around(frozenset(map(id, new)))
    new += [Node() for _ in range(MANY)]  # also in the place of what the window needed for a moment
    assert {id(obj) for obj in window.objects() if type(obj) is Node} == set(map(id, new))
    gc.collect()
    assert {id(obj) for obj in window.objects() if type(obj) is Node} == set(map(id, new))
    assert len(old) == 1
    window.close()


def test_what_is_only_replaced_counts_for_nothing_on_the_whole_heap() -> None:
    window = Whole()
    kept = [Node(), Node()]
    window.open()
    kept[:] = [Node(), Node(), Node()]
    assert window.count(kept) == {f"{__name__}.Node": 1}
    window.close()


def test_a_window_holds_nothing_and_leaves_no_callback() -> None:
    callbacks = list(gc.callbacks)
    window = Whole()
    window.open()
    assert len(gc.callbacks) == len(callbacks) + 1
    assert not any(type(obj) is Node for obj in gc.get_referents(*gc.get_referents(window)))
    window.close()
    window.close()
    assert gc.callbacks == callbacks


def test_a_cycle_is_found_again_and_again_whatever_is_made_in_its_place(window: Window) -> None:
    lens = Lens(Origins(None))
    for seed in range(30):
        window.open()
        order = random.Random(seed)
        for _ in range(order.randrange(1, 4)):
            node = Node()
            node.me = node
            ring: list[object] = []
            ring.append(ring)
        del node, ring
        seen = watch.look(lens, window)
        assert {cycle.types for cycle in seen.cycles} == {(f"{__name__}.Node",), ("list",)}


@by_generation
def test_what_takes_the_place_of_an_object_that_was_made_while_it_was_opened_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Node] = []
    visible = generations.visible

    def as_with_threads() -> list[object]:
        objects = visible()
        made.extend(Node() for _ in range(MANY))
        return objects

    with contextlib.closing(Whole()) as window:
        monkeypatch.setattr(generations, "visible", as_with_threads)
        window.open()
        places = set(map(id, made[::2]))
        del made[::2]
        new = [Node() for _ in range(MANY)]
        assert not places.isdisjoint(map(id, new))
        assert nodes(window) == MANY
        for generation in range(3):
            gc.collect(generation)
            assert nodes(window) == MANY


@by_generation
@pytest.mark.parametrize("make", [Node, list])
def test_what_is_made_after_a_collection_is_new_all_of_it(window: Window, make: Callable[[], object]) -> None:
    window.open()
    made: list[object] = []
    for _ in range(3):
        gc.collect()
        made += [make() for _ in range(MANY)]
    seen = set(map(id, window.objects()))
    assert [obj for obj in made if id(obj) not in seen] == []


def test_the_counts_of_the_whole_heap_are_those_of_objgraph() -> None:
    # objgraph asks each type for its names; where a metaclass made by C would work them out, nobody asks here
    asked, odd = counting._by_asking(gc.get_objects())
    assert counting.census(asked) == objgraph.typestats(asked, shortnames=False)
    assert len(asked) > 100 * len(odd)


@pytest.mark.skipif(not freezing.can_freeze(), reason="freezing is no good here")
@pytest.mark.parametrize("collects", [False, True], ids=["", "collected"])
def test_what_is_new_is_told_after_the_heap_was_thawed_for_somebody_else(*, collects: bool) -> None:
    callbacks = [*gc.callbacks]
    old = [Node() for _ in range(MANY)]
    window = Frozen()
    window.open()
    new = [Node() for _ in range(MANY)]
    garbage = Node()
    garbage.me = garbage
    if collects:
        gc.collect()
    del garbage
    freezing.give_way()
    assert sum(type(obj) is Node for obj in gc.get_objects()) == 2 * MANY + 1
    assert nodes(window) == MANY + 1
    new += [Node() for _ in range(MANY)]
    gc.collect()
    old.clear()
    new += [Node() for _ in range(MANY)]
    assert nodes(window) == 3 * MANY
    assert not window.tampered
    assert not any(type(obj).__name__ == "_Given" for obj in window.objects())
    window.close()
    assert gc.callbacks == callbacks
    assert sum(type(obj) is Node for obj in gc.get_objects()) == 0


@pytest.mark.skipif(not freezing.can_freeze(), reason="freezing is no good here")
def test_what_others_froze_is_not_thawed_for_anybody() -> None:
    window = Frozen()
    window.open()
    new = [Node() for _ in range(MANY)]
    gc.freeze()
    freezing.give_way()
    assert sum(type(obj) is Node for obj in gc.get_objects()) == 0
    window.objects()
    assert window.tampered
    assert len(new) == MANY
    window.close()
