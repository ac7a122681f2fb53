"""What a test sees of the collections that it asks for itself is what it sees without the guard."""

from __future__ import annotations

import pytest
from mini import run

ABOUT_TO_END = """
import gc, threading, time, weakref
import pytest

HEAP = [[] for _ in range(300_000)]  # as an application has them: to collect takes longer than a thread waits for its turn

class Job: ...

def work(job, may_end):
    may_end.acquire()

@pytest.mark.parametrize("number", range(5))
def test_waits_for_no_thread(number):
    may_end = threading.Lock()
    may_end.acquire()
    job = Job()
    thread = threading.Thread(target=work, args=(job, may_end))
    thread.start()
    seen = weakref.ref(job)
    del job, thread
    time.sleep(0.02)
    may_end.release()
    gc.collect()
    assert seen() is None
"""


def test_a_thread_that_is_about_to_end_gets_its_turn_in_a_collection(pytester: pytest.Pytester) -> None:
    seen = run(pytester, ABOUT_TO_END)
    assert set(seen.outcomes.values()) == {"passed"}, seen.text
    assert len(seen.outcomes) == 5
    assert seen.findings == [], seen.text
