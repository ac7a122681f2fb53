"""What others have shown to leak: a test that cannot fail by it is not run again, one that can is run again once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mini import again, run

INSTALLED = """
OPEN = []

class Session:
    def __init__(self):
        self.data = {}

class Registered:
    def __init__(self):
        OPEN.append(self)

def connect(**more):
    session = Session()
    session.data.update(more)
    OPEN.append(session)

def register():
    Registered()
"""
COUNTED = """
import collections, json, pathlib, sys
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "site-packages"))
RUNS = collections.Counter()

@pytest.fixture(autouse=True)
def counted(request):
    RUNS[request.node.name] += 1

def pytest_sessionfinish():
    pathlib.Path("runs.json").write_text(json.dumps(RUNS))
"""
CONNECTS = """
import installed

def test_first(): installed.connect()
def test_second(): installed.connect()
def test_third(): installed.connect()
def test_twice():
    installed.connect()
    installed.connect()
"""


@pytest.fixture
def package(pytester: pytest.Pytester) -> Path:
    folder = pytester.mkdir("site-packages")
    (folder / "installed.py").write_text(INSTALLED, encoding="utf-8")
    return folder


def runs(pytester: pytest.Pytester) -> dict[str, int]:
    found: dict[str, int] = json.loads((pytester.path / "runs.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.usefixtures("package")
def test_what_a_library_leaks_again_is_told_after_one_run(pytester: pytest.Pytester) -> None:
    seen = run(pytester, CONNECTS, "-p", "no:randomly", conftest=COUNTED)
    assert set(seen.outcomes.values()) == {"passed"}
    assert all(seen.told(name) == [("GCG003", "library", "reported")] for name in seen.outcomes)
    assert [each["growth"] for each in seen.of("test_third")] == [[1, 1, 1]]  # what the first one's repeats have shown
    number = runs(pytester)
    assert min(number["test_first"], number["test_second"]) >= 3
    assert (number["test_third"], number["test_twice"]) == (1, 1)


@pytest.mark.usefixtures("package")
def test_where_a_library_may_fail_a_test_each_is_run_again(pytester: pytest.Pytester) -> None:
    seen = run(pytester, CONNECTS, "-p", "no:randomly", "--gcguard-origins=own,library", conftest=COUNTED)
    assert set(seen.outcomes.values()) == {"failed"}
    assert min(runs(pytester).values()) >= 3


@pytest.mark.usefixtures("package")
def test_a_class_that_the_project_names_may_be_the_projects_leak(pytester: pytest.Pytester) -> None:
    """Whose an object is that the project makes itself, its line says."""
    seen = run(
        pytester,
        """
        import installed

        def test_first(): installed.register()
        def test_second(): installed.register()
        def test_third(): installed.register()
        def test_made_here(): installed.Registered()
        """,
        "-p",
        "no:randomly",
        conftest=COUNTED,
    )
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == {"test_made_here"}
    assert min(runs(pytester).values()) >= 3


@pytest.mark.usefixtures("package")
def test_if_many_tests_have_leaked_such_a_class_one_traced_repeat_tells_whose_it_is(pytester: pytest.Pytester) -> None:
    registers = "".join(f"def test_{number:02}(): installed.register()\n" for number in range(12))
    made_here = "def test_made_here(): installed.Registered()\ndef test_last(): installed.register()\n"
    seen = run(pytester, f"import installed\n{registers}{made_here}", "-p", "no:randomly", conftest=COUNTED)
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == {"test_made_here"}
    assert seen.told("test_made_here") == [("GCG003", "own", "failed")]
    assert [outcome for _, _, outcome in seen.told("test_last")] == ["reported"]
    number = runs(pytester)
    assert min(number[f"test_0{each}"] for each in range(8)) >= 3
    assert [number[name] for name in ("test_10", "test_11", "test_last")] == [2, 2, 2]


@pytest.mark.usefixtures("package")
def test_what_a_test_leaks_beside_is_found(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import installed

        KEPT = []

        class Own: ...

        def test_first(): installed.connect()
        def test_second(): installed.connect()
        def test_beside():
            installed.connect()
            KEPT.append(Own())
        def test_inside(): installed.connect(own=Own())
        def test_list():
            installed.connect()
            KEPT.append([KEPT])
        def test_held_here():
            installed.connect()
            KEPT.append(installed.OPEN[-1])
        """,
        "-p",
        "no:randomly",
        conftest=COUNTED,
    )
    failed = {name for name, outcome in seen.outcomes.items() if outcome == "failed"}
    assert failed == {"test_beside", "test_inside", "test_list", "test_held_here"}


LISTED = """
import pytest

OPEN = []

class Session: ...

def test_first(): OPEN.append(Session())
def test_second(): OPEN.append(Session())
def test_third(): OPEN.append(Session())
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_each(name): OPEN.append(Session())
CACHE = {}
@pytest.mark.parametrize("name", ["d", "e", None])
def test_some(name): OPEN.append(Session() if name else CACHE.setdefault(name, Session()))
"""


