"""What the harness holds of a test: fixture values, exceptions, log records, warnings, captured output, patches, reports."""

import asyncio
import enum
import logging
import sys
import unittest
import warnings
from collections import namedtuple
from typing import NamedTuple, Protocol, TypedDict
from unittest import mock

import pytest
from app import holdings

LOGGER = logging.getLogger("app.holdings")

# --- fixtures ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def thing():
    return holdings.Thing("fixture")


@pytest.fixture
def ended():
    made = holdings.Thing("ended")
    yield made
    made.parts.append(holdings.Thing("more"))


@pytest.fixture
def finalized(request):
    made = holdings.Thing("finalized")
    request.addfinalizer(lambda: made.parts.clear())
    return made


@pytest.fixture(scope="class")
def of_class():
    return holdings.Thing("class")


@pytest.fixture(scope="module")
def of_module():
    return holdings.Thing("module")


@pytest.fixture(scope="session")
def of_session():
    made = holdings.Thing("session")
    yield made
    made.parts.clear()


@pytest.fixture(autouse=True)
def by_itself():
    yield holdings.Thing("by itself")


@pytest.fixture(params=[holdings.Thing("one"), holdings.Thing("two")], ids=["one", "two"])
def one_of(request):
    return holdings.Thing(request.param.name)


def test_leaky_fixture_value(thing):
    holdings.KEPT.append(thing)


def test_tidy_fixture_value(thing):
    holdings.KEPT.append(thing)
    holdings.KEPT.remove(thing)


def test_lookalike_fixture_value(thing):
    """The value of a fixture is kept by pytest until the test has been torn down."""
    thing.parts.append(holdings.Thing("part"))


def test_benign_fixture_with_end(ended, finalized):
    """Fixtures with something to do at their end keep what they made until then."""
    assert ended.name == "ended"
    assert finalized.name == "finalized"


def test_benign_fixtures_of_wider_scopes(of_class, of_module, of_session):
    """Values of wider scopes stay for the tests to come."""
    assert {of_class.name, of_module.name, of_session.name} == {"class", "module", "session"}


def test_benign_fixture_asked_for(request):
    """A fixture is asked for by name."""
    assert request.getfixturevalue("thing").name == "fixture"


def test_benign_fixture_with_params(one_of):
    """The values of parameters are kept with the test."""
    assert one_of.name in ("one", "two")


@pytest.mark.parametrize("value", [holdings.Thing("one"), holdings.Thing("two")], ids=["one", "two"])
def test_benign_params(value):
    """A test's parameters are objects of the project."""
    assert value.name in ("one", "two")


@pytest.fixture(scope="module")
def history():
    return []


def test_benign_value_in_fixture_replaced(history):
    """A wider fixture keeps the last thing that it was given."""
    history[:] = [holdings.Thing("last")]


# --- exceptions -------------------------------------------------------------------------------------------------------------


def test_leaky_excinfo():
    with pytest.raises(LookupError) as excinfo:
        holdings.Thing("pears").fail()
    holdings.KEPT.append(excinfo.value)


def test_tidy_excinfo():
    with pytest.raises(LookupError) as excinfo:
        holdings.Thing("pears").fail()
    holdings.KEPT.append(excinfo.value)
    holdings.KEPT.remove(excinfo.value)


def test_lookalike_excinfo():
    """``excinfo`` in a local variable is held by the frame that its traceback leads to."""
    thing = holdings.Thing("pears")
    with pytest.raises(LookupError) as excinfo:
        thing.fail()
    assert "pears" in str(excinfo.value)
    assert excinfo.traceback


def test_benign_excinfo_of_fixture(ended):
    """The same with an argument that a fixture gave."""
    with pytest.raises(LookupError, match="ended") as excinfo:
        ended.fail()
    assert excinfo.match("ended")
    assert excinfo.exconly()


@pytest.mark.xfail(reason="to see what is kept of a failure", strict=True)
def test_benign_failure():
    """A failed test: what it holds is nobody's leak, and not the next test's."""
    thing = holdings.Thing("failed")
    assert thing.parts


def test_benign_after_failure():
    """The test after it; the last traceback goes when there is another, or none."""
    assert holdings.Thing().parts == []


def test_benign_skip():
    """A test that is skipped in the middle."""
    holdings.Thing("skipped").parts.append(holdings.Thing())
    pytest.skip("half way")


def test_benign_last_traceback():
    """``sys.last_value`` is set, as by an interactive session, to the last error."""
    try:
        holdings.Thing("last").fail()
    except LookupError as error:
        sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    assert sys.last_value.args == ("last",)


# --- logs, warnings, output -------------------------------------------------------------------------------------------------


def test_leaky_log_record(caplog):
    LOGGER.warning("made %s", holdings.Thing("logged"))
    holdings.KEPT.extend(caplog.records)


def test_tidy_log_record(caplog):
    LOGGER.warning("made %s", holdings.Thing("logged"))
    assert len(caplog.records) == 1


def test_lookalike_log_record(caplog):
    """Records and their arguments are kept until the report is made; with an exception, also its traceback."""
    with caplog.at_level(logging.INFO, logger="app.holdings"):
        try:
            holdings.Thing("pears").fail()
        except LookupError:
            LOGGER.exception("failed with %s", holdings.Thing("logged"))
    assert caplog.records[0].exc_info


def test_benign_recorded_warnings(recwarn):
    """Recorded warnings keep their sources."""
    holdings.Thing("warned").warn()
    assert len(recwarn) == 1


def test_benign_expected_warning():
    """The same, expected."""
    with pytest.warns(ResourceWarning, match="going away") as record:
        holdings.Thing("warned").warn()
    assert record[0].source.name == "warned"


