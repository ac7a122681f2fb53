"""Findings are charged to whom they belong: to the fixture that left them, or to nobody."""

from __future__ import annotations

import pytest
from mini import run

CONFTEST = """
    import pytest
    class Db: ...
    @pytest.fixture(scope="session")
    def db():
        d = Db(); d.me = d
        yield d
    class Late: ...
    @pytest.fixture(scope="module")
    def late():
        yield
        l = Late(); l.me = l
    class Held: ...
    @pytest.fixture(scope="module")
    def holds():
        return []
    class Inner: ...
    @pytest.fixture(scope="module")
    def inner():
        i = Inner(); i.me = i
        return i
    class Outer: ...
    @pytest.fixture(scope="module")
    def outer(request):
        request.getfixturevalue("inner")
        o = Outer(); o.me = o
        return o
    class Par: ...
    @pytest.fixture(scope="module", params=[1,2])
    def par(request):
        o = Par(); o.me = o
        return o
    class Spare: ...
    @pytest.fixture(scope="module")
    def pool():
        return [Spare() for _ in range(50)]
"""

SOURCE = """
    import unittest, pytest
    from conftest import Held, Spare
    class Mod: ...
    class Cls: ...
    class Xcls: ...
    def setup_module():
        global M
        M = Mod(); M.me = M
    def teardown_module():
        global M
        del M
    class TestX:
        @classmethod
        def setup_class(cls):
            cls.x = Xcls(); cls.x.me = cls.x
        @classmethod
        def teardown_class(cls):
            del cls.x
        def test_x(self): ...
        def test_y(self): ...
    class TestCase(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.x = Cls(); cls.x.me = cls.x
        @classmethod
        def tearDownClass(cls):
            del cls.x
        def test_x(self): ...
    def test_db(db): ...
    def test_late(late): ...
    def test_holds(holds):
        h = Held(); h.me = h
        holds.append(h)
    def test_outer(outer): ...
    def test_par(par): ...
    def test_mid(request):
        request.getfixturevalue("db")
    def test_pool(pool):
        pool.clear()
        for _ in range(50):
            s = Spare(); s.me = s
"""

NOBODYS = """
    class Local: ...
    def setup_module():
        l = Local(); l.me = l
    def test_one(): ...
    def test_two(): ...
    import pytest
    class Bad: ...
    KEEP=[]
    def test_fail():
        b = Bad(); b.me = b
        KEEP.append(Bad())
        assert 0
    def test_after(): ...
    def test_skip():
        b = Bad(); b.me = b
        KEEP.append(Bad())
        pytest.skip("x")
    def test_after2(): ...
    @pytest.mark.xfail
    def test_xfail():
        b = Bad(); b.me = b
        KEEP.append(Bad())
        assert 0
    def test_after3(): ...
"""

FIXTURES = {
    "conftest.Db": ("conftest.py::db (session fixture)", "db", "session"),
    "conftest.Late": ("conftest.py::late (module fixture)", "late", "module"),
    "conftest.Inner": ("conftest.py::inner (module fixture)", "inner", "module"),
    "conftest.Outer": ("conftest.py::outer (module fixture)", "outer", "module"),
    "conftest.Par": ("conftest.py::par (module fixture)", "par", "module"),
    "test_mini.Mod": ("test_mini.py::setup_module (module fixture)", "setup_module", "module"),
    "test_mini.Xcls": ("test_mini.py::TestX::setup_class (class fixture)", "setup_class", "class"),
    "test_mini.Cls": ("test_mini.py::TestCase::setUpClass (class fixture)", "setUpClass", "class"),
    "test_six.Local": ("test_six.py::setup_module (module fixture)", "setup_module", "module"),
}


LOOKS = """
    from pytest_gcguard.session.scopes import charged
    charged._SHARE = {share}
"""


