"""Runs in several processes: the same document as in one, and nothing lost when one of them dies."""

from __future__ import annotations

from typing import Any

import pytest
from mini import Run, again, run

SHARED = """
OPEN, HANDLERS = {}, []

class Session: pass
class Handler: pass

class Node:
    def __init__(self, parent=None):
        self.parent, self.children = parent, []
        if parent is not None:
            parent.children.append(self)

class Client:
    def __init__(self):
        self.me = self

def open_session(name):
    OPEN.setdefault(name, []).append(Session())

def handle():
    HANDLERS.append(Handler())

def fails():
    try:
        raise ValueError
    except ValueError as error:
        kept = error
"""
TESTS = """
import json

import pytest
import shared

@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_session(name): shared.open_session(name)

def test_handler(): shared.handle()

@pytest.mark.xdist_group("one")
def test_tree(client): shared.Node(shared.Node())

@pytest.mark.parametrize("n", range(3))
def test_error(n): shared.fails()

def test_clean(client): json.dumps({"a": 1}, indent=2)

class TestClass:
    @pytest.fixture(scope="class")
    def own(self): return shared.Client()

    def test_1(self, own): ...

    def test_2(self, own): ...
"""
CONFTEST = """
import pytest
import shared

@pytest.fixture(scope="session")
def client(): return shared.Client()
"""


def without_times(one: Run) -> dict[str, Any]:
    """The document without what no two runs share: its times."""
    summary = {name: value for name, value in one.report["summary"].items() if name != "guard_seconds"}
    rest = {name: value for name, value in one.report.items() if name not in ("started", "seconds")}
    return rest | {"summary": summary}


def test_the_document_is_the_same_in_one_process_and_in_many(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(shared=SHARED, **{f"test_{name}": TESTS for name in "abc"})
    pytester.makeconftest(CONFTEST)
    serial = again(pytester)
    expected = without_times(serial)
    assert {each["rule"] for each in expected["findings"]} == {"GCG002", "GCG003"}
    assert {test["nodeid"] for each in expected["findings"] for test in each["tests"] if each["notes"]} >= {
        "conftest.py::client (session fixture)",
        "test_a.py::TestClass::own (class fixture)",
    }
    for options in ("-n4",), ("-n2", "--dist=loadscope"), ("-n2", "--dist=loadgroup"), ("-n2", "--dist=worksteal"):
        spread = again(pytester, *options)
        assert without_times(spread) == expected, options
        assert spread.result.ret == serial.result.ret == 1


def test_a_process_that_dies_loses_nothing_of_the_others(pytester: pytest.Pytester) -> None:
    suite = f"{TESTS}\ndef test_zz_dies():\n    import os\n    os._exit(3)\n"
    pytester.makepyfile(shared=SHARED, test_other=TESTS)
    one = run(pytester, suite, "-n2", "--gcguard-baseline=known.json", "--gcguard-update-baseline", conftest=CONFTEST)
    assert one.outcomes["test_zz_dies"] == "failed"
    assert one.report["partial"] is False  # another process has run the rest
    told = {test["nodeid"] for each in one.findings for test in each["tests"]}
    assert {f"{file}.py::test_error[{n}]" for file in ("test_mini", "test_other") for n in range(3)} <= told


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_run_stops_at_findings_and_goes_on_from_there(pytester: pytest.Pytester, workers: str) -> None:
    suite = "import shared\n" + "\n".join(f"def test_{n}(): shared.open_session('x')" for n in range(6))
    pytester.makepyfile(shared=SHARED)
    stopped = run(pytester, suite, workers, "--maxfail=2", "--cache")
    assert 2 <= stopped.result.parseoutcomes()["failed"] < 6
    last = again(pytester, workers, "--lf", "--cache")
    assert last.result.parseoutcomes()["failed"] == stopped.result.parseoutcomes()["failed"]
    first = again(pytester, workers, "--ff", "-x", "--cache")
    assert first.result.parseoutcomes()["failed"] < 6
    if workers == "-n0":  # stepwise and processes exclude each other
        assert again(pytester, "--sw", "--cache").result.parseoutcomes()["failed"] == 1
