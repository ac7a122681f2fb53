"""Whether all threads wait: whoever may still go on by itself is waited for, and nobody else."""

from __future__ import annotations

import sys

import pytest
from mini import run

from pytest_gcguard.session import asleep, stragglers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells in which system call a thread is")

THREADS = """
import os, queue, select, threading, time
from concurrent.futures import ThreadPoolExecutor
import pytest
from pytest_gcguard.session import asleep

def all_sleep():
    time.sleep(0.05)  # by then each is where it waits
    return asleep.all_others()

def wait_in(target, *args):
    threading.Thread(target=target, args=args, daemon=True).start()

def work():
    while not ENDED.is_set(): pass

ENDED = threading.Event()

def test_locks():
    POOL.submit(int).result()
    for wait in (threading.Event().wait, queue.Queue().get, queue.SimpleQueue().get):
        wait_in(wait)
    wait_in(threading.Event().wait, 3600)
    assert all_sleep()

POOL = ThreadPoolExecutor(1)

def test_one_that_was_woken():
    woken, jobs = threading.Event(), queue.SimpleQueue()
    for wake, wait in ((woken.set, woken.wait), (lambda: jobs.put(1), jobs.get)):
        wait_in(lambda: (wait(), time.sleep(0.1)))
        assert all_sleep()
        wake()
        assert not asleep.all_others()
        time.sleep(0.1)
        assert all_sleep()

def test_a_timeout_of_a_minute():
    ended = threading.Event()
    wait_in(ended.wait, 60)
    assert not all_sleep()
    ended.set()
    assert all_sleep()

def test_a_pipe():
    ours, theirs = os.pipe()
    wait_in(os.read, ours, 1)
    assert not all_sleep()
    os.write(theirs, b"x")
    assert all_sleep()

def test_work():
    wait_in(work)
    assert not all_sleep()
    ENDED.set()
    assert all_sleep()

def test_where_the_system_does_not_tell(monkeypatch):
    assert all_sleep()
    monkeypatch.setattr(asleep, "_TASKS", "/nowhere")
    assert not all_sleep()

def test_sleep():
    wait_in(time.sleep, 60)
    assert not all_sleep()
"""


@pytest.mark.parametrize("options", [["-n0"], ["-n1"]], ids=["in one process", "under xdist"])
def test_only_who_waits_for_a_lock_sleeps(pytester: pytest.Pytester, options: list[str]) -> None:
    seen = run(pytester, THREADS, *options, "-p", "no:randomly", guard=False)
    assert set(seen.outcomes.values()) == {"passed"}, seen.text
    assert len(seen.outcomes) == 7


def test_a_leak_is_told_at_once_where_nobody_can_let_go_of_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import threading

        class Job: ...

        NEVER = threading.Event()

        def work(job):
            NEVER.wait()

        def test_leak():
            threading.Thread(target=work, args=(Job(),), daemon=True).start()
        """,
        conftest="""
            from pytest_gcguard.core.unpatched import time

            SLEPT = []
            sleep = time.sleep

            def slept(seconds):
                SLEPT.append(seconds)
                sleep(seconds)

            time.sleep = slept

            def pytest_sessionfinish():
                assert sum(SLEPT) < 0.1, SLEPT  # a wait of a second and a half otherwise
        """,
    )
    assert "in thread" in next(found["holder"] for found in seen.of("test_leak") if found["title"] == "test_mini.Job")
    assert "AssertionError" not in seen.text


def test_there_is_one_more_look_once_all_are_seen_asleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stragglers, "running", lambda: 1)
    asleep_by_now = [False, True]
    monkeypatch.setattr(asleep, "all_others", lambda: asleep_by_now.pop(0))
    number = looks = 0
    while number := stragglers.pause(number):
        looks += 1
    assert (looks, asleep_by_now) == (2, [])


def test_a_thread_that_ends_while_the_others_are_looked_at_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = [2]
    monkeypatch.setattr(stragglers, "running", lambda: threads[-1])

    def all_others() -> bool:
        threads.append(1)
        return True

    monkeypatch.setattr(asleep, "all_others", all_others)
    assert stragglers.settle(1)
    assert threads == [2, 1]
