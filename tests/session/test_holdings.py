"""What pytest and its companions hold of a test is neither the test's leak nor its cycle."""

from __future__ import annotations

import json

import pytest
from mini import run

TESTS = """
import asyncio, doctest, logging, sys, unittest, warnings
import hypothesis, pytest
from hypothesis import strategies
from unittest import mock

class Node:
    pass

class Problem(UserWarning):
    pass

@pytest.fixture(scope="module")
def shared():
    return Node()

@pytest.fixture
def node(shared):
    return Node()

def test_first_use(tmp_path, monkeypatch, capsys):
    import pickle, threading
    print("text", end="", flush=True)
    logging.getLogger("app")
    logging.getLogger("quiet").propagate = False
    TestLoop("test_loop").debug()
    test_asyncio_run()
    test_patched()
    test_with_hypothesis()
    threading.local().node = Node()
    pickle.loads(pickle.dumps(Problem()))

def fails():
    raise ValueError(Node())

def test_funcargs(node, request):
    assert node

def test_excinfo_in_a_local():
    with pytest.raises(ValueError) as excinfo:
        fails()
    assert excinfo.value

def test_excinfo_in_a_list():
    kept = []
    with pytest.raises(ValueError) as excinfo:
        fails()
    kept.append(excinfo)

def test_excinfo_matched():
    node = Node()
    with pytest.raises(ValueError, match="Node") as excinfo:
        fails()
    assert excinfo.match("Node") and str(excinfo.traceback)

def test_logged(caplog):
    logging.getLogger("app").warning("%s", Node())
    assert caplog.records

def test_a_handler_taken_off():
    handler = logging.StreamHandler()
    logging.getLogger("quiet").addHandler(handler)
    logging.getLogger("quiet").removeHandler(handler)

def test_captured(capsys, tmp_path, monkeypatch):
    print(Node())
    monkeypatch.setattr(Node, "name", Node(), raising=False)
    (tmp_path / "file").write_text("text")
    assert capsys.readouterr().out

def test_recorded_warnings(recwarn):
    warnings.warn_explicit(Problem("text"), None, "app.py", 1, source=Node())
    assert recwarn.list

def test_expected_warning():
    with pytest.warns(Problem) as record:
        warnings.warn_explicit(Problem("text"), None, "app.py", 1, source=Node())
    assert record

@pytest.mark.parametrize("value", [Node(), [Node()]])
def test_parametrised(value):
    assert value

class TestInstance:
    def test_excinfo_on_self(self):
        self.node = Node()
        with pytest.raises(ValueError) as self.excinfo:
            fails()

    def test_a_cycle_of_self(self):
        self.me = self

class TestCase(unittest.TestCase):
    def test_a_cycle_of_self(self):
        self.me = self

    def test_case(self):
        self.node = Node()
        with self.assertRaises(ValueError) as self.caught:
            fails()

class TestLoop(unittest.IsolatedAsyncioTestCase):
    async def test_loop(self):
        self.node = Node()
        await asyncio.sleep(0)

def test_asyncio_run():
    async def main():
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))
        return Node()
    assert asyncio.run(main())

@mock.patch("os.getcwd", autospec=True)
def test_patched(getcwd):
    getcwd.return_value = Node()

def test_mock():
    made = mock.MagicMock(node=Node())
    made.a.b(Node())

class TestSubtests(unittest.TestCase):
    def test_subtests_of_unittest(self):
        for number in range(3):
            with self.subTest(number=number):
                self.node = Node()

def test_subtests(request):
    for number in range(3 if hasattr(pytest, "Subtests") else 0):
        with request.getfixturevalue("subtests").test(number=number):
            assert Node()

def test_a_class_asked_for_by_abc():
    from collections.abc import Sized
    assert not isinstance(Node(), Sized)

def test_a_fixture_asked_for_while_it_runs(request):
    assert request.getfixturevalue("shared")

def test_a_warning_is_shown(record_property):
    warnings.warn("text", Problem)
    record_property("node", [Node()])

def test_the_value_shown_last():
    sys.displayhook([Node()])

def test_a_docstring():
    namespace = {"__name__": "app"}
    doctest.run_docstring_examples(">>> [3]\\n[3]\\n", namespace)

@hypothesis.settings(max_examples=3, database=None)
@hypothesis.given(strategies.lists(strategies.integers()))
def test_with_hypothesis(numbers):
    assert [Node() for _ in numbers] is not None

def test_fails():
    node = Node()
    fails()

def test_after_the_failed_one(node):
    assert node
"""


COUNTING = """
import collections, json
import pytest

RUNS = collections.Counter()

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item):
    RUNS[item.nodeid.partition("::")[2]] += 1

def pytest_sessionfinish():
    with open("runs.json", "w") as file:
        json.dump({name: runs for name, runs in RUNS.items() if runs > 1}, file)
"""


def test_what_the_harness_holds_counts_for_nothing(pytester: pytest.Pytester) -> None:
    ran = run(pytester, TESTS, conftest=COUNTING)
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {"test_fails"}
    assert len(ran.outcomes) == 30, ran.text
    own = {each["title"] for each in ran.findings if each["origin"] == "own"}
    assert own == {"test_mini.TestInstance → .me", "test_mini.TestCase → .me"}
    assert json.loads((pytester.path / "runs.json").read_text()).keys() <= {"test_first_use"}
