"""Threads that outlive a test: what they are about to let go of is no leak, what a test keeps is one."""

from __future__ import annotations

import pytest
from mini import run

HASTY = """
from pytest_gcguard.session import stragglers

stragglers._PAUSES = (0.0, 0.001)
"""
"""For tests of threads that do not end in a fifth of a second anyway: each run of one would be waited for that long."""

WORK_AT_ONCE = """
from pytest_gcguard.session.repeating import explaining

explaining._WORK = explaining._REST = 0.01
"""
"""For threads and timers that are not about to end at all."""

POOL = """
    import threading, time
    from concurrent.futures import ThreadPoolExecutor
    import pytest

    class Work: ...

    KEEP = []
    POOL = ThreadPoolExecutor(max_workers=1)
    RUNS = {}

    def dawdle(done):
        work = Work()
        done.set()
        time.sleep(0.03)

    def test_starts_the_thread():
        POOL.submit(int).result()

    @pytest.mark.parametrize("keeps", [False, True], ids=["replaces", "keeps"])
    def test_pool(keeps):
        time.sleep(0.13)  # so that two repeats have to do
        KEEP[:] = [*(KEEP if keeps else ()), Work()]
        RUNS[keeps] = RUNS.get(keeps, 0) + 1
        if RUNS[keeps] in (2, 4):  # in the repeat that may clear it, and in the last
            done = threading.Event()
            POOL.submit(dawdle, done)
            done.wait()

    def test_ends_the_thread():
        POOL.shutdown()
"""


def test_what_a_thread_of_a_pool_is_about_to_drop_is_no_leak(pytester: pytest.Pytester) -> None:
    two_do = "from pytest_gcguard.session.repeating import repeats\n\nrepeats._PATIENCE = 0"
    seen = run(pytester, POOL, conftest=two_do)
    assert seen.outcomes["test_pool[replaces]"] == "passed"
    leak = seen.one("test_pool[keeps]")
    assert (leak["types"], leak["holder"], leak["growth"]) == (["test_mini.Work"], "test_mini.KEEP[-1]", [1, 1, 1])


SERVER = """
    import queue, threading, time
    import pytest

    class Request: ...

    def serve(requests):
        running, kept = [], []
        while True:
            try:
                work = requests.get(timeout=0.02)
            except queue.Empty:
                work = ("", None)
            if work is None:
                return
            if work[0] == "slow":
                running.append((time.monotonic() + 0.8, work[1]))
            elif work[0] == "keep":
                kept.append(work[1])
            work = None
            running = [(until, request) for until, request in running if until > time.monotonic()]

    @pytest.fixture(scope="session")
    def server():
        requests = queue.SimpleQueue()
        thread = threading.Thread(target=serve, args=(requests,), name="server")
        thread.start()
        yield requests
        requests.put(None)
        thread.join()

    @pytest.mark.parametrize("how", ["slow", "keep"])
    def test_request(server, how):
        server.put((how, Request()))
        time.sleep(0.1)
"""


def test_what_a_server_is_still_at_work_on_is_no_leak_and_what_it_keeps_is_one(pytester: pytest.Pytester) -> None:
    seen = run(pytester, SERVER)
    assert seen.outcomes == {"test_request[slow]": "passed", "test_request[keep]": "failed"}, seen.text
    leak = seen.one("test_request[keep]")
    assert leak["types"][0] == "test_mini.Request"
    assert leak["holder"].startswith("local kept of serve() in thread 'server' ["), leak["holder"]


STACK = """
    import queue, threading, time
    import pytest

    class Request: ...

    def drop(request, done): ...

    def serve(requests):
        drop(requests.get(timeout=0.7), serve(requests))  # meanwhile no name leads to the request

    def run(requests, ended):
        while not ended.is_set():
            try:
                serve(requests)
            except queue.Empty:
                pass

    @pytest.fixture(scope="session")
    def server():
        requests, ended = queue.SimpleQueue(), threading.Event()
        thread = threading.Thread(target=run, args=(requests, ended))
        thread.start()
        yield requests
        ended.set()
        thread.join()

    def test_request(server):
        server.put(Request())
        time.sleep(0.1)
"""


def test_what_is_on_the_stack_of_a_thread_at_work_is_no_leak(pytester: pytest.Pytester) -> None:
    seen = run(pytester, STACK)
    assert seen.outcomes == {"test_request": "passed"}, seen.text


WITHIN_A_BLOCK = """
import threading

class Worker:
    def __init__(self):
        self.lock = threading.Lock()
        self.turn = threading.Condition(self.lock)

    def run(self):
        with self.lock:
            while True:
                self.turn.wait()

def test_leaves_threads():
    worker = Worker()
    for _ in range(4):
        threading.Thread(target=worker.run, name="worker", daemon=True).start()
"""


