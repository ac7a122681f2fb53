"""What a guarded test's result is, and which findings it has."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from mini import again, run

CYCLE = """
    class Node:
        pass

    def cycle():
        a, b = Node(), Node()
        a.child = b
        b.child = a
"""


def test_clean_tests_are_not_looked_at_closer(pytester: pytest.Pytester) -> None:
    """What pytest does for the first time, and for tests with fixtures, is known without the rooms that look at findings."""
    seen = run(
        pytester,
        """
        import pytest

        @pytest.fixture(autouse=True)
        def number():
            yield 3

        def test_first(number): assert number
        def test_second(monkeypatch): monkeypatch.setenv("NAME", "value")
        class TestClass:
            def test_third(self): pass
        """,
        conftest="""
        import sys

        def pytest_sessionfinish():
            assert not {"pytest_gcguard.core.cycles", "pytest_gcguard.core.leaks"}.intersection(sys.modules)
        """,
    )
    assert set(seen.outcomes.values()) == {"passed"}, seen.text


def test_what_only_begins_like_a_filter_of_warnings_may_hold_what_a_test_leaves(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        EVENTS = []

        class Node: ...

        @pytest.mark.no_cycles
        def test_cycle():
            node = Node()
            node.events = [("error", node, Node, None, 0)]

        def test_leak():
            EVENTS.append([("default", Node(), "app", {}, 3)])
        """,
    )
    assert seen.outcomes == {"test_cycle": "failed", "test_leak": "failed"}, seen.text


def test_clean_tests_report_nothing(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Thing:
            pass

        def test_plain():
            things = [Thing() for _ in range(100)]
            assert things

        def test_output(capsys, tmp_path, monkeypatch, recwarn, caplog):
            import logging
            logging.getLogger("x").warning("hello")
            print("hello")
            monkeypatch.setattr(Thing, "name", "x", raising=False)
            (tmp_path / "a").write_text("a")

        def test_raises():
            with pytest.raises(ValueError):
                raise ValueError(Thing())

        @pytest.mark.parametrize("thing", [Thing(), Thing()])
        def test_argument(thing):
            assert isinstance(thing, Thing)
        """,
    )
    assert seen.outcomes == dict.fromkeys(
        ["test_plain", "test_output", "test_raises", "test_argument[thing0]", "test_argument[thing1]"], "passed"
    )
    assert seen.findings == []
    assert seen.summary()["tests"] == seen.summary()["checked"] == 5
    assert seen.result.ret == 0


def test_a_cycle_of_two_objects_is_one_finding_with_both_types_and_edges(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class A:
            pass

        class B:
            pass

        def test_cycle():
            a, b = A(), B()
            a.child = b
            b.child = a
        """,
    )
    finding = seen.one("test_cycle")
    assert (finding["rule"], finding["kind"], finding["origin"]) == ("GCG002", "cycle", "own")
    assert sorted(finding["types"]) == ["test_mini.A", "test_mini.B"]
    steps = sorted((step["type"], step["edge"]) for step in finding["path"])
    assert steps == [("test_mini.A", ".child"), ("test_mini.B", ".child")]
    assert finding["objects"] == 2
    assert finding["tests"] == [{"nodeid": "test_mini.py::test_cycle", "outcome": "reported", "objects": 2}]
    assert seen.outcomes == {"test_cycle": "passed"}
    assert seen.result.ret == 0


def test_a_cycle_fails_a_test_under_the_marker_or_the_setting(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        CYCLE
        + """
    import pytest

    @pytest.mark.no_cycles
    def test_marked():
        cycle()

    @pytest.mark.no_cycles(max=1)
    def test_allowed():
        cycle()

    @pytest.mark.no_cycles(max=1)
    def test_one_too_many():
        cycle()
        cycle()

    @pytest.mark.no_cycles(ignore="test_mini.Node")
    def test_ignored():
        cycle()

    @pytest.mark.no_cycles
    def test_clean():
        pass

    def test_free():
        cycle()
    """,
    )
    assert seen.outcomes == {
        "test_marked": "failed",
        "test_allowed": "passed",
        "test_one_too_many": "failed",
        "test_ignored": "passed",
        "test_clean": "passed",
        "test_free": "passed",
    }
    assert seen.told("test_marked") == [("GCG002", "own", "failed")]
    assert seen.told("test_free") == [("GCG002", "own", "reported")]
    everywhere = again(pytester, "--gcguard-fail-on=cycle")
    assert everywhere.outcomes["test_free"] == "failed"
    assert everywhere.outcomes["test_clean"] == "passed"


