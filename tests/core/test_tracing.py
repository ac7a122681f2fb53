"""What is done while allocations are traced leaves nothing behind."""

from __future__ import annotations

import _thread
import functools
import threading
import time
import weakref

import pytest

from pytest_gcguard.core.origins import tracing


class Seen(list[int]):
    pass


ALLOCATE = _thread.allocate_lock


class Lingering:
    """A lock whose releaser goes on later, as a thread does on a busy machine that has to let others run."""

    def __init__(self) -> None:
        self._lock = ALLOCATE()
        self.acquire = self._lock.acquire

    def release(self) -> None:
        self._lock.release()
        time.sleep(0.05)


def test_what_is_done_with_a_short_stack_is_held_by_no_thread_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_thread, "allocate_lock", Lingering)
    seen = [Seen([1, 2])]
    watched = weakref.ref(seen[0])
    assert tracing.with_short_stack(functools.partial(sum, seen[0])) == 3
    seen.clear()
    assert watched() is None


def test_an_error_is_raised_where_the_work_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_thread, "allocate_lock", Lingering)
    with pytest.raises(ZeroDivisionError):
        tracing.with_short_stack(lambda: 1 // 0)


def test_no_thread_is_started_where_the_first_one_blinds_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "FIRST_THREAD_BLINDS", True)
    monkeypatch.setattr(_thread, "start_new_thread", lambda *_: pytest.fail("started"))
    assert tracing.with_short_stack(threading.get_ident) == threading.get_ident()