def test_what_the_baseline_has_of_a_test_is_told_after_one_run(pytester: pytest.Pytester) -> None:
    listed = "--gcguard-baseline=known.json"
    written = run(pytester, LISTED, "-p", "no:randomly", listed, "--gcguard-update-baseline", conftest=COUNTED)
    assert set(written.outcomes.values()) == {"passed"}
    assert min(runs(pytester).values()) >= 2  # the parameter that fills a cache is cleared by one repeat
    seen = again(pytester, "-p", "no:randomly", listed)
    assert set(seen.outcomes.values()) == {"passed"}
    number = runs(pytester)
    assert {name for name, times in number.items() if times == 1} == {
        "test_third",
        "test_each[a]",
        "test_each[b]",
        "test_each[c]",
    }

    test = pytester.path / "test_mini.py"
    test.write_text(test.read_text(encoding="utf-8") + "\ndef test_new(): OPEN.append(Session())\n", encoding="utf-8")
    grown = again(pytester, "-p", "no:randomly", listed)
    assert runs(pytester)["test_new"] >= 3
    assert "grown: in 9 tests, the baseline allows 8; new in test_mini.py::test_new" in grown.text


REGISTERS = """
import itertools

NUMBER = itertools.count()
OPEN = {}

class Session: ...

def connect(key=None):
    OPEN.setdefault(next(NUMBER) if key is None else key, Session())

""" + "".join(f"def test_{number:02}(): connect()\n" for number in range(12))


def test_what_leaks_in_many_tests_is_confirmed_by_one_repeat(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        REGISTERS
        + """
OTHER = []
def test_twice():
    connect()
    connect()
def test_more():
    connect()
    OTHER.append([OTHER])
def test_also_elsewhere():
    connect()
    OTHER.append(list(OPEN.values())[-1])
def test_last(): connect()
""",
        "-p",
        "no:randomly",
        conftest=COUNTED,
    )
    assert set(seen.outcomes.values()) == {"failed"}
    assert {finding["signature"] for finding in seen.of("test_last")} == {
        finding["signature"] for finding in seen.of("test_00")
    }
    number = runs(pytester)
    assert min(number[f"test_0{each}"] for each in range(8)) >= 3
    assert [number[name] for name in ("test_11", "test_twice", "test_last")] == [2, 2, 2]
    assert number["test_more"] >= 3  # it leaves something else as well


LOGS = """
import logging
import pytest

class Keeps(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)

logging.getLogger().addHandler(Keeps())

@pytest.fixture
def ends():
    yield
    logging.warning("in a phase that pytest has let go of")

""" + "".join(f"def test_{number:02}(ends): logging.warning('in a test')\n" for number in range(12))


def test_what_pytest_keeps_of_the_latest_run_is_no_reason_to_repeat_further(pytester: pytest.Pytester) -> None:
    """It keeps the log records of the latest run of a test, which are counted once the next one has begun."""
    seen = run(pytester, LOGS, "-p", "no:randomly", conftest=COUNTED)
    assert set(seen.outcomes.values()) == {"passed"}
    assert {finding["types"][0] for finding in seen.findings} == {"logging.LogRecord"}
    number = runs(pytester)
    assert min(number[f"test_0{each}"] for each in range(8)) >= 3
    assert (number["test_10"], number["test_11"]) == (2, 2)


def test_what_one_test_leaves_once_only_is_not_failed_by_what_others_leak(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        REGISTERS
        + """
def test_once(): connect("the same")
def test_last(): connect()
""",
        "-p",
        "no:randomly",
        conftest=COUNTED,
    )
    assert {name for name, outcome in seen.outcomes.items() if outcome == "passed"} == {"test_once"}
    assert not seen.of("test_once")
    number = runs(pytester)
    assert number["test_11"] == 2
    assert number["test_last"] >= 3  # one that left just this has not leaked


NOTED = """
import threading
import installed

class Session: ...
class State: ...

STATE, OWN = State(), []

def work():
    STATE.session = Session()  # which replaces the one of the test before
    installed.note()

""" + "".join(f"def test_{number:02}(): work()\n" for number in range(12))


def test_what_many_tests_leave_of_standard_types_is_recognised_by_the_lines_of_one_traced_repeat(
    pytester: pytest.Pytester, package: Path
) -> None:
    with (package / "installed.py").open("a", encoding="utf-8") as file:
        file.write("\nimport threading\nNOTES = []\n\ndef note():\n    NOTES.append(threading.Event())\n")
    seen = run(
        pytester,
        NOTED
        + """
def test_held_here():
    STATE.session = Session()
    OWN.append(threading.Event())
def test_made_here():
    STATE.session = Session()
    installed.NOTES.append(threading.Event())
def test_beside():
    work()
    OWN.append(Session())
def test_last(): work()
""",
        "-p",
        "no:randomly",
        conftest=COUNTED,
    )
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == {
        "test_held_here",
        "test_made_here",
        "test_beside",
    }, seen.text
    for name in ("test_00", "test_11", "test_last"):
        assert [(found["title"], found["holder"]) for found in seen.of(name)] == [("threading.Event", "installed.NOTES[-1]")]
    assert seen.one("test_last")["signature"] == seen.one("test_00")["signature"]
    number = runs(pytester)
    assert min(number[f"test_0{each}"] for each in range(8)) >= 3
    assert [number[name] for name in ("test_11", "test_last")] == [2, 2]