def test_a_finding_fails_a_test_once_everywhere(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        CYCLE
        + """
    def test_before():
        pass

    def test_cycle():
        cycle()

    def test_after():
        pass
    """,
        "--gcguard-fail-on=cycle",
        "--junitxml=out.xml",
        "--cache",
    )
    seen.result.assert_outcomes(passed=2, failed=1)
    assert "test_mini.py .F." in seen.text
    summary = [line for line in seen.result.outlines if line.startswith(("FAILED", "ERROR"))]
    assert len(summary) == 1
    assert summary[0].startswith("FAILED test_mini.py::test_cycle - Failed: GCG002 cycle: test_mini.Node")
    assert seen.failures("test_cycle").count("GCG002 cycle:") == 1

    suite = ET.parse(pytester.path / "out.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert len(suite.findall("testcase")) == 3
    failures = suite.findall("testcase/failure")
    assert len(failures) == 1
    assert "GCG002 cycle" in (failures[0].get("message") or "")
    assert {each.get("name"): each.get("value") for each in suite.iter("property")} == {"gcguard.cycle": "1"}

    last_failed = again(pytester, "--gcguard-fail-on=cycle", "--lf")
    assert last_failed.outcomes == {"test_cycle": "failed"}

    stopped = again(pytester, "--gcguard-fail-on=cycle", "-x")
    assert stopped.outcomes == {"test_before": "passed", "test_cycle": "failed"}
    assert "stopping after 1 failures" in stopped.text


def test_a_finding_is_expected_by_xfail(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        CYCLE
        + """
    import pytest

    @pytest.mark.xfail
    def test_expected():
        cycle()

    @pytest.mark.xfail(strict=True)
    def test_strictly_expected():
        cycle()

    @pytest.mark.xfail
    def test_unexpectedly_clean():
        pass

    @pytest.mark.xfail(strict=True)
    def test_strictly_unexpectedly_clean():
        pass

    @pytest.mark.xfail(raises=ZeroDivisionError)
    def test_expected_otherwise():
        cycle()

    @pytest.mark.xfail(run=False)
    def test_not_run():
        cycle()
    """,
        "--gcguard-fail-on=cycle",
    )
    assert seen.outcomes == {
        "test_expected": "xfail",
        "test_strictly_expected": "xfail",
        "test_unexpectedly_clean": "xpass",
        "test_strictly_unexpectedly_clean": "failed",
        "test_expected_otherwise": "failed",
        "test_not_run": "xfail",
    }
    assert seen.of("test_not_run") == []


def test_a_test_that_fails_by_itself_keeps_its_failure_and_is_not_judged(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        CYCLE
        + """
    import pytest

    KEEP = []

    def test_fails():
        cycle()
        KEEP.append(Node())
        assert KEEP == ["mine"]

    def test_next():
        pass

    @pytest.fixture
    def broken():
        KEEP.append(Node())
        cycle()
        raise RuntimeError("in the fixture")

    def test_setup(broken):
        pass

    def test_after_setup():
        pass

    @pytest.fixture
    def breaks_late():
        yield
        cycle()
        raise RuntimeError("in the teardown")

    def test_teardown(breaks_late):
        KEEP.append(Node())

    def test_last():
        pass
    """,
        "--gcguard-fail-on=cycle,leak",
    )
    assert seen.outcomes == {
        "test_fails": "failed",
        "test_next": "passed",
        "test_setup": "error",
        "test_after_setup": "passed",
        "test_teardown": "passed, error",
        "test_last": "passed",
    }
    assert seen.findings == []
    assert seen.summary()["checked"] == 3
    assert 'assert KEEP == ["mine"]' in seen.failures("test_fails")
    assert "GCG" not in seen.failures("test_fails")


def test_a_leak_fails_with_its_holder_its_line_and_its_growth(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Session:
            __slots__ = ()

        KEEP = []

        def make():
            return Session()  # line 7

        def test_leak():
            KEEP.append(make())

        def test_clean():
            assert make()
        """,
    )
    assert seen.outcomes == {"test_leak": "failed", "test_clean": "passed"}
    finding = seen.one("test_leak")
    assert (finding["rule"], finding["kind"], finding["origin"]) == ("GCG003", "leak", "own")
    assert finding["types"][0] == finding["title"] == "test_mini.Session"
    assert finding["holder"].startswith("test_mini.KEEP[")
    assert finding["growth"] == [1, 1, 1]
    assert finding["made_at"][0] == {"file": "test_mini.py", "line": 7, "function": "make"}
    assert finding["made_at"][1]["line"] == 10
    failure = seen.failures("test_leak")
    assert "GCG003 leak: test_mini.Session, +1 a run (+1 +1 +1)" in failure
    assert "held by  test_mini.KEEP[" in failure
    assert "made at  test_mini.py:7 in make" in failure
    assert "KEEP" in finding["cut"]["hint"]


def test_the_line_that_made_a_plain_instance_is_told(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import threading

        class Session:
            pass

        KEEP = []
        DONE = threading.Event()

        def test_leak():
            KEEP.append(Session())  # line 10

        def test_thread():
            threading.Thread(target=DONE.wait, daemon=True).start()  # line 13
        """,
    )
    assert seen.one("test_leak")["made_at"][0] == {"file": "test_mini.py", "line": 10, "function": "test_leak"}
    # nothing but the line that made it is the project's
    threads = [each for each in seen.of("test_thread") if each["types"][0] == "threading.Thread"]
    assert [(each["origin"], each["made_at"][0]["line"]) for each in threads] == [("own", 13)]
    assert seen.outcomes["test_thread"] == "failed"


def test_what_is_only_replaced_or_cached_once_is_no_leak(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import functools, json, re

        class Thing:
            pass

        CURRENT = None
        CACHE = {}

        def test_replaced_global():
            global CURRENT
            CURRENT = Thing()

        def test_own_cache():
            CACHE.setdefault("key", Thing())

        @functools.lru_cache(maxsize=None)
        def cached(number):
            return Thing()

        def test_lru_cache():
            cached(1)

        def test_re():
            assert re.compile("(a|b)*some[pattern]{2}").match("x") is None

        def test_json():
            assert json.loads(json.dumps({"a": [1]})) == {"a": [1]}

        def test_lazy_import():
            import lazy
            assert lazy.REGISTRY

        def test_stdlib_import():
            import xml.dom.minidom, sqlite3, decimal
            assert xml.dom.minidom.parseString("<a/>").documentElement.tagName == "a"
        """,
        conftest="import pathlib; pathlib.Path('lazy.py').write_text("
        "'import enum\\nclass Thing: pass\\nclass Color(enum.Enum):\\n    RED = 1\\nREGISTRY = [Thing()]\\n')",
    )
    assert set(seen.outcomes.values()) == {"passed"}
    assert len(seen.outcomes) == 7
    failed = [each["title"] for each in seen.findings if each["kind"] == "leak" or each["origin"] == "own"]
    assert failed == []


def test_class_definitions_in_a_test_are_no_cycles(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import abc, collections, dataclasses, enum, typing

        def test_class():
            class Local:
                def method(self):
                    return __class__
            assert Local().method() is Local

        def test_enum():
            class Color(enum.Enum):
                RED = 1
            assert Color.RED.value == 1

        def test_flag():
            class Color(enum.Flag):
                RED = 1
                BLUE = 2
            assert Color.RED | Color.BLUE

        def test_namedtuple():
            Point = collections.namedtuple("Point", "x y")
            assert Point(1, 2).x == 1

        def test_typed_namedtuple():
            class Point(typing.NamedTuple):
                x: int
            assert Point(1).x == 1

        def test_dataclass():
            @dataclasses.dataclass(slots=True, order=True)
            class Point:
                x: int
            assert Point(1) < Point(2)

        def test_abc():
            class Base(abc.ABC):
                @abc.abstractmethod
                def f(self): ...
            class Derived(Base):
                def f(self): return super().__init__()
            Derived().f()
        """,
        "--gcguard-fail-on=cycle,leak,uncollectable",
    )
    assert set(seen.outcomes.values()) == {"passed"}, seen.text
    assert len(seen.outcomes) == 7
    assert [each["title"] for each in seen.findings] == []


LEAKS = {
    "class_attribute": "test_mini.Thing",
    "lru_cache_on_a_method": "test_mini.Service",
    "live_thread": "test_mini.Worker",
    "threading_local": "test_mini.Thing",
    "locals_of_a_thread": "test_mini.Thing",
    "pending_asyncio_task": "coroutine",
    "context_variable": "test_mini.Thing",
    "logging_handler": "test_mini.Handler",
    "atexit_callback": "test_mini.Thing",
    "closure": "test_mini.Thing",
    "dict_of_lists": "test_mini.Thing",
    "default_argument": "test_mini.Thing",
    "weak_callback_in_stdlib": "test_mini.Thing",
}


def test_each_way_to_keep_something_is_a_leak_of_the_project(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import asyncio, atexit, contextvars, functools, logging, threading, weakref

        class Thing:
            instances = []

        class Service:
            @functools.lru_cache(maxsize=None)
            def answer(self):
                return 42

        class Handler(logging.Handler):
            def emit(self, record): ...

        def test_class_attribute():
            Thing.instances.append(Thing())

        def test_lru_cache_on_a_method():
            Service().answer()

        DONE = threading.Event()

        class Worker(threading.Thread):
            def run(self):
                DONE.wait()

        def test_live_thread():
            Worker(daemon=True).start()

        LOCAL = threading.local()

        def test_threading_local():
            LOCAL.__dict__.setdefault("things", []).append(Thing())

        def test_locals_of_a_thread():
            started = threading.Event()
            def work():
                thing = Thing()
                started.set()
                DONE.wait()
            threading.Thread(target=work, daemon=True).start()
            started.wait()

        LOOP = asyncio.new_event_loop()

        def test_pending_asyncio_task():
            async def wait(thing):
                await LOOP.create_future()
            async def main():
                TASKS.add(LOOP.create_task(wait(Thing())))
                await asyncio.sleep(0)
            LOOP.run_until_complete(main())

        TASKS = set()
        VARIABLE = contextvars.ContextVar("VARIABLE")
        VARIABLE.set([])

        def test_context_variable():
            VARIABLE.get().append(Thing())

        def test_logging_handler():
            logging.getLogger("app").addHandler(Handler())

        def test_atexit_callback():
            thing = Thing()
            atexit.register(lambda: thing)

        def counter(things=[]):
            def add(thing):
                things.append(thing)
            return add

        ADD = counter()

        def test_closure():
            ADD(Thing())

        REGISTRY = {"alice": []}

        def test_dict_of_lists():
            REGISTRY["alice"].append(Thing())

        def keep(thing, seen=[]):
            seen.append(thing)

        def test_default_argument():
            keep(Thing())

        OWNER = Service()

        def test_weak_callback_in_stdlib():
            weakref.finalize(OWNER, print, Thing()).atexit = False
        """,
    )
    failing = {name: [each["types"][0] for each in seen.of(f"test_{name}") if each["rule"] == "GCG003"] for name in LEAKS}
    missing = {name: found for name, found in failing.items() if LEAKS[name] not in found}
    assert missing == {}, seen.text
    assert {seen.outcomes[f"test_{name}"] for name in LEAKS} == {"failed"}
    told = {name: [told for told in seen.told(f"test_{name}") if told[2] == "failed"] for name in LEAKS}
    assert {rule for each in told.values() for rule in each} == {("GCG003", "own", "failed")}
    assert all(told.values()), told


def test_a_leak_that_several_modules_lead_to_has_one_name(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import asyncio, concurrent.futures, logging

        class Handler(logging.Handler):
            def emit(self, record): ...

        def test_handler():
            logging.getLogger("app").addHandler(Handler())

        def test_another():
            logging.getLogger("app").addHandler(Handler())
        """,
    )
    own = [each for each in seen.findings if each["kind"] == "leak" and each["types"][0] == "test_mini.Handler"]
    assert len(own) == 1, [each["holder"] for each in own]
    assert len(own[0]["tests"]) == 2


def test_finalizers_are_told_and_what_they_revive_is_no_cycle(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Closes:
            def __del__(self):
                pass

        def test_finalizer():
            a = Closes()
            a.me = a

        REVIVED = []

        class Revives:
            def __del__(self):
                self.__dict__.clear()
                REVIVED.append(self)

        def test_revives():
            a = Revives()
            a.me = a

        LAST = []

        class RevivesOnce:
            def __del__(self):
                LAST[:] = [self]

        def test_revives_in_place_of_the_last():
            a = RevivesOnce()
            a.me = a
        """,
    )
    finding = seen.one("test_finalizer")
    assert finding["rule"] == "GCG002"
    assert any("finalizer" in note for note in finding["notes"])
    assert seen.told("test_revives") == [("GCG003", "own", "failed")]
    assert seen.one("test_revives")["holder"].startswith("test_mini.REVIVED[")
    assert seen.told("test_revives_in_place_of_the_last") == []


def test_uncollectable_garbage_fails_its_own_test_only(pytester: pytest.Pytester) -> None:
    pytest.importorskip("_testcapi")
    seen = run(
        pytester,
        """
        import gc
        from _testcapi import with_tp_del

        @with_tp_del
        class Stuck:
            def __tp_del__(self):
                pass

        def test_before():
            pass

        def test_uncollectable():
            a = Stuck()
            a.me = a

        def test_after():
            assert not gc.garbage

        def test_last():
            a = []
            a.append(a)
        """,
        conftest="""
        import gc

        def pytest_unconfigure():
            print("GARBAGE", gc.garbage)
        """,
    )
    assert [name for name, outcome in seen.outcomes.items() if outcome != "passed"] == ["test_uncollectable"]
    assert len(seen.outcomes) == 4
    assert seen.told("test_uncollectable") == [("GCG001", "own", "failed")]
    assert seen.one("test_uncollectable")["types"] == ["test_mini.Stuck"]
    assert seen.told("test_after") == []
    assert seen.told("test_last") == [("GCG002", "own", "reported")]
    assert "GARBAGE []" in seen.text


def test_suspended_generators_and_coroutines_are_found_in_cycles(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import types

        class Job:
            def steps(self):
                yield 1
                yield self

            async def work(self):
                await forever()

        @types.coroutine
        def forever():
            while True:
                yield

        def test_generator():
            job = Job()
            job.running = job.steps()
            next(job.running)

        def test_coroutine():
            job = Job()
            job.running = job.work()
            job.running.send(None)

        def test_generator_in_its_own_local():
            def make():
                me = yield
                yield me
            generator = make()
            next(generator)
            generator.send(generator)

        def test_exception_kept_in_its_frame():
            try:
                raise ValueError
            except ValueError as error:
                kept = error
        """,
    )
    for name in ("test_generator", "test_coroutine", "test_generator_in_its_own_local", "test_exception_kept_in_its_frame"):
        assert seen.told(name) == [("GCG002", "own", "reported")], (name, seen.text)
    assert "test_mini.Job" in seen.one("test_generator")["types"]
    assert "test_mini.Job" in seen.one("test_coroutine")["types"]


def test_a_cycle_that_the_test_collects_itself_is_found_with_a_note(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        CYCLE
        + """
    import gc

    def test_collects():
        cycle()
        gc.collect()

    def test_holds_a_cycle_while_collecting():
        a = Node()
        a.me = a
        gc.collect()
        a.me = None
    """,
    )
    finding = seen.one("test_collects")
    assert finding["rule"] == "GCG002"
    assert finding["notes"] == ["the test collected it itself"]
    assert finding["objects"] == 2
    assert seen.told("test_holds_a_cycle_while_collecting") == []


def test_an_interpreter_that_cannot_be_guarded_is_told_in_one_line_and_the_suite_runs(pytester: pytest.Pytester) -> None:
    plugin = """
        from pytest_gcguard.core.heap import collector
        collector.unsupported = lambda: "PyPy does not count references; only CPython can be guarded"
        """
    pytester.makepyfile(unguarded=plugin)
    seen = run(pytester, "def test_leaks(keep=[]): keep.append([])", "-p", "unguarded", "--gcguard", guard=False)
    assert seen.outcomes == {"test_leaks": "passed"}
    assert seen.text.count("PyPy does not count references") == 1
    assert "the suite runs unguarded" in seen.text
    assert "tests checked" not in seen.text


def test_a_test_with_a_temporary_folder_can_be_repeated(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        KEEP = {}

        def test_leak(tmp_path):
            with open(tmp_path / "log.txt", "w", encoding="utf-8") as file:
                KEEP[file] = "kept"

        def test_clean(tmp_path):
            (tmp_path / "log.txt").write_text("not kept", encoding="utf-8")
        """,
    )
    assert seen.outcomes == {"test_leak": "failed", "test_clean": "passed"}
    assert seen.one("test_leak")["types"][0] == "_io.TextIOWrapper"
    assert seen.one("test_leak")["growth"] == [1, 1, 1]


def test_a_wider_fixture_that_is_asked_for_by_a_narrower_one_while_the_test_runs_is_no_leak(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        @pytest.fixture(scope="session")
        def settings():
            return {"level": 1}

        @pytest.fixture
        def client(settings):
            yield [settings]

        @pytest.mark.parametrize("number", range(2))
        def test_client(request, number):
            assert request.getfixturevalue("client")
        """,
    )
    assert seen.outcomes == {"test_client[0]": "passed", "test_client[1]": "passed"}
    assert seen.findings == []
