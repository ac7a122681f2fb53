"""What hangs from a container that is known from other tests is told like what was never seen, in fewer runs and no search."""

from __future__ import annotations

import gc
import json
import re
import sqlite3

import pytest
from mini import run

from pytest_gcguard.core.heap import freezing
from pytest_gcguard.session.held.cursors import Cursors

PATIENT = """
from pytest_gcguard.session.repeating import repeats

repeats._SURE_SECONDS = 60.0
"""

SUITE = """
import collections
import pytest

RUNS = collections.Counter()
PLACES = {"all": [], "recent": [], "cache": collections.deque(maxlen=1000)}
LATEST = []

class Base: ...
class First(Base): ...
class Second(Base): ...
class Third(Base): ...
class Fourth(Base): ...

def drop(values):
    values[:-9] = []

@pytest.fixture(autouse=True)
def counted(request):
    RUNS[request.node.name] += 1

def test_cached_first(): PLACES["cache"].append(First())
def test_cached_fourth(): PLACES["cache"].append(Fourth())
def test_first(): PLACES["all"].append(First())
def test_second(): PLACES["all"].append([Second(), [0]])
def test_lists(): PLACES["all"].append([[1], [2]])
def test_both():
    third = Third()
    PLACES["cache"].append(third)
    PLACES["all"].append({"it": third})

def test_cached_third(): PLACES["cache"].append([Third()])
def test_recent():
    PLACES["recent"].append(type("Own", (Base,), {})())
    drop(PLACES["recent"])
def test_recent_again():
    LATEST.append(Fourth())
    drop(LATEST)

def test_runs():
    with open("runs.json", "w") as file:
        import json
        json.dump(RUNS, file)
"""


def test_what_hangs_from_a_known_container_is_told_after_fewer_runs(pytester: pytest.Pytester) -> None:
    seen = run(pytester, SUITE, "-p", "no:randomly", conftest=PATIENT)
    leaks = {name for name, outcome in seen.outcomes.items() if outcome == "failed"}
    assert leaks == {"test_first", "test_second", "test_lists", "test_both"}, seen.text
    holders = {name: seen.one(name)["holder"] for name in leaks}
    # by which of its objects a leak is told, the last run's or the one's before, is no matter here
    parts = {name: re.sub(r"\[-\d\]", "[n]", holder, count=1) for name, holder in holders.items()}
    place = "test_mini.PLACES['all'][n]"
    assert parts == {
        "test_first": place,
        "test_second": f"{place}[0]",
        "test_lists": place,
        "test_both": f"{place}['it']",
    }
    assert seen.one("test_second")["types"][0] == "test_mini.Second"
    assert [place["function"] for place in seen.one("test_second")["made_at"]][:1] == ["test_second"]
    runs = json.loads((pytester.path / "runs.json").read_text())
    assert min(runs["test_cached_first"], runs["test_first"]) > 16, "it might have been a cache of so many entries"
    few = {name: runs[name] for name in ("test_second", "test_lists", "test_cached_third")}
    assert max(few.values()) <= 6, few