def test_benign_uncaught_warning():
    """The same, for the summary of warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("only so", UserWarning, source=holdings.Thing("warned"))


def test_benign_captured_output(capsys):
    """Captured output, read and not read."""
    print("read", holdings.Thing().name)
    assert capsys.readouterr().out == "read \n"
    print("not read" * 100)


def test_benign_captured_files(capfdbinary):
    """The same at the level of files."""
    sys.stdout.write("read")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == b"read"


# --- patches and folders ----------------------------------------------------------------------------------------------------


def test_benign_monkeypatch(monkeypatch):
    """What was there before a patch is kept for its end, and what was put there is not."""
    monkeypatch.setattr(holdings, "Store", holdings.Thing)
    monkeypatch.setitem(sys.modules, "app.nothing", holdings.Thing("module"))
    monkeypatch.setenv("APP_NAME", "patched")
    monkeypatch.setattr(holdings, "made", holdings.Thing("new"), raising=False)
    assert holdings.made.name == "new"


def test_benign_tmp_path(tmp_path):
    """A folder, with a module in it that is run."""
    file = tmp_path / "script.py"
    file.write_text("class Made: pass\nmade = [Made()]")
    names = {"__name__": "script"}
    exec(compile(file.read_text(), str(file), "exec"), names)
    assert len(names["made"]) == 1


def test_benign_mock():
    """Mocks refer to each other in every direction."""
    store = mock.MagicMock(spec=holdings.Store)
    store.fetch.return_value = holdings.Thing("mocked")
    assert store.fetch(holdings.Thing("argument")).name == "mocked"
    store.fetch.assert_called_once()


def test_benign_mock_side_effect():
    """A mock does what a function of the test does."""
    calls = []

    def fetch(*arguments):
        calls.append(arguments)
        return holdings.Thing("side effect")

    store = mock.Mock(side_effect=fetch, wraps=holdings.Store())
    assert store(holdings.Thing("argument")).name == "side effect"


def test_benign_mock_patch():
    """A patch by mock, automatically specified."""
    with mock.patch.object(holdings.Store, "fetch", autospec=True) as fetch:
        fetch.return_value = holdings.Thing("patched")
        assert holdings.Store().fetch().name == "patched"


def test_benign_async_mock():
    """A mock that is awaited."""
    store = mock.AsyncMock(spec=holdings.Store)
    store.fetch_slowly.return_value = holdings.Thing("awaited")
    assert asyncio.run(store.fetch_slowly()).name == "awaited"


# --- reports ----------------------------------------------------------------------------------------------------------------


def test_benign_reported_properties(record_property, record_testsuite_property):
    """What is told to the report is kept by it."""
    record_property("thing", holdings.Thing("told"))
    record_testsuite_property("name", "patterns")


def test_benign_cache_of_pytest(request):
    """pytest's stash and its configuration hold what plugins put there for a test."""
    request.node.stash[pytest.StashKey()] = holdings.Thing("stashed")
    request.node.user_properties.append(("thing", holdings.Thing("property")))


# --- classes of tests -------------------------------------------------------------------------------------------------------


class TestBenignInstance:
    """A test's instance holds what ``setup_method`` made."""

    def setup_method(self):
        self.thing = holdings.Thing("set up")
        self.thing.parts.append(self)

    def test_benign_instance(self):
        """What the instance of a test class holds, in a cycle with it even, goes with the instance."""
        self.thing.parts.clear()
        self.more = holdings.Thing("more")


class BenignCase(unittest.TestCase):
    """unittest keeps its instances, what they hold, and what they are to clean up."""

    @classmethod
    def setUpClass(cls):
        cls.shared = holdings.Thing("shared")

    def setUp(self):
        self.thing = holdings.Thing("set up")
        self.addCleanup(self.thing.parts.clear)

    def test_benign_test_case(self):
        """A test of unittest's, with attributes and a cleanup."""
        self.more = [holdings.Thing("more"), self.shared]
        with self.assertRaises(LookupError) as caught:
            self.thing.fail()
        self.assertEqual(caught.exception.args, ("set up",))

    def test_benign_sub_tests(self):
        """A test of unittest's with parts, and with logs."""
        for name in ("one", "two"):
            with self.subTest(name=name):
                self.assertEqual(holdings.Thing(name).name, name)
        with self.assertLogs("app.holdings") as logs:
            LOGGER.warning("made %s", holdings.Thing("logged"))
        self.assertEqual(len(logs.records), 1)


class BenignAsyncCase(unittest.IsolatedAsyncioTestCase):
    """The same with a loop."""

    async def asyncSetUp(self):
        self.thing = await holdings.Store().fetch_slowly()

    async def test_benign_async_test_case(self):
        """A test of unittest's that is a coroutine."""
        self.task = asyncio.create_task(asyncio.sleep(0))
        await self.task
        self.assertEqual(self.thing.name, "fetched slowly")


# --- definitions ------------------------------------------------------------------------------------------------------------


def test_benign_classes():
    """Classes, enumerations, named tuples and protocols are defined in the test: each is a cycle by its nature."""

    class Plain:
        def __repr__(self):
            return super().__repr__()

    class Color(enum.Enum):
        RED = 1

    class Level(enum.IntFlag):
        LOW = 1
        HIGH = 2

    class Pair(NamedTuple):
        first: int
        second: str = ""

    class Movie(TypedDict):
        title: str

    class Closable(Protocol):
        def close(self) -> None: ...

    point = namedtuple("point", "x y")  # noqa: PYI024
    assert Pair(1) == (1, "")
    assert point(1, 2).x == 1
    assert Color.RED.name == "RED"
    assert Level.LOW | Level.HIGH == 3
    assert repr(Plain()).startswith("<")
    assert Movie(title="a")["title"] == "a"
    assert not issubclass(Plain, Color)
