"""A guarded run is pytest's own run: the order of scopes, repeats that nobody sees, other plugins, a guard that breaks."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from mini import Run, again, run

NO_REPEATS = ("--gcguard-confirm=0", "--gcguard-fail-on=none")

SCOPES = """
    import pytest

    KEEP = []

    def log(word):
        with open("log.txt", "a") as file:
            file.write(word + " ")

    @pytest.fixture(scope="session")
    def in_session():
        log("+session")
        yield
        log("-session")

    @pytest.fixture(scope="module")
    def in_module(in_session):
        log("+module")
        yield
        log("-module")

    @pytest.fixture(scope="class")
    def in_class(in_module):
        log("+class")
        yield
        log("-class")

    @pytest.fixture
    def in_function(in_class):
        log("+function")
        yield
        log("-function")
"""


def plain_and_guarded(
    pytester: pytest.Pytester, *options: str, guards: tuple[str, ...] = ()
) -> tuple[list[str], list[str], Run, Run]:
    """What the mini project logs in a plain and in a guarded run."""
    log = pytester.path / "log.txt"
    plain = again(pytester, *options, guard=False)
    before = log.read_text().split()
    log.unlink()
    guarded = again(pytester, *options, *guards)
    return before, log.read_text().split(), plain, guarded


@pytest.mark.parametrize("options", [[], ["-x"]])
def test_wider_fixtures_are_torn_down_once_in_the_plain_order(pytester: pytest.Pytester, options: list[str]) -> None:
    pytester.makeconftest(SCOPES)
    pytester.makepyfile(
        test_a="""
        import pytest
        from conftest import log

        @pytest.fixture(scope="module", autouse=True)
        def other_module():
            log("+other")
            yield
            log("-other")

        class TestA:
            def test_one(self, in_function): log("one")

            @pytest.mark.parametrize("number", [1, 2])
            def test_two(self, in_function, number): log(f"two{number}")

        class TestB:
            @pytest.fixture(autouse=True, scope="class")
            @classmethod
            def own(cls):
                log("+own")
                yield
                log("-own")

            def test_three(self, in_class): log("three")

        @pytest.fixture(scope="module", params=["x", "y"])
        def parametrized(request):
            log("+" + request.param)
            yield request.param
            log("-" + request.param)

        def test_four(parametrized): log("four" + parametrized)
        def test_five(parametrized): log("five" + parametrized)
        """,
        test_b="""
        from conftest import log

        def setup_module(): log("setup_module")
        def teardown_module(): log("teardown_module")
        def setup_function(): log("setup_function")
        def teardown_function(): log("teardown_function")

        def test_six(in_module): log("six")
        def test_seven(in_function):
            log("seven")
            assert not in_function
            assert False
        def test_eight(in_class): log("eight")
        """,
    )
    before, after, plain, guarded = plain_and_guarded(pytester, *options, guards=NO_REPEATS)
    assert after == before
    assert after[-1] == "-session"
    assert after.count("-session") == 1
    assert guarded.outcomes == plain.outcomes
    assert guarded.result.ret == plain.result.ret
    assert ("eight" in after) is (options == [])


@pytest.mark.parametrize("options", [[], ["-x"]])
def test_an_error_in_a_wider_teardown_is_the_same_error(pytester: pytest.Pytester, options: list[str]) -> None:
    pytester.makepyfile(
        test_a="""
        import pytest

        def log(word):
            open("log.txt", "a").write(word + " ")

        @pytest.fixture(scope="module")
        def breaks():
            print("module set up")
            yield
            print("module torn down")
            log("-module")
            raise RuntimeError("module teardown")

        def test_one(breaks): ...
        def test_two(breaks): print("in the call")
        """,
        test_b="""
        import pytest
        from test_a import breaks, log

        def test_three(breaks): ...
        """,
        test_c="def test_four(): ...",
    )
    before, after, plain, guarded = plain_and_guarded(pytester, *options, guards=NO_REPEATS)
    assert after == before
    assert guarded.outcomes == plain.outcomes
    assert guarded.outcomes["test_two"] == "passed, error"
    assert "RuntimeError: module teardown" in guarded.text
    # the section of each error is the same: its text, and what was printed
    for line in ("module torn down", "in the call", "E       RuntimeError: module teardown", "ERROR at teardown of test_two"):
        assert guarded.text.count(line) == plain.text.count(line), line
    assert guarded.result.ret == plain.result.ret == 1


BOTH = """
    import logging, pytest

    @pytest.fixture(scope="module")
    def breaks():
        yield
        print("module torn down")
        logging.getLogger("app").warning("module log")
        raise RuntimeError("module teardown")

    @pytest.fixture
    def breaks_too():
        yield
        print("function torn down")
        logging.getLogger("app").warning("function log")
        raise ValueError("function teardown")

    def test_three(breaks, breaks_too): ...
