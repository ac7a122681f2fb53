"""gc is given back as it was taken, and collecting says what it found."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from pytest_gcguard.core import collector


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = collector.Settings.take()
    yield
    before.restore()


def test_every_setting_is_restored() -> None:
    gc.enable()
    before = collector.Settings.take()
    gc.set_threshold(1, 2, 3)
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.garbage.append([])
    gc.disable()
    before.restore()
    assert collector.Settings.take() == before
    assert gc.isenabled()
    assert gc.garbage == []


def leave_a_cycle() -> None:
    a: list[object] = []
    a.append(a)


def test_collect_frees_and_counts_whatever_debug_flags_are_set() -> None:
    collector.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    leave_a_cycle()
    found, stuck = collector.collect()
    assert (found, stuck, gc.garbage) == (1, [], [])
    assert gc.get_debug() == gc.DEBUG_SAVEALL
    gc.set_debug(0)
    assert gc.collect() == 0


def test_collect_and_keep_frees_nothing_until_the_list_is_gone() -> None:
    gc.disable()
    collector.collect()
    leave_a_cycle()
    kept = collector.collect_and_keep()
    assert [type(obj) for obj in kept] == [list]
    assert gc.garbage == []
    del kept
    assert collector.collect()[0] == 1


def test_a_callback_is_no_setting_to_be_restored() -> None:
    def callback(phase: str, info: dict[str, int]) -> None: ...

    before = collector.Settings.take()
    gc.callbacks.append(callback)
    before.restore()
    assert gc.callbacks.pop() is callback


def test_a_callback_that_is_gone_already_can_be_removed() -> None:
    def callback(phase: str, info: dict[str, int]) -> None: ...

    collector.add_callback(callback)
    assert callback in gc.callbacks
    collector.remove_callback(callback)
    collector.remove_callback(callback)
    assert callback not in gc.callbacks


@pytest.fixture
def untried() -> Iterator[None]:
    collector.can_freeze.cache_clear()
    yield
    collector.can_freeze.cache_clear()


def walks_over_the_heap() -> None:
    time.sleep(0.001)


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("freeze", [walks_over_the_heap, lambda: None], ids=["linear in the heap", "hides nothing"])
def test_an_interpreter_whose_freeze_is_dear_or_hides_nothing_is_told_by_trying(
    monkeypatch: pytest.MonkeyPatch, freeze: Callable[[], None]
) -> None:
    monkeypatch.setattr(gc, "freeze", freeze)
    assert not collector.can_freeze()


@pytest.mark.usefixtures("untried")
def test_freezing_is_tried_once_and_leaves_nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = not collector._FREE_THREADED and not (3, 14, 0) <= sys.version_info[:3] <= (3, 14, 4)
    assert collector.can_freeze() is expected
    assert not collector.is_frozen()
    monkeypatch.setattr(gc, "freeze", lambda: pytest.fail("tried again"))
    assert collector.can_freeze() is expected
