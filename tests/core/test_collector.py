"""gc is given back as it was taken, and collecting says what it found."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pytest_gcguard.core.heap import collector


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