"""


def test_errors_in_a_narrow_and_a_wider_teardown_are_one_error_as_in_pytest(pytester: pytest.Pytester) -> None:
    plain = run(pytester, BOTH, guard=False)
    guarded = again(pytester)
    assert guarded.outcomes == plain.outcomes
    assert guarded.outcomes["test_three"] == "passed, error"
    assert guarded.result.ret == plain.result.ret == 1
    for line in (
        "errors during test teardown (2 sub-exceptions)",
        "ValueError: function teardown",
        "RuntimeError: module teardown",
        "module torn down",
        "function torn down",
        "function log",
        "module log",
        "Captured stdout teardown",
        "Captured log teardown",
    ):
        assert guarded.text.count(line) == plain.text.count(line) > 0, line


SUSPECT = """
    import logging, pytest, sys, warnings

    class Thing: ...

    KEEP = []

    def log(word):
        with open("log.txt", "a") as file:
            file.write(word + " ")

    @pytest.fixture(scope="module")
    def wide():
        log("+wide")
        yield Thing()
        log("-wide")

    @pytest.fixture
    def narrow(wide):
        log("+narrow")
        print("narrow set up")
        yield
        print("narrow torn down")
        log("-narrow")

    def test_suspect(narrow, record_property, subtests, tmp_path, capsys, caplog):
        log("run")
        print("to stdout")
        print("to stderr", file=sys.stderr)
        logging.getLogger("app").warning("to the log")
        record_property("answer", 42)
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "file").touch()
        with subtests.test("a part"):
            log("part")
        with subtests.test("a failing part"):
            assert KEEP is KEEP
        KEEP[:] = [Thing()]
        with capsys.disabled():
            log("free")

    def test_leak(narrow):
        print("leaking")
        KEEP.append(Thing())

    def test_last(wide):
        log("last")
"""


def test_a_suspect_is_repeated_unseen(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mini=SUSPECT)
    before, after, plain, guarded = plain_and_guarded(pytester, "-rA", "--junitxml=out.xml", "--cache")
    assert after.count("run") > before.count("run") == 1, "the suspect was not repeated"
    assert after.count("+wide") == after.count("-wide") == 1
    assert after.count("+narrow") == after.count("-narrow")
    assert (after[0], after[-1]) == ("+wide", "-wide")
    for line in ("to stdout", "to stderr", "to the log", "narrow set up", "leaking"):
        assert guarded.text.count(line) == plain.text.count(line), line
    assert guarded.text.count("narrow torn down") == 2, "once for each test"
    assert guarded.outcomes["test_suspect"] == plain.outcomes["test_suspect"]
    assert re.findall("SUBPASS|SUBFAIL", guarded.text) == re.findall("SUBPASS|SUBFAIL", plain.text)
    assert {**guarded.outcomes, "test_leak": "passed"} == plain.outcomes
    assert guarded.outcomes["test_leak"] == "failed"
    xml = (pytester.path / "out.xml").read_text()
    assert xml.count('name="answer"') == 1
    assert xml.count("<testcase") == 3
    assert guarded.summary()["tests"] == 3


def test_a_repeat_leaves_the_process_where_the_test_has_left_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import os, sys

        class Thing: ...

        LATEST, RUNS = [None], []

        def test_moves(tmp_path):
            RUNS.append("run")
            os.chdir(tmp_path)
            os.environ["APP_HOME"] = str(tmp_path)
            os.environ[f"APP_RUN_{len(RUNS)}"] = "run"
            os.environ.pop("APP_UNSET", None)
            sys.path.insert(0, str(tmp_path))
            LATEST[:] = [Thing()]

        def test_after():
            assert len(RUNS) > 1
            assert os.path.isdir(os.getcwd())
            assert os.environ["APP_HOME"] == os.getcwd() == sys.path[0]
            assert [name for name in os.environ if name.startswith("APP_")] == ["APP_HOME", "APP_RUN_1"]
        """,
        "-p",
        "no:randomly",
    )
    assert seen.outcomes == {"test_moves": "passed", "test_after": "passed"}, seen.text


