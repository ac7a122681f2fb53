"""What is timed of automatic gc, and that timing changes nothing."""

from __future__ import annotations

import json

import jsonschema
import pytest
from mini import Run, again, run

from pytest_gcguard.reports import json_file

SUITE = """
    import gc, json, pathlib
    import pytest

    class Node:
        pass

    def cycles(number):
        for _ in range(number):
            node = Node()
            node.me = node

    def test_empty():
        pass

    def test_many_cycles():
        cycles(5000)

    def test_one_long_pause():
        heap = [[number] for number in range(300_000)]
        gc.collect()

    @pytest.mark.no_cycles
    def test_marked():
        cycles(1)
"""

STATS = """
    import gc, json
    import pytest

    def collections():
        return [each["collections"] for each in gc.get_stats()]

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(config):
        config.before = [collections()]
        config.pluginmanager.register(Last())

    class Last:
        @pytest.hookimpl(trylast=True)
        def pytest_sessionstart(self, session):
            session.config.before.append(collections())

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(session):
        after = collections()
        print("STATS", json.dumps([[b - a for a, b in zip(before, after)] for before in session.config.before]))
"""


@pytest.fixture
def timed(pytester: pytest.Pytester) -> Run:
    return run(pytester, SUITE, "--gcguard-pauses=2", "--gcguard-report=json:out.json", "-s", conftest=STATS, guard=False)


def test_every_collection_is_timed_and_nothing_is_guarded(pytester: pytest.Pytester, timed: Run) -> None:
    assert timed.outcomes == dict.fromkeys(["test_empty", "test_many_cycles", "test_one_long_pause", "test_marked"], "passed")
    jsonschema.validate(timed.report, json_file.schema())
    pauses = timed.report["pauses"]
    counted = json.loads(next(line for line in timed.result.outlines if "STATS" in line).partition("STATS ")[2])
    # gc's own numbers: since before the first collection was timed, and since after that; both end a moment before the timing
    told = [each["collections"] for each in pauses["generations"]]
    most, least = (sum(numbers[: len(told)]) for numbers in counted)
    assert least <= sum(told) <= most + 1
    assert sum(counted[0][len(told) :]) == 0
    assert pauses["generations"][0]["collections"] >= pauses["in_tests"][0]["collections"] >= 5000 // 1000
    assert all(0 < each["longest"] <= each["seconds"] for each in pauses["generations"] if each["collections"])
    assert sum(each["collected"] for each in pauses["in_tests"]) >= 4000
    assert pauses["thresholds"] == [[700, 10, 10]] or len(pauses["thresholds"][0]) == 3
    assert pauses["tests"][0]["nodeid"] == "test_mini.py::test_one_long_pause"
    assert len(pauses["tests"]) == 2
    assert timed.findings == []
    timed.result.stdout.fnmatch_lines(
        [
            "*= gcguard pauses =*",
            "thresholds *",
            "generation 0  * collections *ms   longest *",
            "the tests with the longest pauses",
            "*test_mini.py::test_one_long_pause",
            "gcguard: automatic gc took * s of * s (* %) in * collections, the longest *ms*nothing was guarded",
        ]
    )


def test_workers_tell_the_same_tests(pytester: pytest.Pytester, timed: Run) -> None:
    pytester.makepyfile(
        test_hostile="""
            import gc

            def test_callbacks_taken_off():
                gc.callbacks.clear()

            def test_next():
                gc.collect()
        """
    )
    spread = again(pytester, "--gcguard-pauses=9", "--gcguard-report=json:out.json", "-n", "2", guard=False)
    pauses = spread.report["pauses"]
    assert "test_mini.py::test_one_long_pause" in [test["nodeid"] for test in pauses["tests"]]
    assert spread.outcomes == timed.outcomes | {"test_callbacks_taken_off": "passed", "test_next": "passed"}
    assert sum(each["collections"] for each in pauses["in_tests"]) > 0
    assert len(pauses["generations"]) == len(timed.report["pauses"]["generations"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--gcguard-pauses=0"], "--gcguard-pauses: '0' was given; allowed: a whole number from 1"),
        (["--gcguard-pauses=many"], "'many' was given; allowed: a whole number from 1"),
        (["--gcguard-pauses", "--gcguard"], "no --gcguard beside it"),
        (["-o", "gcguard_pauses=x"], "-o gcguard_pauses: 'x' was given; allowed: a whole number from 1"),
        (["-o", "gcguard_pauses=3", "-o", "gcguard=true"], "no --gcguard beside it"),
    ],
)
def test_a_wrong_value_is_told_before_the_first_test(pytester: pytest.Pytester, options: list[str], said: str) -> None:
    pytester.makepyfile(test_mini="def test(): pass")
    pytester.makeini("[pytest]\n")
    refused = again(pytester, *options, guard=False, inside=True)
    assert refused.result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in refused.errors


def test_the_number_may_be_left_out_before_a_path_and_the_command_line_wins(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ngcguard = true\n")
    seen = run(pytester, "def test(): pass", "--gcguard-pauses", "test_mini.py", "-q", guard=False)
    assert seen.outcomes == {"test": "passed"}
    assert "nothing was guarded" in seen.text
    guarded = again(pytester, "-o", "gcguard_pauses=3", guard=True)
    assert guarded.summary()["checked"] == 1


@pytest.mark.parametrize("option", ["--gcguard-pauses", "--gcguard-trace"])
def test_an_option_without_its_value_leaves_it_to_pytest_where_a_project_begins(
    pytester: pytest.Pytester, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest("raise RuntimeError('this is none of the project')")
    project = pytester.mkdir("project")
    (project / "pytest.ini").write_text("[pytest]\n")
    (project / "test_it.py").write_text("def test(): pass")
    monkeypatch.chdir(project)
    pytester.runpytest_subprocess(option, "test_it.py").assert_outcomes(passed=1)