def test_an_entry_of_a_weak_dictionary_ends_with_its_key_in_a_known_cache(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import collections
        import weakref

        RUNS = collections.Counter()
        CACHE, KEPT, MEMOS = collections.deque(maxlen=1000), [], weakref.WeakKeyDictionary()

        class Key: ...
        class Memo: ...

        def memorized(name, place):
            RUNS[name] += 1
            key = Key()
            MEMOS[key] = {"memo": Memo()}
            place.append(key)

        def test_first(): memorized("first", CACHE)
        def test_second(): memorized("second", CACHE)
        def test_third(): memorized("third", [])
        def test_leaks(): memorized("leaks", KEPT)
        def test_fourth():
            RUNS["fourth"] += 1
            MEMOS[key] = memo = Memo() if (key := Key()) else None
            memo.key = key  # so that the entry keeps its own key

        def test_runs():
            assert RUNS["first"] > 16, "it might have been a cache of so many entries"
            assert RUNS["second"] <= 6
        """,
        "-p",
        "no:randomly",
        conftest=PATIENT,
    )
    told = {name: outcome for name, outcome in seen.outcomes.items() if outcome == "failed"}
    assert told == {"test_leaks": "failed", "test_fourth": "failed"}, seen.text
    holders = {each["types"][0]: each["holder"].partition("[")[0] for each in seen.of("test_leaks")}
    assert holders == {"test_mini.Key": "test_mini.KEPT", "test_mini.Memo": "test_mini.MEMOS.data"}


def test_it_is_the_same_finding_as_without_the_other_tests(pytester: pytest.Pytester) -> None:
    whole = run(pytester, SUITE, "-p", "no:randomly")
    for name in ("test_second", "test_lists", "test_both"):
        alone = run(pytester, SUITE, "-k", name)
        for key in ("signature", "title", "types", "path", "holder", "made_at", "cut", "origin", "retained"):
            assert alone.one(name)[key] == whole.one(name)[key], (name, key)


def test_a_line_that_many_call_tells_each_one_s_own_holder(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        OPEN = []

        class Session: ...

        class Pool:
            idle = []

        def connect(pool):
            pool.append(Session())

        def test_open():
            connect(OPEN)

        def test_idle():
            connect(Pool.idle)
        """,
    )
    holders = [seen.one(name)["holder"].rpartition("[")[0] for name in ("test_open", "test_idle")]
    assert holders == ["test_mini.OPEN", "test_mini.Pool.idle"], seen.text


def test_what_nobody_can_look_at_again_holds_no_other_tests_leak(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import contextvars
        import threading

        OPEN = []
        STACK = contextvars.ContextVar("stack")

        class Session: ...

        def connect():
            return Session()

        def push(session):
            STACK.set([*STACK.get([]), session])

        def test_stack(): push(connect())
        def test_stack_again(): push(connect())
        def test_open(): OPEN.append(connect())
        def test_thread():
            threading.current_thread().__dict__.setdefault("sessions", []).append(connect())
        def test_stack_once_more(): push(connect())
        """,
        "-p",
        "no:randomly",
    )
    holders = {name: seen.one(name)["holder"].rpartition("[")[0].strip() for name in seen.outcomes}
    assert holders == {
        **dict.fromkeys(("test_stack", "test_stack_again", "test_stack_once_more"), "context variable 'stack'"),
        "test_open": "test_mini.OPEN",
        "test_thread": "thread 'MainThread'.sessions",
    }, seen.text


def test_what_hangs_from_several_objects_at_a_known_place_needs_no_search(pytester: pytest.Pytester) -> None:
    conftest = """
        import pytest
        from pytest_gcguard.core.heap import freezing

        thaw, THAWS = freezing.thaw, [0]

        def counted():
            THAWS[0] += 1
            thaw()

        freezing.thaw = counted

        @pytest.fixture
        def thaws():
            return THAWS[0]
    """
    seen = run(
        pytester,
        """
        PLACES, SEEN = {"one": [], "other": []}, [0, 0]

        class First: ...
        class Second: ...

        def test_first(): PLACES["one"].append(First())

        def test_before(thaws): SEEN[0] = thaws

        def test_second():
            PLACES["one"].append(Second())
            PLACES["other"].append(PLACES["one"][-1])

        def test_after(thaws): SEEN[1] = thaws

        def test_seen(): assert 0 < SEEN[0] == SEEN[1]
        """,
        "-p",
        "no:randomly",
        conftest=conftest,
    )
    assert [name for name, outcome in seen.outcomes.items() if outcome == "failed"] == ["test_first", "test_second"], seen.text
    assert re.fullmatch(r"test_mini\.PLACES\['(one|other)'\]\[-\d\]", seen.one("test_second")["holder"])


HANDLERS = """
    import collections
    import logging
    import tracemalloc

    import pytest

    RUNS = collections.Counter(dict.fromkeys(range(12), 0))

    class Handler(logging.Handler):
        def __init__(self):
            super().__init__()
            self.records = []

        def emit(self, record):
            self.records.append(record)

    logging.root.handlers += [Handler(), Handler(), Handler()]

    @pytest.fixture(autouse=True)
    def counted(request):
        RUNS[int(request.node.name.rpartition("_")[2])] += 1

    {tests}

    def test_runs_11():
        assert RUNS[9] == RUNS[10] == 2
"""


def test_what_several_handlers_hold_is_known_from_other_tests(pytester: pytest.Pytester) -> None:
    tests = "\n\n    ".join(f"def test_{number}(): logging.root.warning('one')" for number in range(11))
    seen = run(pytester, HANDLERS.format(tests=tests), "-p", "no:randomly", "-p", "no:logging")
    assert set(seen.outcomes.values()) == {"passed"}, seen.text
    (found,) = seen.findings
    assert (found["types"], found["origin"], len(found["tests"])) == (["logging.LogRecord"], "stdlib", 11)
    assert re.fullmatch(r"logging\.getLogger\(\)\.handlers\[\d\]\.records\[-1\]", found["holder"]), found["holder"]


def test_what_leaks_in_one_place_may_be_kept_for_a_while_in_another(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        OPEN = []

        class Session: ...

        class History:
            latest = []

        def test_open(): OPEN.append(Session())
        def test_open_again(): OPEN.append(Session())
        def test_history(): History.latest = [*History.latest[-3:], Session()]
        def test_others():
            History.latest.append(Session())
        """,
        "-p",
        "no:randomly",
        conftest=PATIENT,
    )
    failed = {name for name, outcome in seen.outcomes.items() if outcome == "failed"}
    assert failed == {"test_open", "test_open_again", "test_others"}, seen.text