def test_a_test_that_cannot_be_repeated_is_told_as_unconfirmed_and_not_failed(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Thing: ...

        KEEP = []
        RUNS = []

        def test_only_once():
            KEEP.append(Thing())
            RUNS.append("run")
            assert len(RUNS) == 1

        def test_skips_later():
            KEEP.append(Thing())
            if len(KEEP) > 3:
                pytest.skip("enough")

        def test_exits_later():
            KEEP.append(Thing())
            if len(KEEP) > 6:
                raise SystemExit(1)

        @pytest.mark.gcguard(repeat=False)
        def test_never_twice():
            KEEP.append(Thing())
            assert len(RUNS) > 0
        """,
    )
    names = ("test_only_once", "test_skips_later", "test_exits_later", "test_never_twice")
    assert seen.outcomes == dict.fromkeys(names, "passed")
    leak = seen.one("test_only_once")
    assert [test["nodeid"].partition("::")[2] for test in leak["tests"]] == sorted(names)
    assert {test["outcome"] for test in leak["tests"]} == {"reported"}
    assert leak["types"] == ["test_mini.Thing"]
    assert leak["holder"] is None
    assert len(leak["notes"]) == 1
    assert "unconfirmed: " in leak["notes"][0]
    assert "to settle it: " in leak["notes"][0]


def test_a_failure_names_what_did_not_pass_a_second_time_before_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_other="def test_wrong(): assert False")
    seen = run(
        pytester,
        """
        import itertools

        class Thing: ...

        NUMBERS = itertools.count(1)
        KEEP = []

        def test_before(): assert False

        def test_first():
            KEEP.append(Thing())
            assert next(NUMBERS) == 1

        def test_second(): assert next(NUMBERS) == 2
        """,
        "test_mini.py",
        "test_other.py",
    )
    assert seen.outcomes == {
        "test_before": "failed",
        "test_first": "passed",
        "test_second": "failed",
        "test_wrong": "failed",
    }
    told = "test_mini.py::test_first was run again to see whether it leaks, which it did not pass: AssertionError in its call."
    assert told in seen.failures("test_second")
    assert "mark test_first gcguard(repeat=False)" in seen.failures("test_second")
    assert seen.text.count(told) == 1


def test_a_failure_names_what_was_repeated_before_it_in_its_class(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Thing: ...

        class TestShelf:
            things = []

            def test_empty(self): assert self.things == []
            def test_put(self): self.things.append(Thing())
            def test_put_more(self): self.things.append(Thing())
            def test_has_two(self): assert len(self.things) == 2

        def test_elsewhere(): assert False
        """,
        "-p",
        "no:randomly",
    )
    assert "before this test, to see whether they leak: test_put, test_put_more." in seen.failures("TestShelf::test_has_two")
    assert "mark them gcguard(repeat=False)" in seen.failures("TestShelf::test_has_two")
    assert seen.text.count("run again before this test") == 1


def test_a_cycle_that_a_wider_fixture_leaves_is_the_fixtures(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Server: ...

        class Client: ...

        @pytest.fixture(scope="module")
        def server():
            server = Server()
            server.me = server
            yield server

        @pytest.fixture(scope="class")
        def client():
            client = Client()
            client.me = client
            yield client

        class TestClient:
            def test_in_class(self, client): ...
            def test_in_class_again(self, client): ...

        def test_uses(server): ...

        def test_uses_again(server): ...

        def test_last(): ...
        """,
        "--gcguard-fail-on=cycle,leak,uncollectable",
    )
    assert set(seen.outcomes.values()) == {"passed"}, seen.text
    notes = {each["types"][0]: (each["rule"], each["notes"], len(each["tests"])) for each in seen.findings}
    assert notes == {
        "test_mini.Server": ("GCG002", ["left by fixture 'server' (module scope)"], 1),
        "test_mini.Client": ("GCG002", ["left by fixture 'client' (class scope)"], 1),
    }
    assert {test["outcome"] for each in seen.findings for test in each["tests"]} == {"reported"}
    assert {test["nodeid"] for each in seen.findings for test in each["tests"]} == {
        "test_mini.py::server (module fixture)",
        "test_mini.py::client (class fixture)",
    }


def test_what_a_failing_test_leaves_is_not_the_wider_fixtures(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        class Mine: ...

        @pytest.fixture(scope="module")
        def wide():
            return [Node() for _ in range(1000)]

        def test_fails(wide):
            wide.clear()
            for _ in range(1000):
                mine = Mine()
                mine.me = mine
            assert not mine
        """,
    )
    assert seen.outcomes == {"test_fails": "failed"}
    assert [(each["title"], each["notes"]) for each in seen.findings if each["origin"] == "own"] == []


