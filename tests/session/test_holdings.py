"""What pytest and its companions hold of a test is neither the test's leak nor its cycle."""

from __future__ import annotations

import json
import sys
from typing import Any

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
    import pickle, tempfile, threading
    tempfile.mktemp()  # which Hypothesis may ask for at any time
    print("text", end="", flush=True)
    logging.getLogger("app")
    logging.getLogger("quiet").propagate = False
    TestLoop("test_loop").debug()
    test_asyncio_run()
    test_patched()
    test_with_hypothesis()
    test_a_docstring()
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

@hypothesis.settings(max_examples=3, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
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
    # up to Python 3.10 a class whose subclasses are gone keeps their dictionary in C, which nobody can tell
    allowed = {"test_first_use"} | ({"test_patched"} if sys.version_info < (3, 11) else set())
    assert json.loads((pytester.path / "runs.json").read_text()).keys() <= allowed


MOCKED = """
import os, sys
import pytest

class Node:
    pass

class Service:
    limits = {"numbers": [3]}

    def call(self, value=None):
        return value

def test_first_use(mocker):
    mocker.patch("os.cpu_count", autospec=True, side_effect=[Node()])
    mocker.patch.object(Service, "call")
    mocker.spy(os, "getpid")
    os.cpu_count(), os.getpid()

def test_first_autospec(mocker):
    test_autospec(mocker)

def test_first_stub(mocker):
    test_stub(mocker)

def test_call_args(mocker):
    called = mocker.patch.object(Service, "call")
    Service().call(Node())
    assert isinstance(called.call_args.args[0], Node)

def test_return_value(mocker):
    mocker.patch.object(Service, "call", return_value=Node())
    assert Service().call() is Service().call()

def test_side_effect(mocker):
    mocker.patch.object(Service, "call", side_effect=[Node(), ValueError(Node())])
    assert Service().call()
    with pytest.raises(ValueError):
        Service().call()

def test_side_effect_of_a_function(mocker):
    node = Node()
    mocker.patch("os.cpu_count", side_effect=lambda: node)
    assert os.cpu_count() is node

def test_autospec(mocker):
    made = mocker.patch.object(Service, "call", autospec=True)
    service = Service()
    service.call(Node())
    made.assert_called_once()

def test_spied(mocker):
    spy = mocker.spy(Service, "call")
    node = Node()
    assert Service().call(node) is spy.spy_return is node

def test_spied_that_raises(mocker):
    def fails():
        raise ValueError(Node())
    mocker.patch("os.cpu_count", fails)
    spy = mocker.spy(os, "cpu_count")
    with pytest.raises(ValueError):
        os.cpu_count()
    assert spy.spy_exception

def test_stub(mocker):
    stub = mocker.stub(name="stub")
    stub(Node(), then=mocker.sentinel.other)
    stub.assert_called_once_with(mocker.ANY, then=mocker.sentinel.other)

def test_chain(mocker):
    made = mocker.MagicMock(node=Node())
    made.a.b(Node()).c.side_effect = Node()
    made.a.b(made).d()

def test_dictionary(mocker):
    mocker.patch.dict(Service.limits, {"node": Node()})
    assert "node" in Service.limits

def test_stopped(mocker):
    made = mocker.patch.object(Service, "call", return_value=Node())
    Service().call(Node())
    mocker.stop(made)
    mocker.stopall()

def test_reset(mocker):
    made = mocker.patch.object(Service, "call")
    Service().call(Node())
    mocker.resetall()
    assert made.call_args is None

def test_wider(module_mocker):
    module_mocker.patch.object(Service, "call")(Node())

def test_wider_again(module_mocker):
    module_mocker.patch.object(Service, "call")(Node())

def test_own(mocker):
    node = Node()
    node.me = node
    mocker.patch.object(Service, "call")(node)
"""


def test_what_mocks_hold_counts_for_nothing(pytester: pytest.Pytester) -> None:
    ran = run(pytester, MOCKED, conftest=COUNTING)
    assert set(ran.outcomes.values()) == {"passed"}, ran.text
    assert len(ran.outcomes) == 18
    assert {each["title"] for each in ran.findings if each["origin"] == "own"} == {"test_mini.Node → .me"}
    # that a class has subclasses is known to C alone, and each mock has a class of its own
    repeated = json.loads((pytester.path / "runs.json").read_text()).keys()
    assert {name for name in repeated if not name.startswith("test_first_")} <= {"test_wider", "test_wider_again"}


NOTED = """
import functools, os, pathlib
from unittest import mock

class Node:
    pass

class Fake(mock.Mock):
    pass

FAKE, OTHER, THIRD = mock.Mock(), mock.MagicMock(), Fake()
NOTES = []

def replaced(test):
    fake = mock.Mock()

    @functools.wraps(test)
    def replacing():
        with mock.patch("os.getcwd", fake):
            test()

    return replacing

def test_call():
    FAKE(1, key=[2])

def test_call_of_a_part():
    FAKE.client.get(pathlib.Path("a"))

def test_call_of_a_subclass():
    THIRD(1)

@replaced
def test_decorated():
    os.getcwd()

def test_node():
    OTHER.save(Node())

def test_own_note():
    NOTES.append(mock.call(1))
"""


def test_what_a_mock_that_outlives_the_test_notes_of_its_calls_is_its_own(pytester: pytest.Pytester) -> None:
    ran = run(pytester, NOTED)
    assert {name for name, outcome in ran.outcomes.items() if outcome == "failed"} == {"test_node", "test_own_note"}
    assert ran.one("test_own_note")["holder"] in {"test_mini.NOTES[-1]", "test_mini.NOTES[-2]"}  # one of what two runs left
    [leak] = [each for each in ran.of("test_node") if each["origin"] == "own"]
    assert leak["title"] == "test_mini.Node"
    assert leak["cut"]["hint"] == "call test_mini.OTHER.reset_mock() in the teardown: a mock keeps what it was called with"


COVERED = {
    "app": """
        class Node:
            def __init__(self, value=None):
                self.value = value

        def choose(value):
            if value > 1:
                for number in range(value):
                    if number == 2:
                        return Node(number)
            return Node()

        def several():
            yield Node()
            yield 3

        def never():
            return 1
    """,
    "test_mini": """
        import threading
        import pytest
        from app import Node, choose, several

        KEPT = []

        def test_first_use():
            test_in_a_thread()

        @pytest.mark.parametrize("value", [1, 2, 3, 4])
        def test_branches(value):
            assert choose(value)

        def test_suspended():
            assert next(several())

        def test_excinfo():
            with pytest.raises(ZeroDivisionError) as excinfo:
                choose(1).value = 1 / 0
            assert excinfo.value

        def test_in_a_thread():
            thread = threading.Thread(target=choose, args=(7,))
            thread.start()
            thread.join()

        def test_cycle():
            node = choose(3)
            node.value = node

        def test_leak():
            KEPT.append(choose(3))

        def test_fails():
            assert choose(3) is None
    """,
}
BY_PLUGIN = ("-m", "pytest", "--cov=.", "--cov-branch", "--cov-report=")
BY_COMMAND = ("-m", "coverage", "run", "--branch", "--source=.", "-m", "pytest", "-p", "no:pytest_cov")


def covered(pytester: pytest.Pytester, *command: str) -> Any:
    """Each file's lines and branches, those that were run and those that were not, and the tests that ran a line."""
    pytester.run(sys.executable, *command, "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", timeout=60)
    pytester.run(sys.executable, "-m", "coverage", "json", "--show-contexts", "-o", "coverage.json")
    files = json.loads((pytester.path / "coverage.json").read_text())["files"]
    kinds = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
    return {
        file: {
            **{kind: of_file[kind] for kind in kinds},
            "tests": {line: sorted(names) for line, names in of_file["contexts"].items()},
        }
        for file, of_file in files.items()
    }


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
@pytest.mark.parametrize("command", [BY_PLUGIN, BY_COMMAND], ids=["pytest-cov", "coverage-run"])
def test_coverage_measures_the_same_and_counts_for_nothing(
    command: tuple[str, ...], core: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    if core == "sysmon" and sys.version_info < (3, 14):
        pytest.skip("before Python 3.14 coverage measures branches with its tracer alone")
    if core == "ctrace" and "--cov=." in command:
        command = (*command, "--cov-context=test")  # which test ran a line is known to the tracer alone
    monkeypatch.setenv("COVERAGE_CORE", core)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    pytester.makepyfile(**COVERED)
    plain = covered(pytester, *command)
    assert "app.py" in plain
    assert plain["app.py"]["missing_lines"] == [14, 17]
    pytester.makeconftest(COUNTING)
    guarded = covered(pytester, *command, "--gcguard", "--gcguard-report=json:out.json")
    del guarded["conftest.py"]
    assert guarded == plain
    found = json.loads((pytester.path / "out.json").read_text())["findings"]
    assert {each["title"] for each in found if each["origin"] == "own"} == {"app.Node → .value", "app.Node"}
    assert json.loads((pytester.path / "runs.json").read_text()).keys() <= {"test_first_use", "test_leak"}


FILTERED = """
import asyncio, contextvars, decimal, gc, importlib.util, io, itertools, linecache, logging, os, threading, time, typing
import urllib.parse, warnings, weakref
from unittest import mock
import blockbuster.blockbuster, freezegun.api, pytest

TEXTS = []
TABLE = {"texts": TEXTS}
REGISTRY = {}
REGISTERED = weakref.WeakValueDictionary()
NUMBER = contextvars.ContextVar("NUMBER")
VARIABLE = contextvars.ContextVar("VARIABLE", default=())

class Node:
    pass

class Loop(asyncio.SelectorEventLoop):
    pass

LOOP = Loop()
LOOP.call_later(1000, print)

@pytest.fixture(autouse=True)
def filtered():
    for text in ("one", "two", "three"):
        warnings.filterwarnings("ignore", text)

def test_first_use():
    test_file_names()
    test_frozen_by_decorator()
    test_methods_of_c()
    with mock.patch("os.getcwd"), mock.patch.dict("os.environ"):
        pass
    freezegun.api.remember("test_first_use")
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

def test_filters():
    warnings.simplefilter("always", ImportWarning)
    warnings.filterwarnings("error", "four")

def test_frozen_time():
    freezegun.api.remember("test_frozen_time")
    freezegun.api.remember("threading")

def test_context_of_decimal():
    with decimal.localcontext():
        assert decimal.Decimal(3)

def test_variable_that_stays_set():
    NUMBER.set(3)

def test_new_variables():
    contextvars.ContextVar("new").set(Node())

@freezegun.api._freeze_time()
def test_frozen_by_decorator():
    pass

def test_thread_that_ends_by_itself():
    threading.Thread(target=time.sleep, args=(0.02,)).start()

def test_handlers_put_back():
    logging.root.handlers = list(logging.root.handlers)

def test_file_names():
    importlib.invalidate_caches()
    importlib.util.find_spec("no_such_module")

def test_source_lines():
    linecache.clearcache()
    gc.collect()  # it lets go of a dictionary that holds nothing to be collected
    assert linecache.getlines(linecache.__file__)

def written(name, text):
    linecache.cache.setdefault(name, (len(text), None, [text], name))

def test_written_methods():
    written("<attrs generated methods tests.test_mini.Node>", "def __eq__(self, other): ...")

def test_written_methods_2():
    written("<attrs generated methods tests.test_mini.test_written_methods_2.<locals>.Node>", "def __eq__(self, other): ...")

@pytest.mark.parametrize("number", range(1, 4))
def test_written_methods_of_another_class_of_that_name(number):
    written(f"<attrs generated methods tests.test_mini.Node-{number}>", f"def method{number}(self, other): ...")

def test_leak_of_written_methods():
    written(f"<attrs generated methods tests.test_mini.Node-{len(linecache.cache)}>", "def method4(self, other): ...")

def test_leak_of_written_methods_under_the_next_free_name():
    names = (f"<attrs generated methods tests.test_mini.Node-{number}>" for number in itertools.count(4))
    written(next(name for name in names if name not in linecache.cache), "def method1(self, other): ...")

def test_addresses():
    urllib.parse.urlsplit(f"https://example.com/{time.time()}")

def test_class_that_typing_remembers():
    typing.Optional[type("Local", (Node,), {})]

def test_leak_of_references():
    VARIABLE.set((weakref.ref(type("Local", (Node,), {}), print), VARIABLE.get()))

def test_timer_that_was_cancelled():
    LOOP.call_later(2000, print).cancel()

def test_leak_of_timers():
    LOOP.call_later(2000, print)

def test_leak_of_loops_with_a_timer_that_was_cancelled():
    VARIABLE.set((Loop(), VARIABLE.get()))
    VARIABLE.get()[0].call_later(2000, print).cancel()

def test_texts():
    TEXTS.append((str(time.time()), "text"))

def test_registered_for_a_while():
    REGISTRY["node"] = Node()
    del REGISTRY["node"]

def test_registered_until_collected():
    node = Node()
    node.me = node
    REGISTERED["node"] = node

def test_leak_in_a_registry():
    REGISTRY[len(REGISTRY)] = {"node": Node()}

@mock.patch("os.getcwd")
@mock.patch("os.getpid", side_effect=ValueError("text"))
def test_patched(getpid, getcwd):
    pass

@mock.patch.dict(TABLE, {"A": "B"})
def test_patched_dictionary():
    pass

@mock.patch("os.getcwd", new=Node)
def test_leak_of_a_patched_test():
    VARIABLE.set((os.getcwd(), VARIABLE.get()))

def test_methods_of_c():
    blockbuster.blockbuster.block(io.BytesIO, "read")

def test_leak_of_functions():
    VARIABLE.set((blockbuster.blockbuster.block(io.BytesIO, "read"), VARIABLE.get()))

def test_leak_in_a_variable():
    VARIABLE.set((Node(), VARIABLE.get()))

def test_leak_in_handlers():
    logging.root.handlers = [*logging.root.handlers, logging.NullHandler()]
"""
FREEZEGUN = """
import functools

class _freeze_time:
    def __call__(self, function):
        @functools.wraps(function)
        def wrapper():
            self.reals, self.undo_changes, self.modules_at_start = {1: int}, [], {"sys"}
            function()
        return wrapper

_GLOBAL_MODULES_CACHE = {}

def remember(name):
    _GLOBAL_MODULES_CACHE[name] = (str(len(_GLOBAL_MODULES_CACHE)), [])
"""


BLOCKBUSTER = """
import gc

def block(cls, name):
    method = getattr(cls, name)
    kept, hidden = [], {name}

    def wrapper(*args):
        return method(*args), kept, hidden

    (namespace,) = gc.get_referents(cls.__dict__)
    namespace["_c_" + name] = wrapper  # as forbiddenfruit does
    return wrapper
"""


def test_what_is_undone_later_or_belongs_to_a_tool_is_not_repeated(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("freezegun").joinpath("api.py").write_text(FREEZEGUN)
    pytester.mkpydir("blockbuster").joinpath("blockbuster.py").write_text(BLOCKBUSTER)
    ran = run(pytester, FILTERED, conftest=COUNTING)
    places = ("of_a_patched_test", "of_functions", "of_references", "in_a_registry", "in_a_variable", "in_handlers")
    leaks = {f"test_leak_{name}" for name in (*places, "of_timers", "of_loops_with_a_timer_that_was_cancelled")}
    written = "test_leak_of_written_methods"
    leaks |= {"test_new_variables", written, f"{written}_under_the_next_free_name"}
    assert {name for name, outcome in ran.outcomes.items() if outcome != "passed"} == leaks, ran.text
    assert len(ran.outcomes) == 35
    assert ran.one("test_new_variables")["types"][0] == "test_mini.Node"
    assert ran.one("test_leak_in_a_variable")["types"][0] == "test_mini.Node"
    assert ran.one("test_leak_in_handlers")["types"] == ["logging.NullHandler"]
    assert "call_later() or call_at()" in ran.one("test_leak_of_timers")["cut"]["hint"]
    # up to Python 3.10 a call with keywords makes a method, which the guard's second look at the same test cannot tell
    allowed = {"test_first_use"} | ({"test_thread_that_ends_by_itself"} if sys.version_info < (3, 11) else set())
    assert json.loads((pytester.path / "runs.json").read_text()).keys() <= allowed | leaks


CACHED = """
import fnmatch, fractions, re, struct, time, urllib.parse, zoneinfo
import pytest
from xml.etree import ElementTree

KEPT = []
ZONES = sorted(zoneinfo.available_timezones())

@pytest.fixture(autouse=True)
def zones_of_each_test():
    if ZONES:
        for name in ZONES[:10]:
            zoneinfo.ZoneInfo(name)

def remember(number):
    struct.pack(f"{number}s", b"")
    urllib.parse.urlsplit(f"https://example.org/{number}", "https").port
    urllib.parse.quote("name", safe=f"/{chr(number)}")
    re.sub("(a)", rf"{number}\\1", "abc")
    fnmatch.fnmatchcase("name", f"*{number}")
    time.strptime(f"{number} 2030", f"{number} %Y")
    ElementTree.XML("<a><b/></a>").findall(f"./b[{number}]")
    hash(fractions.Fraction(number, 7))
    if ZONES:
        zoneinfo.ZoneInfo(ZONES[number])

def test_first_use():
    remember(40)

@pytest.mark.parametrize("number", range(41, 45))
def test_cached(number):
    remember(number)

def test_leak():
    KEPT.append(struct.Struct("45s"))
    KEPT.append(urllib.parse.urlsplit(f"https://example.org/{len(KEPT)}"))
    urllib.parse.urlsplit.cache_clear() if hasattr(urllib.parse.urlsplit, "cache_clear") else urllib.parse.clear_cache()
"""


def test_what_the_standard_library_remembers_is_not_repeated(pytester: pytest.Pytester) -> None:
    ran = run(pytester, CACHED, conftest=COUNTING)
    assert len(ran.outcomes) == 6
    assert {name for name, outcome in ran.outcomes.items() if outcome != "passed"} == {"test_leak"}, ran.text
    assert {each["title"] for each in ran.findings} == {"_struct.Struct", "urllib.parse.SplitResult"}
    assert json.loads((pytester.path / "runs.json").read_text()).keys() <= {"test_first_use", "test_leak"}


CURSORS = """
import sqlite3
import pytest

class Connection(sqlite3.Connection): ...

DB = sqlite3.connect(":memory:", factory=Connection)
OTHER = sqlite3.connect(":memory:")
DB.kept = []

@pytest.mark.parametrize("number", range(6))
def test_query(number):
    assert DB.execute("select 1").fetchone() == OTHER.execute("select 1").fetchone()

def test_many():
    for number in range(300):
        DB.execute("select 1").fetchone()

@pytest.mark.parametrize("number", range(6))
def test_later(number):
    assert DB.execute("select 1").fetchone() == OTHER.execute("select 1").fetchone()

def test_leak():
    DB.kept.append(DB.execute("select 1"))

def test_last():
    OTHER.close()
"""


def test_cursors_of_an_older_connection_are_repeated_until_its_list_is_known(pytester: pytest.Pytester) -> None:
    ran = run(pytester, CURSORS, conftest=COUNTING)
    assert {name for name, outcome in ran.outcomes.items() if outcome != "passed"} == {"test_leak"}, ran.text
    assert len(ran.outcomes) == 15
    assert ran.one("test_leak")["types"][0] == "sqlite3.Cursor"
    repeated = json.loads((pytester.path / "runs.json").read_text()).keys()
    assert repeated <= {"test_query[0]", "test_many", "test_later[0]", "test_leak", "test_last"}


CONNECTIONS = """
import sqlite3

class Base:
    @classmethod
    def setup_class(cls):
        cls.db = sqlite3.connect(":memory:")

    def test_first(self):
        self.db.execute("select 1").fetchone()

    def test_second(self):
        self.db.execute("select 2").fetchone()

class TestA(Base): ...
class TestB(Base): ...
class TestC(Base): ...
class TestD(Base): ...
"""
SEARCHES = """
from pytest_gcguard.core import diagnosis

DONE = []
explained = diagnosis._explained

def counted(*arguments, **named):
    DONE.append("")
    return explained(*arguments, **named)

diagnosis._explained = counted

def pytest_unconfigure(config):
    (config.rootpath / "searches.txt").write_text(str(len(DONE)))
"""


def test_cursors_of_the_next_connection_are_no_leak_without_a_search(pytester: pytest.Pytester) -> None:
    ran = run(pytester, CONNECTIONS, "-p", "no:randomly", conftest=SEARCHES)
    assert set(ran.outcomes.values()) == {"passed"}, ran.text
    assert len(ran.outcomes) == 8
    # the first time; from Python 3.15 on a connection remembers no cursors
    assert int((pytester.path / "searches.txt").read_text()) == (1 if sys.version_info < (3, 15) else 0)


VIEWED = """
import weakref
import pytest

class Node:
    pass

class Table:
    def __init__(self, views):
        self.views = views
        self.shown = {"views": [views]}

SHARED = []
KEPT = []

@pytest.mark.parametrize("table", [Table([]) for _ in range(12)])
def test_view(table):
    table.views.append(weakref.ref(Node()))

@pytest.mark.parametrize("table", [Table(SHARED)])
def test_leak_in_a_list_of_the_module(table):
    table.views.append(Node())

@pytest.mark.parametrize("table", [Table([])])
def test_leak(table):
    table.views.append(weakref.ref(Node()))
    KEPT.append(Node())
"""


def test_tests_that_add_to_their_parameters_are_told_a_few_times_and_not_repeated_after_that(
    pytester: pytest.Pytester,
) -> None:
    ran = run(pytester, VIEWED, conftest=COUNTING)
    leaks = {"test_leak_in_a_list_of_the_module[table0]", "test_leak[table0]"}
    assert {name for name, outcome in ran.outcomes.items() if outcome != "passed"} == leaks, ran.text
    assert len(ran.outcomes) == 14
    views = {f"test_view[table{number}]" for number in range(12)}
    repeated = json.loads((pytester.path / "runs.json").read_text()).keys()
    assert leaks <= repeated
    assert len(views & repeated) == 8
    told = {told[:2] for name in views for told in ran.told(name)}
    assert told == {("GCG003", "harness")}


STATEMENTS = """
import gc, itertools, sqlite3, weakref
import pytest

class Connection(sqlite3.Connection): ...

CONNECTION = sqlite3.connect(":memory:", factory=Connection)
NUMBERS = itertools.count()
KEPT = []

class Statement:
    pass

@pytest.mark.parametrize("number", range(6))
def test_statement(number):
    CONNECTION.execute(f"SELECT {next(NUMBERS)}").fetchall()

def test_leak():
    CONNECTION.execute(f"SELECT {next(NUMBERS)}").fetchall()
    KEPT.append(Statement())

@pytest.mark.gcguard(freeze=False)
def test_the_connection_is_not_held():
    global CONNECTION
    gone = weakref.ref(CONNECTION)
    del CONNECTION
    gc.collect()
    assert gone() is None
"""


@pytest.mark.skipif(sys.version_info < (3, 11), reason="up to Python 3.10 the cache of statements is a type of its own")
def test_the_statements_that_a_connection_remembers_are_repeated_until_its_cache_is_known(pytester: pytest.Pytester) -> None:
    ran = run(pytester, STATEMENTS, conftest=COUNTING)
    assert {name for name, outcome in ran.outcomes.items() if outcome != "passed"} == {"test_leak"}, ran.text
    assert ran.one("test_leak")["types"] == ["test_mini.Statement"]
    assert len(ran.outcomes) == 8
    repeated = json.loads((pytester.path / "runs.json").read_text()).keys()
    assert repeated <= {"test_statement[0]", "test_statement[1]", "test_leak"}


NOTES = """
import collections
import pytest

class Noted: ...

class Notes:
    def __init__(self):
        self.by_kind = collections.defaultdict(list)
        self.in_order = collections.OrderedDict(good=[])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        self.by_kind["good"].append(Noted())
        self.in_order["good"].append(Noted())
        return (yield)

def pytest_configure(config):
    config.pluginmanager.register(Notes())
"""


def test_what_a_plugin_of_the_project_notes_of_tests_by_kind_is_no_leak(pytester: pytest.Pytester) -> None:
    ran = run(pytester, "def test_first(): ...\ndef test_second(): ...\ndef test_third(): ...", conftest=NOTES)
    assert ran.outcomes == dict.fromkeys(("test_first", "test_second", "test_third"), "passed"), ran.text
    assert not ran.findings


LOOPS = """
import asyncio

class Thing: ...

KEPT = []

def new_loop():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop

def test_first():
    new_loop().close()

def test_of_the_loop():
    loop = new_loop()
    loop.thing = Thing()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

def test_open():
    loop = new_loop()
    loop.thing = Thing()
    loop.call_later(3600, print, Thing())

def test_leak():
    loop = new_loop()
    loop.thing = Thing()
    KEPT.append(loop.thing)
    loop.close()

def test_leak_of_a_callback():
    loop = new_loop()
    loop.call_later(3600, KEPT.append, Thing())
    KEPT.append(loop._scheduled[0]._args[0])
"""


def test_what_something_else_holds_too_is_not_explained_by_the_current_loop(pytester: pytest.Pytester) -> None:
    ran = run(pytester, LOOPS, conftest=COUNTING)
    leaking = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert leaking == {"test_leak", "test_leak_of_a_callback"}, ran.text
    assert len(ran.outcomes) == 5
    assert all(ran.one(name)["holder"] == "test_mini.KEPT[-1]" for name in leaking)
    assert json.loads((pytester.path / "runs.json").read_text()).keys() <= {*leaking, "test_first"}


RUNNER = '''
import asyncio

class Runner:
    """The part of anyio's runner that lasts from test to test: a task that waits for the next call."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self._runner_task = None

    async def _run(self):
        while True:
            coro, future = await self._next()
            retval = await coro
            future.set_result(retval)

    async def _next(self):
        while not self.calls:
            self.waiter = asyncio.Event()
            await self.waiter.wait()
        return self.calls.pop()

    def call(self, coro):
        if self._runner_task is None:
            self.calls = []
            self._runner_task = self.loop.create_task(self._run())
            self.loop.run_until_complete(asyncio.sleep(0))
        future = self.loop.create_future()
        self.calls.append((coro, future))
        self.waiter.set()
        del self.waiter
        return self.loop.run_until_complete(future)

_current_runner = Runner()
'''
RUN_IN_TASK = """
import asyncio
from anyio import pytest_plugin

class Thing: ...

KEPT = []

async def passes():
    await asyncio.sleep(0)

async def returns():
    return Thing()

async def leaks():
    KEPT.append(Thing())

def test_first():
    pytest_plugin._current_runner.call(passes())

def test_second():
    pytest_plugin._current_runner.call(passes())

def test_value():
    pytest_plugin._current_runner.call(returns())

def test_leak_of_a_value():
    KEPT.append(pytest_plugin._current_runner.call(returns()))

def test_leak():
    pytest_plugin._current_runner.call(leaks())
"""


def test_what_the_task_that_runs_the_tests_awaits_is_not_repeated(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("anyio").joinpath("pytest_plugin.py").write_text(RUNNER)
    ran = run(pytester, RUN_IN_TASK, conftest=COUNTING)
    leaking = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert leaking == {"test_leak", "test_leak_of_a_value"}, ran.text
    assert len(ran.outcomes) == 5
    repeated = json.loads((pytester.path / "runs.json").read_text()).keys()
    assert repeated <= {*leaking, "test_first", "test_value"}