@pytest.mark.parametrize("share", [1e9, -1.0], ids=["at the end of each scope", "at the end of the run"])
def test_what_a_wider_fixture_leaves_is_told_under_its_name(pytester: pytest.Pytester, share: float) -> None:
    pytester.makepyfile(test_six=NOBODYS)
    conftest = LOOKS.format(share=share) + CONFTEST
    seen = run(pytester, SOURCE, "--gcguard-fail-on=cycle,leak,uncollectable", conftest=conftest)
    pool = seen.one("test_pool")
    told = {
        each["types"][0]: [(test["nodeid"], each["fixture"]["name"], each["fixture"]["scope"]) for test in each["tests"]]
        for each in seen.findings
        if each["origin"] == "own" and each is not pool
    }
    assert told == {name: [fixture] for name, fixture in FIXTURES.items()}
    # what a failed, skipped or expected to fail test holds is nobody's
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == {"test_fail", "test_pool"}
    # what a test makes is its own, also at the place of what a fixture had made
    assert [(test["nodeid"], test["objects"]) for test in pool["tests"]] == [("test_mini.py::test_pool", 50)]
    assert "left by fixture 'db' (session scope)" in seen.text


SET_UP = """
    import sys, types
    import pytest

    class App:
        def __init__(self):
            self.log = []

    class Item: ...

    @pytest.fixture(scope="session", autouse=True)
    def app():
        sys.modules["shop"].APP = App()

    @pytest.fixture
    def early(request):
        kept = [Item()]
        return request.getfixturevalue("late") + kept

    @pytest.fixture(scope="module")
    def late():
        return [object() for _ in range(100)]

    def test_first():
        sys.modules["shop"].APP.log.append(Item())

    def test_second():
        sys.modules["shop"].APP.log.append(Item())

    def test_early(early):
        sys.modules["shop"].APP.log.append(early[-1])

    def test_in_its_call(request):
        item = Item()
        request.getfixturevalue("in_call")
        sys.modules["shop"].APP.log.append(item)

    @pytest.fixture(scope="module")
    def in_call():
        return [object() for _ in range(100)]
"""


def test_what_a_test_adds_to_what_a_fixture_has_set_up_for_it_is_its_own(pytester: pytest.Pytester) -> None:
    conftest = """
        import sys, types
        sys.modules["shop"] = types.ModuleType("shop")
    """
    seen = run(pytester, SET_UP, conftest=conftest)
    assert set(seen.outcomes.values()) == {"failed"}, seen.text
    leak = seen.one("test_first")
    assert {test["nodeid"].partition("::")[2] for test in leak["tests"]} == seen.outcomes.keys()
    assert leak["holder"] == "shop.APP.log[-1]"


INSTANCES = """
    import unittest
    import pytest

    KEPT = []

    class TestCase(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.numbers = [1]

        def test_first(self):
            KEPT.append(self)

        def test_second(self):
            KEPT.append(self)

    class TestPlain:
        @classmethod
        def setup_class(cls):
            cls.numbers = [1]

        def test_first(self):
            KEPT.append(self)

        def test_second(self):
            KEPT.append(self)

    class TestCycle:
        @pytest.fixture(scope="class", autouse=True)
        @classmethod
        def numbers(cls):
            return [1]

        def test_first(self):
            self.me = self

        def test_second(self):
            self.me = self
"""


def test_the_instance_of_the_first_test_of_a_class_is_no_part_of_the_set_up(pytester: pytest.Pytester) -> None:
    seen = run(pytester, INSTANCES, "--gcguard-fail-on=cycle,leak")
    assert set(seen.outcomes.values()) == {"failed"}, seen.text
    assert [(each["title"], len(each["tests"])) for each in seen.findings] == [
        ("test_mini.TestCase", 2),
        ("test_mini.TestPlain", 2),
        ("test_mini.TestCycle \u2192 .me", 2),
    ]


COUNTS = """
    import gc
    import pytest

    FULL = []

    def count(phase, info):
        if phase == "start" and info["generation"] == 2 and gc.get_freeze_count() < 2000:  # of the thawed heap
            FULL.append(phase)

    def pytest_runtestloop():
        gc.callbacks.append(count)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish():
        gc.callbacks.remove(count)
        print("full collections:", len(FULL))
"""

QUIET = """
    import unittest
    import pytest

    class TestCaseOne(unittest.TestCase):
        def test_nothing(self): ...

    class TestCaseTwo(unittest.TestCase):
        def test_nothing(self): ...

    @pytest.fixture(scope="class")
    def number(request):
        request.cls.number = 3
        return 4

    class TestNumber:
        def test_number(self, number):
            assert number == self.number + 1

    class TestOther(TestNumber): ...

    @pytest.fixture(scope="class")
    def box(request):
        request.cls.box = []
"""

