"""Collections go on as long as code that one of them has run may have left more."""

from __future__ import annotations

import functools
import gc
import sys
import types
import weakref
from collections.abc import Callable, Iterator

import pytest

from pytest_gcguard.core.heap import collector, thorough


class Node:
    def __init__(self, at_its_end: Callable[[], object] = lambda: None) -> None:
        self.me = self
        self.at_its_end = at_its_end

    def __del__(self) -> None:
        self.at_its_end()


class Quiet:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def settled() -> Iterator[None]:
    before = collector.Settings.take()
    collector.pause()
    thorough.collect()
    yield
    before.restore()


def test_one_collection_is_enough_where_no_code_runs() -> None:
    seen = weakref.ref(Quiet())
    assert thorough.collect() == 1
    assert seen() is None


class Called:
    def __call__(self, phase: str, info: object) -> None:
        self.last = phase, sorted([phase])

    def method(self, phase: str, info: object) -> None:
        self(phase, info)


@pytest.mark.parametrize(
    "callback",
    [Called(), Called().method, lambda phase, info: None, functools.partial(Called.method, Called())],
    ids=["instance", "method", "function", "partial"],
)
def test_what_is_called_at_each_collection_is_no_such_code(callback: Callable[[str, dict[str, int]], object]) -> None:
    seen = weakref.ref(Quiet())
    gc.callbacks.append(callback)
    try:
        assert thorough.collect() == 1
    finally:
        gc.callbacks.remove(callback)
    assert seen() is None


@pytest.mark.parametrize("length", [1, 2, 3])
def test_what_a_finalizer_lets_go_of_is_freed_as_well(length: int) -> None:
    kept: list[Node] = []
    kept += [Node(lambda: kept.pop(0) if kept else None) for _ in range(length)]
    seen = [weakref.ref(node) for node in kept]
    kept.pop(0)
    assert thorough.collect() == length + 1
    assert [reference() for reference in seen] == [None] * length


def test_so_is_what_a_callback_lets_go_of() -> None:
    kept: list[object] = [Quiet()]
    seen = weakref.ref(kept[0])
    watched = Quiet()
    reference = weakref.ref(watched, lambda _: kept.clear())
    del watched
    assert thorough.collect() == 2
    assert (seen(), reference()) == (None, None)


def test_finalizers_that_go_on_forever_are_left_alone() -> None:
    left = 50

    def again() -> None:
        nonlocal left
        left -= 1
        if left:
            Node(again)

    Node(again)
    assert thorough.collect() == 5
    assert left == 45
    left = 1
    gc.collect()


def test_a_profile_stays_in_its_place() -> None:
    called = []

    def profile(frame: types.FrameType, event: str, _: object) -> None:
        called.append(event)

    for _ in range(9):  # what other tests have left, whose finalizers leave more
        gc.collect()
    seen = weakref.ref(Quiet())
    sys.setprofile(profile)
    try:
        collections = thorough.collect()
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)
    assert called
    assert seen() is None
    assert collections == 2  # whether code ran cannot be told


def test_no_profile_is_left() -> None:
    thorough.collect()
    assert sys.getprofile() is None
    assert gc.isenabled() is False