def test_what_a_wider_fixture_holds_fails_no_test(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Thing: ...

        @pytest.fixture(scope="module")
        def things():
            return [Thing() for _ in range(10)]

        def test_first(things): ...

        def test_fills(things):
            things.append(Thing())

        def test_last(things): ...
        """,
    )
    assert seen.outcomes == {"test_first": "passed", "test_fills": "passed", "test_last": "passed"}
    assert seen.of("test_first") == seen.of("test_last") == []


def test_other_kinds_of_tests_are_guarded_as_well(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        '''
        import unittest
        import pytest

        class Node:
            """A node.

            >>> Node().me
            Traceback (most recent call last):
            AttributeError: 'Node' object has no attribute 'me'
            """

            def loop(self):
                """A loop.

                >>> node = Node()
                >>> node.loop()
                """
                self.me = self

        KEEP = []

        class TestCase(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.shared = [Node()]

            def setUp(self):
                self.node = Node()

            def test_clean(self):
                self.assertTrue(self.node)

            def test_cycle(self):
                self.node.loop()

            def test_leak(self):
                KEEP.append(self.node)

            def test_subtests(self):
                for number in range(3):
                    with self.subTest(number=number):
                        self.assertGreater(number, -1)

            @unittest.skip("not today")
            def test_skipped(self): ...

            @unittest.expectedFailure
            def test_expected(self):
                self.fail()

        class AsyncCase(unittest.IsolatedAsyncioTestCase):
            async def test_async(self):
                import asyncio
                await asyncio.sleep(0)

        @pytest.mark.parametrize("node", [Node(), None])
        def test_parametrized(node):
            (node or Node()).loop()

        def test_skipped():
            Node().loop()
            pytest.skip("now")

        @pytest.mark.skip
        def test_never(): ...
        ''',
        "--doctest-modules",
    )
    bad = {name for name, outcome in seen.outcomes.items() if outcome in ("failed", "error")}
    assert bad == {"TestCase::test_leak"}, seen.text
    assert seen.told("TestCase::test_cycle") == [("GCG002", "own", "reported")]
    assert seen.told("TestCase::test_leak") == [("GCG003", "own", "failed")]
    assert seen.told("test_mini.Node.loop") == [("GCG002", "own", "reported")]
    assert ("GCG002", "own", "reported") not in seen.told("test_mini.Node")
    # the node of the first is held by its parameter
    assert seen.told("test_parametrized[node0]") == []
    assert seen.told("test_parametrized[None]") == [("GCG002", "own", "reported")]
    for name in ("test_skipped", "test_never", "TestCase::test_clean", "TestCase::test_subtests", "TestCase::test_expected"):
        assert seen.told(name) == [], name
    assert [told for told in seen.told("AsyncCase::test_async") if told[1] == "own"] == []


def test_a_unittest_that_fails_or_skips_by_itself_is_not_judged(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import unittest

        class Thing: ...

        KEEP = []

        def leave():
            KEEP.append(Thing())
            thing = Thing()
            thing.me = thing

        class TestCase(unittest.TestCase):
            def test_fails(self):
                leave()
                self.fail("my own failure")

            def test_next(self): ...

            def test_skips(self):
                leave()
                self.skipTest("not now")

            @unittest.expectedFailure
            def test_expected(self):
                leave()
                self.fail("expected")

            def test_last(self): ...
        """,
        "--gcguard-fail-on=cycle,leak",
    )
    seen.result.assert_outcomes(passed=2, failed=1, skipped=1, xfailed=1)
    assert "AssertionError: my own failure" in seen.failures("TestCase.test_fails")
    assert [each["title"] for each in seen.findings if each["origin"] == "own"] == []
    assert seen.summary()["checked"] == 2