def test_what_leaks_in_one_place_may_be_trimmed_in_another(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        OPEN = []
        FIRST = []
        RECENT = []
        RING = {}
        NUMBERS = iter(range(10_000))

        class Session: ...

        class History:
            latest = []

        def test_open(): OPEN.append(Session())
        def test_open_again(): OPEN.append(Session())
        def test_history(): History.latest = [*History.latest[-3:], Session()]
        def test_first_ones():
            if len(FIRST) < 4:
                FIRST.append(Session())
        def test_recent():
            RECENT.append(Session())
            del RECENT[:-4]
        def test_ring():
            RING[next(NUMBERS) % 5] = Session()
        def test_others():
            History.latest.append(Session())
        """,
        "-p",
        "no:randomly",
        conftest=PATIENT,
    )
    failed = {name for name, outcome in seen.outcomes.items() if outcome == "failed"}
    assert failed == {"test_open", "test_open_again", "test_others"}, seen.text


def test_what_is_known_of_connections_stays_while_they_are_out_of_sight() -> None:
    connection = sqlite3.connect(":memory:")
    rows = connection.execute("select 1")
    cursors = Cursors()
    freezing.thaw()
    cursors.learn(["weakref.ReferenceType"])
    known = cursors.roots()
    count = len(known)
    assert count
    gc.collect()
    gc.freeze()
    cursors.learn(["weakref.ReferenceType"])  # as after a look among what a test made
    gc.unfreeze()
    assert len(cursors.roots()) == count
    rows.close()
    connection.close()


LIBRARY = """
class Memo: ...

class Engine:
    def __init__(self):
        self.memos = {}

class Config:
    def __init__(self, engine):
        self.engine = engine

ENGINE = Engine()

def leak():
    ENGINE.memos[object()] = Memo()
"""


def test_whose_a_leak_is_does_not_depend_on_whether_somebody_has_read_a_dict(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "library.py").write_text(LIBRARY, encoding="utf-8")
    source = """
        import os, sys
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
        import library

        class App:
            config = library.Config(library.ENGINE)

        def test_leak():
            library.leak()
    """
    for further in ("", "vars(App.config)"):
        seen = run(pytester, f"{source.rstrip()}\n            {further}\n")
        assert seen.outcomes == {"test_leak": "passed"}, seen.text
        assert seen.one("test_leak")["holder"].startswith("library.ENGINE.memos"), seen.text