MAKES = """
    class TestBox:
        def test_box(self, box): ...
"""


@pytest.mark.parametrize(("suite", "number"), [(QUIET, 0), (QUIET + MAKES, 2)], ids=["none", "one"])
def test_the_heap_is_collected_only_where_a_fixture_ends_that_made_something(
    pytester: pytest.Pytester, suite: str, number: int
) -> None:
    seen = run(pytester, suite, "-s", conftest=COUNTS)
    assert set(seen.outcomes.values()) == {"passed"}
    assert f"full collections: {number}\n" in seen.text  # one looks, the other frees what it found


def test_what_a_marker_or_a_decorator_gave_a_test_fails_no_test(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
        import os
        from unittest import mock
        import pytest

        class Node: ...

        KEPT = []
        PATCHERS = []
        ERROR = ValueError("for all tests")

        def fails():
            node = Node()
            with pytest.raises(ValueError):
                os.getcwd()

        @mock.patch("os.getcwd", side_effect=ValueError("for this test"))
        def test_decorator(getcwd):
            fails()

        @mock.patch.dict("os.environ", {"A": "B"})
        @mock.patch("os.getcwd", side_effect=ValueError("for this test"))
        def test_decorators(getcwd):
            fails()

        @pytest.mark.parametrize("error", [ValueError("for this test")])
        def test_parameter(error):
            with mock.patch("os.getcwd", side_effect=error):
                fails()

        @pytest.mark.parametrize("kept", [[]])
        class TestClass:
            def test_parameter_of_class(self, kept):
                kept.append(Node())

        @mock.patch("os.getcwd", side_effect=ValueError("for this test"))
        def test_leak_beside(getcwd):
            fails()
            KEPT.append(Node())

        def test_leak_by_way_of_a_patcher():
            PATCHERS.append(mock.patch("os.getcwd", Node()))

        def test_leak_in_an_error_of_the_module():
            with mock.patch("os.getcwd", side_effect=ERROR):
                fails()
        """,
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {
        "test_leak_beside",
        "test_leak_by_way_of_a_patcher",
        "test_leak_in_an_error_of_the_module",
    }, ran.text
    assert len(ran.outcomes) == 7
    for name in ("test_decorator", "test_decorators", "test_parameter[error0]", "TestClass::test_parameter_of_class[kept0]"):
        assert {told for told in ran.told(name) if told[0] == "GCG003"} == {("GCG003", "harness", "reported")}, name


SERVERS = """
import unittest
import pytest

class Request: ...

class Server:
    def __init__(self):
        self.requests = []

    def ask(self):
        self.requests.append(Request())

SERVER = None
SERVER_OF_ALL = Server()

def setup_module():
    global SERVER
    SERVER = Server()

def teardown_module():
    global SERVER
    SERVER = None

def test_global_of_setup_module():
    SERVER.ask()

def test_leak_in_global():
    SERVER_OF_ALL.ask()

class TestX:
    server_of_all = Server()

    @classmethod
    def setup_class(cls):
        cls.server = Server()

    @classmethod
    def teardown_class(cls):
        del cls.server

    def test_attribute_of_setup_class(self):
        self.server.ask()

    def test_attribute_of_setup_class_later(self):
        self.server.ask()

    def test_leak_in_class(self):
        self.server_of_all.ask()

class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

class TestCase(Base):
    def test_attribute_of_test_case(self):
        self.server.ask()

    def test_attribute_of_test_case_later(self):
        self.server.ask()

@pytest.fixture(scope="class")
def own(request):
    request.cls.server = Server()
    yield
    del request.cls.server

@pytest.mark.usefixtures("own")
class TestY:
    def test_attribute_of_fixture(self):
        self.server.ask()

    def test_attribute_of_fixture_later(self):
        self.server.ask()
"""


def test_what_hangs_from_an_attribute_that_a_wider_fixture_set_is_no_leak(pytester: pytest.Pytester) -> None:
    ran = run(pytester, SERVERS)
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert {name.rpartition(":")[2] for name in failed} == {"test_leak_in_global", "test_leak_in_class"}, ran.text
    assert len(ran.outcomes) == 9
