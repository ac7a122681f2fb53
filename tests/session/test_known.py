"""The baseline in runs of pytest, in one process and in several."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mini import Run, again, run

SUITE = """
import pytest

KEPT = []

class Node:
    def __init__(self):
        self.me = self

class Session: pass
class Pair: pass

def test_cycle(): Node()

@pytest.mark.parametrize("n", [1, 2])
def test_leak(n): KEPT.append(Session())

@pytest.mark.no_cycles
def test_marked():
    pair = Pair()
    pair.me = pair

def test_clean(): pass
"""
LISTED = "--gcguard-baseline=known.json"


def the_list(pytester: pytest.Pytester) -> dict[str, Any]:
    text = (pytester.path / "known.json").read_text(encoding="utf-8")
    return {each["title"].partition(" ")[0].rpartition(".")[2]: each for each in json.loads(text)["findings"]}


def exits(one: Run) -> int:
    return int(one.result.ret)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_team_starts_today_and_fails_on_what_is_new(pytester: pytest.Pytester, workers: str) -> None:
    options = ("-n", workers, LISTED)
    first = run(pytester, SUITE, *options, "--gcguard-update-baseline")
    assert exits(first) == 0, first.text
    assert "baseline written to known.json: 3 known, 3 new, 0 gone" in first.text
    assert {name: (each["tests"], each["reason"]) for name, each in the_list(pytester).items()} == {
        "Node": (1, ""),
        "Session": (2, ""),
        "Pair": (1, ""),
    }
    file = pytester.path / "known.json"
    file.write_text(file.read_text("utf-8").replace('"reason": ""', '"reason": "old: #17"'), "utf-8")
    written = file.read_bytes()

    known = again(pytester, *options, "--gcguard-fail-on=leak,cycle", "--gcguard-strict-baseline", "-v")
    assert exits(known) == 0, known.text
    assert {test["outcome"] for each in known.findings for test in each["tests"]} == {"baselined"}
    assert all(each["baseline"] and "in the baseline: old: #17" in each["notes"] for each in known.findings)
    assert "old: #17" in known.text
    assert "3 in the baseline" in known.text
    brief = again(pytester, *options)
    assert "    GCG002 cycle  test_mini.Node → .me, 1 test: old: #17" in brief.text

    assert exits(again(pytester, *options, "--gcguard-update-baseline")) == 0
    assert file.read_bytes() == written

    grown = run(pytester, SUITE + "\ndef test_more(): Node()\ndef test_new(): KEPT.append(Pair())\n", *options)
    assert exits(grown) == 1
    assert [name for name, outcome in grown.outcomes.items() if outcome == "failed"] == ["test_new"]
    assert "grown: in 2 tests, the baseline allows 1; new in test_mini.py::test_more: test_mini.Node" in grown.text
    assert [each["baseline"] for each in grown.of("test_more")] == [False]
    assert file.read_bytes() == written


def test_growth_alone_fails_the_run(pytester: pytest.Pytester) -> None:
    run(pytester, SUITE, LISTED, "--gcguard-update-baseline")
    grown = run(pytester, SUITE + "\ndef test_more(): Node()\n", LISTED)
    assert (exits(grown), grown.result.parseoutcomes()["passed"]) == (1, 6)


def test_what_is_gone_is_stale_where_the_run_has_looked(pytester: pytest.Pytester) -> None:
    run(pytester, SUITE, LISTED, "--gcguard-update-baseline")
    written = (pytester.path / "known.json").read_bytes()
    mended = SUITE.replace("KEPT.append(Session())", "pass").replace("def test_cycle(): Node()", "")
    strict = (LISTED, "--gcguard-strict-baseline")
    loose = run(pytester, mended, LISTED)
    assert exits(loose) == 0
    assert loose.text.count(" is stale in known.json: ") == 2
    assert exits(again(pytester, *strict, "-n", "2")) == 1

    # some of one of its tests was left out: nothing is known of the leak; the other's test is gone from the file
    partly = again(pytester, *strict, "-k", "not test_leak[2]")
    assert ("Session" in partly.text, "stale in known.json: test_mini.Node" in partly.text) == (False, True)
    for options in (("test_mini.py::test_clean",), ("test_mini.py::test_leak[1]",), ("--collect-only",)):
        assert exits(again(pytester, *strict, *options)) == 0, options
    assert exits(again(pytester, *strict, "-m", "no_cycles", "--gcguard-update-baseline")) == 0
    # the file was collected in whole, so that a test that is no longer in it is gone; what was deselected stays
    assert the_list(pytester).keys() == {"Session", "Pair"}
    (pytester.path / "known.json").write_bytes(written)
    assert exits(again(pytester, *strict, "--gcguard-update-baseline")) == 0
    assert the_list(pytester).keys() == {"Pair"}


def test_tests_that_were_not_judged_leave_their_entries_alone(pytester: pytest.Pytester) -> None:
    run(pytester, SUITE, LISTED, "--gcguard-update-baseline")
    strict = (LISTED, "--gcguard-strict-baseline")
    mended = SUITE.replace("KEPT.append(Session())", "pass")
    for change in (
        mended.replace("def test_leak(n): pass", "def test_leak(n): pytest.skip()"),
        mended.replace("def test_leak(n): pass", "def test_leak(n):\n    if n == 2: pytest.xfail()"),
        mended.replace("@pytest.mark.para", "@pytest.mark.no_gcguard\n@pytest.mark.para"),
        mended.replace("import pytest", "import pytest; pytest.skip(allow_module_level=True)"),
        mended.replace("def test_clean", "def test_broken(): assert 0\ndef test_clean"),
    ):
        one = run(pytester, change, *strict, "-p", "no:randomly", "--maxfail=1")
        assert " is stale in " not in one.text or "test_broken" in change, change
    # the run stops before the first test that it lists
    stopped = run(pytester, "def test_first(): assert 0\n" + mended, *strict, "-x")
    assert " is stale in " not in stopped.text


def test_with_lf_nothing_is_stale(pytester: pytest.Pytester) -> None:
    run(pytester, SUITE, LISTED, "--gcguard-update-baseline")
    pytester.makepyfile(test_other="def test_fails(): assert 0")
    mended = SUITE.replace("KEPT.append(Session())", "pass")
    assert exits(run(pytester, mended, LISTED, "--cache")) == 1
    again_only = again(pytester, LISTED, "--gcguard-strict-baseline", "--lf", "--cache")
    assert again_only.result.parseoutcomes() == {"failed": 1}
    assert " is stale in " not in again_only.text


def test_what_cannot_be_is_said_before_the_first_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_mini="def test_a(): pass")
    file = pytester.path / "known.json"
    cases: list[tuple[str | None, tuple[str, ...], str]] = [
        (None, (LISTED,), "known.json: there is no such file; --gcguard-update-baseline makes it"),
        (None, ("--gcguard-update-baseline",), "--gcguard-update-baseline needs a file"),
        (None, ("--gcguard-strict-baseline",), "--gcguard-strict-baseline needs a file"),
        ("{", (LISTED,), "known.json: it is not JSON"),
        ('{"repos": []}', (LISTED, "--gcguard-update-baseline"), "known.json: it is not a baseline of pytest-gcguard"),
        (None, ("--gcguard-baseline=.", "--gcguard-update-baseline"), "a file's path; this is a folder"),
    ]
    for text, options, said in cases:
        Path(file).unlink(missing_ok=True)
        if text is not None:
            file.write_text(text)
        one = again(pytester, *options, inside=True)
        assert (exits(one), said in one.errors) == (4, True), one.errors
        assert (file.read_text() if text is not None else file.exists()) == (text or False)


def test_the_ini_file_can_name_it(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ngcguard = true\ngcguard_baseline = lists/known.json\ngcguard_update_baseline = true\n")
    first = run(pytester, SUITE, guard=False)
    assert exits(first) == 0, first.text
    assert (pytester.path / "lists" / "known.json").exists()
    pytester.makeini("[pytest]\ngcguard = true\ngcguard_baseline = lists/known.json\ngcguard_strict_baseline = true\n")
    mended = SUITE.replace("KEPT.append(Session())", "pass")
    assert (exits(run(pytester, SUITE, guard=False)), exits(run(pytester, mended, guard=False))) == (0, 1)
