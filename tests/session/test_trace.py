"""``--gcguard-trace``: where the objects of a cycle were made, and whose a cycle of plain containers is."""

from __future__ import annotations

import pytest
from mini import again, run

SUITE = """
import json
import tracemalloc
import pytest

class Node:
    pass

KEPT = []
FIRST = []

def make():
    node = Node()
    node.me = node
    return node

def test_cycle():
    make()

def test_own_dict():
    mine = {}
    mine['me'] = mine

def test_list_of_a_library():
    from statistics_of_somebody import ring
    ring()

@pytest.mark.gcguard(confirm=0)
def test_first_run():
    FIRST.append(
        Node())

def test_leak():
    KEPT.append(make())

def test_tracing():
    assert tracemalloc.is_tracing() is EXPECTED
"""
LIBRARY = "def ring():\n    made = []\n    made.append(made)\n"


def _places(found: dict[str, object]) -> list[tuple[str, int, str | None]]:
    return [(each["file"], each["line"], each["function"]) for each in found["made_at"]]  # type: ignore[attr-defined] # JSON


@pytest.fixture
def suite(pytester: pytest.Pytester) -> str:
    folder = pytester.path / "site-packages"
    folder.mkdir()
    (folder / "statistics_of_somebody.py").write_text(LIBRARY)
    return f"import sys; sys.path.insert(0, {str(folder)!r})\n" + SUITE


def test_a_trace_tells_where_cycles_and_unrepeated_leaks_were_made(pytester: pytest.Pytester, suite: str) -> None:
    mini = run(pytester, suite.replace("EXPECTED", "True"), "--gcguard-trace")
    assert _places(mini.one("test_cycle"))[:2] == [("test_mini.py", 14, "make"), ("test_mini.py", 19, "test_cycle")]
    assert _places(mini.one("test_own_dict"))[0][:2] == ("test_mini.py", 22)
    library = mini.one("test_list_of_a_library")
    assert library["origin"] == "library"
    assert _places(library)[0] == ("test_mini.py", 27, "test_list_of_a_library"), "the project's lines come first"
    assert ("statistics_of_somebody.py", 2, "ring") in _places(library)
    assert mini.one("test_own_dict")["origin"] == "own"
    assert library["notes"] == mini.one("test_own_dict")["notes"] == []
    assert _places(mini.one("test_first_run"))[0][:2] == ("test_mini.py", 32)
    assert _places(mini.one("test_leak"))[0][:2] == ("test_mini.py", 14)
    assert mini.outcomes["test_tracing"] == "passed"


def test_without_a_trace_cycles_have_no_place_and_containers_are_the_projects(pytester: pytest.Pytester, suite: str) -> None:
    mini = run(pytester, suite.replace("EXPECTED", "False"))
    assert mini.one("test_cycle")["made_at"] == []
    assert mini.one("test_list_of_a_library")["origin"] == "own"
    note = "nothing in it tells who made it, so it counts as the project's: --gcguard-trace tells the line that did"
    assert mini.one("test_list_of_a_library")["notes"] == [note]
    assert f"    note     {note}\n" in mini.text
    assert mini.one("test_cycle")["notes"] == []
    assert _places(mini.one("test_leak"))[0][:2] == ("test_mini.py", 14), "a suspect is traced when it is repeated"
    assert mini.outcomes["test_tracing"] == "passed"


def test_a_trace_tells_where_to_cut_what_the_source_does_not_and_changes_no_signature(pytester: pytest.Pytester) -> None:
    """A list that the interpreter had kept for the next one is not traced: as many as it keeps are used up before."""
    source = """
        class Node:
            def __init__(self):
                self.kids = []

        def put(obj, name, value):
            setattr(obj, name, value)

        def test_by_name():
            used, node = [[] for _ in range(200)], Node()
            put(node, "up",
                [node])

        def test_dicts():
            used, outer = [[] for _ in range(200)], {}
            outer["inner"] = [outer]

        def test_source():
            node = Node()
            node.kids.append(node)
    """
    plain, traced = run(pytester, source), run(pytester, source, "--gcguard-trace")
    lines = {}
    for name in ("test_by_name", "test_dicts", "test_source"):
        before, after = plain.one(name), traced.one(name)
        assert (before["signature"], before["title"]) == (after["signature"], after["title"])
        assert (before["cut"]["edge"], before["cut"]["hint"]) == (after["cut"]["edge"], after["cut"]["hint"])
        lines[name] = before["cut"]["line"], after["cut"]["line"]
    assert lines == {"test_by_name": (1, 11), "test_dicts": (None, 15), "test_source": (19, 19)}


def test_a_trace_that_is_there_is_used_and_left_running(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTRACEMALLOC", "3")
    source = """
        import pytest
        @pytest.mark.no_cycles
        def test_cycle():
            mine = []
            mine.append(mine)
    """
    conftest = """
        import tracemalloc
        def pytest_unconfigure(config):
            config.add_cleanup(lambda: None)
            import atexit
            atexit.register(lambda: print("frames", tracemalloc.is_tracing() and tracemalloc.get_traceback_limit()))
    """
    mini = run(pytester, source, "--gcguard-trace=7", conftest=conftest, guard=False)
    assert mini.outcomes == {"test_cycle": "failed"}
    assert "made at  test_mini.py:4 in test_cycle" in mini.text
    assert "frames 3" in mini.text
    monkeypatch.delenv("PYTHONTRACEMALLOC")
    mini = again(pytester, "--gcguard-trace", "test_mini.py", guard=False)
    assert "made at  test_mini.py:4 in test_cycle" in mini.text
    assert "frames False" in mini.text, "what was started for the run ends with it"


@pytest.mark.parametrize("given", ["0", "-1", "many", "65536"])
def test_a_wrong_number_of_frames_is_told(pytester: pytest.Pytester, given: str) -> None:
    mini = run(pytester, "def test(): pass", f"--gcguard-trace={given}", inside=True)
    assert mini.result.ret == pytest.ExitCode.USAGE_ERROR
    said = f"gcguard: --gcguard-trace: {given!r} was given; allowed: a whole number from 1 to 65535"
    assert said in mini.errors + mini.text


def test_the_ini_file_may_say_it(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\ngcguard_trace = lots")
    mini = run(pytester, "def test(): pass", inside=True)
    assert mini.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "gcguard_trace in " in mini.errors + mini.text
    pytester.makeini("[pytest]\ngcguard_trace = 5")
    source = "import tracemalloc\ndef test(): assert tracemalloc.get_traceback_limit() == 5"
    assert run(pytester, source, guard=False).outcomes == {"test": "passed"}
