"""Whether the heap can be frozen at no cost is tried, not believed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest

from pytest_gcguard.core import interpreter
from pytest_gcguard.core.heap import freezing
from pytest_gcguard.core.unpatched import gc


@pytest.fixture
def untried() -> Iterator[None]:
    freezing.can_freeze.cache_clear()
    yield
    freezing.can_freeze.cache_clear()


def walks_over_the_heap() -> None:
    time.sleep(0.001)


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize("freeze", [walks_over_the_heap, lambda: None], ids=["linear in the heap", "hides nothing"])
def test_an_interpreter_whose_freeze_is_dear_or_hides_nothing_is_told_by_trying(
    monkeypatch: pytest.MonkeyPatch, freeze: Callable[[], None]
) -> None:
    monkeypatch.setattr(gc, "freeze", freeze)
    assert not freezing.can_freeze()


@pytest.mark.usefixtures("untried")
def test_freezing_is_tried_once_and_leaves_nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = not interpreter.FREE_THREADED and not (3, 14, 0) <= sys.version_info[:3] <= (3, 14, 4)
    assert freezing.can_freeze() is expected
    assert not freezing.is_frozen()
    monkeypatch.setattr(gc, "freeze", lambda: pytest.fail("tried again"))
    assert freezing.can_freeze() is expected
