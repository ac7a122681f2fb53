"""What pytest and its companions hold of a test is neither the test's leak nor its cycle."""

from __future__ import annotations

import pytest
from mini import run

TESTS = """
import asyncio, logging, unittest, warnings
import pytest
from unittest import mock

class Node:
    pass

class Problem(UserWarning):
    pass

@pytest.fixture
def node():
    return Node()

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

class TestCase(unittest.TestCase):
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

def test_fails():
    node = Node()
    fails()

def test_after_the_failed_one(node):
    assert node
"""


def test_what_the_harness_holds_counts_for_nothing(pytester: pytest.Pytester) -> None:
    ran = run(pytester, TESTS)
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {"test_fails"}
    assert len(ran.outcomes) == 18, ran.text
    own = [(each["title"], each["tests"]) for each in ran.findings if each["origin"] == "own"]
    assert own == []
