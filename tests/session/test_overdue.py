"""Repeats that do not come to their end: they are broken off, and the run goes on as without the guard."""

from __future__ import annotations

import signal

import pytest
from mini import run

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="nothing else interrupts what waits in C")

SOON = "from pytest_gcguard.session.repeating import rerun\n\nrerun._limit = lambda item: 0.5"
WAITS = """
import queue, signal, threading, unittest
import pytest

class Job: ...

KEPT = []
ONCE = queue.Queue()

@pytest.fixture
def job():
    KEPT.append(Job())
    return KEPT[-1]

def test_waits(job):
    if len(KEPT) == 1:
        ONCE.put(job)
    ONCE.get()

class TestCase(unittest.TestCase):
    begun = False

    def test_waits(self):
        KEPT.append(Job())
        if TestCase.begun:
            threading.Event().wait()
        TestCase.begun = True

def test_has_an_alarm(job):
    before = signal.signal(signal.SIGALRM, print)
    signal.alarm(100)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)

def test_nobody_has_one_afterwards():
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
"""


def test_a_repeat_that_does_not_come_to_its_end_is_broken_off(pytester: pytest.Pytester) -> None:
    seen = run(pytester, WAITS, "-p", "no:randomly", conftest=SOON)
    passed = {"test_waits", "TestCase::test_waits", "test_nobody_has_one_afterwards"}
    assert seen.outcomes == {**dict.fromkeys(passed, "passed"), "test_has_an_alarm": "failed"}, seen.text
    for name in ("test_waits", "TestCase::test_waits"):
        assert seen.one(name)["notes"][0].startswith("unconfirmed: OverdueError in its call when it was run again"), seen.text


def test_a_repeat_within_its_time_is_not_broken_off(pytester: pytest.Pytester) -> None:
    slow = """
    import time
    class Job: ...
    KEPT = []
    def test_slow():
        KEPT.append(Job())
        time.sleep(0.3)
    """
    seen = run(pytester, slow, "--gcguard-confirm=1", conftest=SOON)
    assert seen.one("test_slow")["holder"].startswith("test_mini.KEPT["), seen.text


PARAMETERS = """
import threading
import pytest

class Job: ...

KEPT, BEGUN, RUNS = [], set(), []

@pytest.mark.parametrize("number", range(4))
def test_waits(number):
    KEPT.append(Job())
    RUNS.append(number)
    if number in BEGUN:
        threading.Event().wait()
    BEGUN.add(number)

def test_others_are_repeated():
    KEPT.append(Job())

def test_runs():
    assert RUNS == [0, 0, 1, 2, 3]
"""


def test_a_function_that_waits_for_ever_is_not_repeated_with_other_parameters(pytester: pytest.Pytester) -> None:
    seen = run(pytester, PARAMETERS, "-p", "no:randomly", conftest=SOON)
    failed = [name for name, outcome in seen.outcomes.items() if outcome == "failed"]
    assert failed == ["test_others_are_repeated"], seen.text