def test_a_unittest_that_ends_before_its_instance_is_asked_for_ends_the_same_way(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import unittest
        import pytest

        class Skips(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                raise unittest.SkipTest("not here")

            def test_a(self): ...
            def test_b(self): ...

        class Fails(Skips):
            @classmethod
            def setUpClass(cls):
                raise ValueError("not here either")

        class Ends(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                pytest.exit("no more", returncode=7)

            def test_a(self): ...
        """
    )
    for options in ((), ("--gcguard",)):
        result = pytester.runpytest_subprocess("-rs", *options)
        assert result.ret == 7
        result.assert_outcomes(skipped=2, errors=2)
        result.stdout.no_fnmatch_line("*AttributeError*")
        result.stderr.no_fnmatch_line("*AttributeError*")


def test_a_unittest_that_cannot_be_repeated_is_not_accused(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import unittest

        class Thing: ...

        KEEP = []

        class TestCase(unittest.TestCase):
            def test_only_once(self):
                KEEP.append(Thing())
                self.assertEqual(len(KEEP), 1)
        """,
    )
    assert seen.outcomes == {"TestCase::test_only_once": "passed"}
    assert "unconfirmed: AssertionError in its call when it was run again" in seen.one("TestCase::test_only_once")["notes"][0]


@pytest.mark.parametrize("leaks", [False, True])
def test_the_reports_of_subtests_come_after_that_of_the_setup(pytester: pytest.Pytester, leaks: bool) -> None:
    conftest = """
        def pytest_runtest_logreport(report):
            with open("log.txt", "a") as file:
                file.write(f"{report.nodeid.rpartition('::')[2]}:{type(report).__name__}:{report.when} ")
    """
    pytester.makeconftest(conftest)
    source = """
        import unittest

        KEPT = []

        def test_fixture(subtests):
            for number in range(2):
                with subtests.test(number=number):
                    KEPT.append([object()])

        def test_usual():
            KEPT.append([object()])

        class TestCase(unittest.TestCase):
            def test_method(self):
                with self.subTest("a part"):
                    KEPT.append([object()])
    """
    pytester.makepyfile(test_mini=source if leaks else source.replace("KEPT.append", "len"))
    plain, guarded, _, ran = plain_and_guarded(pytester)
    assert guarded == plain
    assert plain.index("test_fixture:TestReport:setup") < plain.index("test_fixture:SubtestReport:call")
    assert (ran.outcomes["test_usual"] == "failed") is leaks


def test_each_report_of_a_test_with_hooks_of_its_own_is_logged(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from _pytest.unittest import TestCaseFunction

        TestCaseFunction.ihook = property(lambda item: item.config.hook)

        def pytest_runtest_logreport(report):
            with open("log.txt", "a") as file:
                file.write(f"{type(report).__name__}:{report.when} ")
        """
    )
    pytester.makepyfile(
        test_mini="""
        import unittest

        class TestCase(unittest.TestCase):
            def test_method(self): ...
        """
    )
    plain, guarded, _, _ = plain_and_guarded(pytester)
    assert guarded == plain == ["TestReport:setup", "TestReport:call", "TestReport:teardown"]


@pytest.mark.parametrize(
    "without", ["debugging", "setuponly", "logging", "capture", "tmpdir", "junitxml", "skipping", "warnings"]
)
def test_the_guard_needs_no_plugin_that_can_be_switched_off(pytester: pytest.Pytester, without: str) -> None:
    ran = run(
        pytester,
        """
        KEPT = []

        def test_clean(): ...
        def test_leak(): KEPT.append([object()])
        """,
        "-p",
        f"no:{without}",
    )
    assert ran.outcomes == {"test_clean": "passed", "test_leak": "failed"}, ran.text
    assert "the guard itself failed" not in ran.text
    assert ran.one("test_leak")["holder"] == "test_mini.KEPT[-1]"


def test_a_test_with_a_failing_subtest_keeps_its_failures(pytester: pytest.Pytester) -> None:
    source = """
        class Thing: ...

        KEEP = []

        def test_parts(subtests):
            KEEP.append(Thing())
            for number in range(3):
                with subtests.test(number=number):
                    assert number != 1, "part one failed"

        def test_after(): ...
    """
    plain = run(pytester, source, guard=False)
    guarded = again(pytester)
    failures = [line for line in guarded.text.splitlines() if line.startswith(("FAILED", "SUBFAILED", "ERROR"))]
    assert failures == [line for line in plain.text.splitlines() if line.startswith(("FAILED", "SUBFAILED", "ERROR"))]
    assert guarded.text.count("part one failed") == plain.text.count("part one failed")
    assert guarded.findings == []


MIXED = """
    import pytest

    class Node: ...

    KEEP = []

    @pytest.fixture(scope="module")
    def wide():
        node = Node()
        node.wide = node
        return node

    @pytest.mark.parametrize("number", range(6))
    def test_many(number, wide):
        node = Node()
        if number % 2:
            node.me = node

    def test_leak():
        KEEP.append(Node())

    def test_fails():
        assert not Node()

    @pytest.mark.no_cycles
    def test_marked():
        node = Node()
        node.me = node

    def test_clean(): ...
"""


def found(seen: Run) -> set[tuple[str, str, str]]:
    """What was found, without the numbers that may differ; wider fixtures are set up in each process."""
    return {
        (each["signature"], test["nodeid"], test["outcome"])
        for each in seen.findings
        for test in each["tests"]
        if not each["notes"]
    }


def test_xdist_gives_the_same_findings(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    serial = run(pytester, MIXED)
    spread = again(pytester, "-n", "2")
    assert found(spread) == found(serial)
    assert len(found(serial)) == 5
    assert spread.outcomes == serial.outcomes
    for number in ("tests", "checked", "failed"):
        assert spread.summary()[number] == serial.summary()[number]
    assert any(each["notes"] == ["left by fixture 'wide' (module scope)"] for each in spread.findings)


def test_markers_alone_are_reported_under_xdist(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    seen = run(pytester, MIXED, "-n", "2", guard=False)
    assert seen.outcomes["test_marked"] == "failed"
    assert seen.outcomes["test_leak"] == "passed"
    assert seen.text.count("GCG002 cycle  test_mini.Node") == 1


RERUNS = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for attempt in range(3):
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            print("ATTEMPT", item.name, attempt)
            if attempt == 2 or not any(report.failed for report in reports):
                break
            item._initrequest()
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""


def test_a_plugin_that_runs_tests_itself_is_honoured(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        RUNS = []
        KEEP = []

        @pytest.fixture(scope="module")
        def wide():
            print("WIDE")
            yield
            print("NARROW")

        def test_flaky(wide):
            RUNS.append("run")
            assert len(RUNS) > 1

        def test_cycle(wide):
            node = Node()
            node.me = node

        @pytest.mark.no_cycles
        def test_forbidden_cycle(wide):
            node = Node()
            node.me = node

        def test_leak(wide):
            KEEP.append(Node())

        def test_clean(wide): ...
        """,
        "-s",
        conftest=RERUNS,
    )
    assert {name: seen.text.count(f"ATTEMPT {name}") for name in ("test_flaky", "test_cycle", "test_leak", "test_clean")} == {
        "test_flaky": 2,
        "test_cycle": 1,
        "test_leak": 1,
        "test_clean": 1,
    }
    assert seen.text.count("WIDE") == seen.text.count("NARROW") == 1
    assert seen.outcomes["test_flaky"] == "passed"
    assert seen.outcomes["test_clean"] == "passed"
    assert seen.outcomes["test_leak"] == "passed, failed", "a finding is one more report of a test that has been reported"
    assert seen.told("test_leak") == [("GCG003", "own", "failed")]
    assert seen.told("test_cycle") == [("GCG002", "own", "reported")]
    assert seen.told("test_forbidden_cycle") == [("GCG002", "own", "failed")]
    assert "failed" in seen.outcomes["test_forbidden_cycle"]
    assert seen.result.ret == 1
    assert seen.summary()["tests"] == 5


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_what_another_plugin_runs_is_one_test_case(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytest.importorskip("xdist")
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        def test_cycle():
            node = Node()
            node.me = node

        def test_clean(): ...

        @pytest.mark.skip
        def test_skipped(): ...
        """,
        *workers,
        "--junitxml=junit.xml",
        conftest=RERUNS,
    )
    cases = [
        (case.get("name"), [child.tag for child in case]) for case in ET.parse(pytester.path / "junit.xml").iter("testcase")
    ]
    assert sorted(cases) == [("test_clean", []), ("test_cycle", []), ("test_skipped", ["skipped"])]
    assert seen.told("test_cycle") == [("GCG002", "own", "reported")]
    assert (seen.summary()["tests"], seen.summary()["checked"]) == (3, 2)
    assert "gcguard: 2 tests checked" in seen.text


@pytest.mark.parametrize("place", ["pytest_gcguard.core.watch.look", "pytest_gcguard.session.inspection.judge"])
def test_a_guard_that_breaks_says_so_once_and_changes_no_result(pytester: pytest.Pytester, place: str) -> None:
    module, _, name = place.rpartition(".")
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        def cycle():
            node = Node()
            node.me = node

        def test_passes():
            cycle()

        def test_fails():
            assert False

        @pytest.mark.no_cycles
        def test_marked():
            cycle()

        @pytest.mark.xfail(strict=True)
        def test_expected():
            assert False
        """,
        conftest=f"""
        import {module}
        import gc

        def broken(*arguments, **named):
            raise ZeroDivisionError("broken on purpose")

        {module}.{name} = broken

        def pytest_unconfigure():
            print("AFTER", gc.isenabled(), gc.get_freeze_count() // 2000, gc.garbage, gc.callbacks)
        """,
    )
    assert seen.outcomes == {
        "test_passes": "passed",
        "test_fails": "failed",
        "test_marked": "passed",
        "test_expected": "xfail",
    }
    assert seen.text.count("the guard itself failed, the tests went on") == 1
    assert "test_mini.py::test_passes: ZeroDivisionError: broken on purpose" in seen.text
    assert "INTERNALERROR" not in seen.text + seen.errors
    assert "AFTER True 0 [] []" in seen.text
    assert seen.findings == []


def test_hooks_tell_of_findings_and_ignore_objects(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Node: ...

        class Quiet: ...

        def test_told():
            node = Node()
            node.me = node

        def test_ignored():
            node = Quiet()
            node.me = node
        """,
        conftest="""
        def pytest_gcguard_ignore(obj):
            return True if type(obj).__name__ == "Quiet" else None

        def pytest_gcguard_finding(item, finding):
            print("TOLD", item.name, finding.kind.rule, finding.title)

        def pytest_gcguard_report(config, report):
            print("REPORT", [entry.finding.title for entry in report.entries])
        """,
    )
    assert seen.told("test_ignored") == []
    assert seen.told("test_told") == [("GCG002", "own", "reported")]
    assert seen.text.count("REPORT ['test_mini.Node → .me']") == 1


@pytest.mark.parametrize("raised", ["raise OSError('on purpose')", "import pytest; pytest.fail('on purpose')"])
@pytest.mark.parametrize("hook", ["ignore(obj)", "finding(item, finding)", "report(config, report)"])
def test_a_hook_that_raises_costs_nothing_but_what_it_would_have_said(
    pytester: pytest.Pytester, hook: str, raised: str
) -> None:
    seen = run(
        pytester,
        """
        KEPT = []

        class Node: ...

        def test_leak():
            KEPT.append(Node())

        def test_cycle():
            node = Node()
            node.me = node

        def test_cycle_again():
            node = Node()
            node.me = node
        """,
        conftest=f"""
        def pytest_gcguard_{hook}:
            {raised}
        """,
    )
    assert seen.outcomes == {"test_leak": "failed", "test_cycle": "passed", "test_cycle_again": "passed"}
    assert seen.result.ret == pytest.ExitCode.TESTS_FAILED
    assert seen.told("test_leak") == [("GCG003", "own", "failed")]
    assert seen.one("test_cycle")["tests"] == seen.one("test_cycle_again")["tests"]
    assert seen.summary()["checked"] == 3
    assert seen.text.count("the guard itself failed, the tests went on") == 1
    assert f": on purpose (pytest_gcguard_{hook.partition('(')[0]}, line 2)" in seen.text
    assert "INTERNALERROR" not in seen.text + seen.errors


def test_a_hook_may_end_the_run_with_a_status_of_its_own(pytester: pytest.Pytester) -> None:
    conftest = """
        import pytest

        def pytest_gcguard_report(config, report):
            pytest.exit("too many", returncode=7)
    """
    seen = run(pytester, "def test_ok(): ...", conftest=conftest)
    assert seen.result.ret == 7
    assert "the guard itself failed" not in seen.text


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan", "--setup-only"])
def test_runs_that_run_no_tests_are_left_alone(pytester: pytest.Pytester, option: str) -> None:
    seen = run(
        pytester,
        """
        KEEP = []

        def test_leak():
            KEEP.append([])
        """,
        option,
    )
    assert seen.result.ret == 0
    assert seen.report.get("findings", []) == []
    assert "GCG00" not in seen.text