def test_the_end_of_the_block_that_a_thread_is_within_is_no_leak_of_its_own(pytester: pytest.Pytester) -> None:
    seen = run(pytester, WITHIN_A_BLOCK, conftest=HASTY)
    assert seen.outcomes == {"test_leaves_threads": "failed"}, seen.text
    own = [(each["types"][0], each["holder"]) for each in seen.findings if each["origin"] == "own"]
    assert own == [("test_mini.Worker", "local self of run() in thread 'worker'")], seen.text


OUTLIVES = """
import threading, time

class Job: ...

def work(job, seconds):
    time.sleep(seconds)

def test_ends_after_a_while():
    threading.Thread(target=work, args=(Job(), 1.0), name="worker", daemon=True).start()

def test_never_ends():
    threading.Thread(target=work, args=(Job(), 600), name="worker", daemon=True).start()
"""


def test_a_thread_that_ends_after_the_test_leaks_nothing(pytester: pytest.Pytester) -> None:
    waits = "from pytest_gcguard.session.repeating import explaining\n\nexplaining._WORK = 0.3\nexplaining._REST = 1.5\n"
    seen = run(pytester, OUTLIVES, "-p", "no:randomly", conftest=HASTY + waits)
    assert seen.outcomes == {"test_ends_after_a_while": "passed", "test_never_ends": "failed"}, seen.text
    assert "in thread 'worker'" in seen.one("test_never_ends")["holder"]


AT_WORK = """
import threading

class Job: ...

ENDED = threading.Event()

def work(job, ended):
    while not ended.wait(60):
        pass

def start(ended):
    threading.Thread(target=work, args=(Job(), ended), daemon=True).start()

def test_0(): start(threading.Event())
def test_1(): start(threading.Event())
def test_2(): start(threading.Event())
def test_3(): start(threading.Event())
def test_4(): start(threading.Event())
def test_5(): start(threading.Event())
"""
SLEEPS = """
from pytest_gcguard.session.repeating import explaining

SLEPT = []

def sleep(seconds):
    SLEPT.append(seconds)
    {meanwhile}

explaining._wait = sleep
explaining._PATIENCE = 0

def pytest_sessionfinish():
    assert len(SLEPT) == {expected}, SLEPT
"""


def test_threads_that_never_end_are_waited_for_some_times_only(pytester: pytest.Pytester) -> None:
    seen = run(pytester, AT_WORK, conftest=HASTY + SLEEPS.format(meanwhile="", expected=4))
    assert set(seen.outcomes.values()) == {"failed"}, seen.text
    assert "AssertionError" not in seen.text


def test_threads_one_of_which_has_ended_meanwhile_are_always_waited_for(pytester: pytest.Pytester) -> None:
    ends = """
    from test_mini import ENDED, time
    ENDED.set()
    time.sleep(0.2)
    ENDED.clear()
    """
    suite = AT_WORK.replace("def test_0()", "def test_ends(): start(ENDED)\n\ndef test_0()").replace(
        "threading\n", "threading, time\n", 1
    )
    seen = run(pytester, suite, "-p", "no:randomly", conftest=HASTY + SLEEPS.format(meanwhile=ends.strip(), expected=7))
    assert {name for name, outcome in seen.outcomes.items() if outcome == "passed"} == {"test_ends"}, seen.text
    assert "AssertionError" not in seen.text


BATCHES = """
import threading

class Event: ...

class Batch:
    def __init__(self):
        self.events = []
        self.sent = []

    def add(self, event):
        self.events.append(event)

    def send(self):
        batch, self.events = self.events, []

BUFFER = []
BATCH = Batch()
REGISTRY = []

WANTED, DONE = threading.Event(), threading.Event()

def flush():
    while WANTED.wait():
        WANTED.clear()
        BUFFER.clear()
        BATCH.send()
        DONE.set()

def emit():
    BUFFER.append(Event())

def register():
    REGISTRY.append(Event())

def unregister(event):
    REGISTRY.remove(event)

threading.Thread(target=flush, daemon=True).start()
"""


def test_what_a_thread_takes_out_of_a_container_is_no_leak(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=BATCHES)
    seen = run(
        pytester,
        """
        import app

        def test_cleared(): app.emit()
        def test_cleared_again(): app.emit()
        def test_cleared_once_more(): app.emit(); app.emit()
        def test_replaced(): app.BATCH.add(app.Event())
        def test_replaced_again(): app.BATCH.add(app.Event())
        def test_replaced_once_more(): app.BATCH.add(app.Event())
        def test_leak_of_what_is_never_taken(): app.BATCH.sent.append(app.Event())
        def test_leak_of_what_is_not_taken(): app.register()
        """,
        "-p",
        "no:randomly",
        conftest="""
            import app
            from pytest_gcguard.session.repeating import explaining

            SLEPT = []

            def sleep(seconds):
                SLEPT.append(seconds)
                app.DONE.clear()
                app.WANTED.set()
                app.DONE.wait()

            explaining._wait = sleep

            def pytest_sessionfinish():
                # once for what is cleared, which is known from then on; twice for what is replaced; not for a leak
                assert SLEPT == [1.5, 1.5, 1.5], SLEPT
        """,
    )
    failed = {name for name, outcome in seen.outcomes.items() if outcome != "passed"}
    assert failed == {"test_leak_of_what_is_never_taken", "test_leak_of_what_is_not_taken"}, seen.text
    assert len(seen.outcomes) == 8
    assert "AssertionError" not in seen.text


THREAD_LOCAL = """
import threading

class Name: ...

STATE = threading.local()
NEVER = threading.Event()

def ask():
    getattr(STATE, "name", None)

def store():
    STATE.name = Name()

def work(use, started):
    use()
    started.set()
    NEVER.wait()

def start(use):
    started = threading.Event()
    threading.Thread(target=work, args=(use, started), name="worker", daemon=True).start()
    started.wait()

def test_asks(): start(ask)
def test_stores(): start(store)
"""


def test_what_a_thread_local_keeps_of_a_running_thread_is_told_by_its_values_only(pytester: pytest.Pytester) -> None:
    seen = run(pytester, THREAD_LOCAL, conftest=HASTY + WORK_AT_ONCE)
    assert set(seen.outcomes.values()) == {"failed"}, seen.text
    of_local = [each for each in seen.findings if (each["holder"] or "").startswith("test_mini.STATE")]
    assert [(each["types"][0], each["holder"]) for each in of_local] == [("test_mini.Name", "test_mini.STATE.name")]
    assert "thread 'worker'" in [each["holder"] for each in seen.findings]


TIMERS = """
import functools, threading

class Job:
    def end(self):
        self.ended = True

class Clock:
    def __init__(self):
        self.begin()

    def begin(self):
        timer = threading.Timer(30, self.tick)
        timer.daemon = True
        timer.start()

    def tick(self):
        self.begin()

class Endless(threading.Timer):
    def run(self):
        while not self.finished.wait(self.interval):
            self.function(*self.args)

KEPT = []

def start(function, *args, seconds=30, kind=threading.Timer):
    timer = kind(seconds, function, args)
    timer.daemon = True
    timer.start()

def end(job): ...

def restart(job):
    start(restart, job)

def test_goes_off_soon(): start(Job().end)
def test_has_an_argument(): start(end, Job())
def test_has_a_partial(): start(functools.partial(end, Job()))
def test_goes_off_late(): start(Job().end, seconds=3600)
def test_starts_another(): start(restart, Job())
def test_starts_another_by_a_method(): Clock()
def test_runs_again_and_again(): start(Job().end, kind=Endless)

def test_something_else_holds_it():
    KEPT.append(Job())
    start(KEPT[-1].end)
"""


def test_what_a_timer_that_goes_off_soon_holds_is_no_leak(pytester: pytest.Pytester) -> None:
    seen = run(pytester, TIMERS, conftest=HASTY + WORK_AT_ONCE)
    passed = {name for name, outcome in seen.outcomes.items() if outcome == "passed"}
    assert passed == {"test_goes_off_soon", "test_has_an_argument", "test_has_a_partial"}, seen.text
    assert len(seen.outcomes) == 8
    assert seen.one("test_something_else_holds_it")["holder"].startswith("test_mini.KEPT[")


def test_what_a_timer_of_a_loop_holds_is_no_leak_if_it_goes_off_soon(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import asyncio

        LOOP = asyncio.new_event_loop()

        class Session:
            def expire(self): ...

            def beat(self):
                LOOP.call_later(30, self.beat)

            async def wait(self):
                await asyncio.sleep(30)

        def in_loop(function):
            async def main(): function()
            LOOP.run_until_complete(main())

        def test_soon(): in_loop(lambda: LOOP.call_later(5, Session().expire))
        def test_leak_late(): in_loop(lambda: LOOP.call_later(3600, Session().expire))
        def test_leak_again_and_again(): in_loop(lambda: Session().beat())
        def test_leak_of_a_task(): in_loop(lambda: LOOP.create_task(Session().wait()))
        """,
    )
    failed = {name for name, outcome in seen.outcomes.items() if outcome != "passed"}
    assert failed == {"test_leak_late", "test_leak_again_and_again", "test_leak_of_a_task"}, seen.text
