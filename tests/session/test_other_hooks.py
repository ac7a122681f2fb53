"""What other people's hooks are told of a guarded test is what pytest tells them, whatever the guard does meanwhile."""

from __future__ import annotations

import re
import textwrap

import pytest
from mini import again, run

CLASSES = """
    KEPT = []

    class Thing: ...

    class TestOne:
        def test_first(self): ...
        def test_leaks(self): KEPT.append(Thing())

    class TestTwo:
        def test_skipped(self): raise AssertionError("the class is not set up here")

    def test_last(): KEPT.append(Thing())
"""


def test_hooks_are_told_of_the_test_that_is_next(pytester: pytest.Pytester) -> None:
    conftest = """
        def pytest_runtest_teardown(item, nextitem):
            with open("log.txt", "a") as log:
                print(item.name, "then", nextitem and nextitem.name, file=log)
    """
    run(pytester, CLASSES, "--deselect", "test_mini.py::TestTwo", conftest=conftest, guard=False)
    path = pytester.path / "log.txt"
    plain = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    guarded = again(pytester, "--deselect", "test_mini.py::TestTwo")
    assert guarded.outcomes == {"TestOne::test_first": "passed", "TestOne::test_leaks": "failed", "test_last": "failed"}
    told = path.read_text(encoding="utf-8").splitlines()
    assert (
        list(dict.fromkeys(told))
        == plain
        == ["test_first then test_leaks", "test_leaks then test_last", "test_last then None"]
    )
    assert told.count("test_last then None") >= 3, "a repeat is told the same"


def test_who_knows_the_end_of_a_class_by_the_next_test_sees_it_after_repeats_too(pytester: pytest.Pytester) -> None:
    conftest = """
        import pytest

        current = None

        def pytest_runtest_setup(item):
            global current
            if current is None:
                if item.cls is not None and item.cls.__name__ == "TestTwo":
                    pytest.skip("not here")
                current = item.cls

        def pytest_runtest_teardown(item, nextitem):
            global current
            if nextitem is None or getattr(nextitem, "cls", None) is not current:
                current = None
    """
    plain = run(pytester, CLASSES, conftest=conftest, guard=False)
    guarded = again(pytester)
    assert "3 passed, 1 skipped" in plain.text
    assert "2 failed, 1 passed, 1 skipped" in guarded.text
    assert guarded.outcomes["TestOne::test_leaks"] == guarded.outcomes["test_last"] == "failed"


READS_FIXTURES = """
    import pytest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        if report.failed and "tmp_path" in item.fixturenames:
            print("SEEN", report.when, item.funcargs{read})
        return report
"""
NEEDS_A_PLACE = """
    import pytest

    KEPT = []

    class Thing: ...

    def test_leaks(tmp_path):
        KEPT.append(Thing())

    @pytest.mark.xfail
    def test_expected(tmp_path):
        KEPT.append(Thing())

    @pytest.fixture(scope="module")
    def breaks():
        yield
        raise OSError("in the teardown of the module")

    def test_of_the_module(breaks, tmp_path): ...
"""


@pytest.mark.parametrize("read", ['.get("tmp_path")', '["tmp_path"]'], ids=["asks for it", "relies on it"])
def test_a_hook_that_reads_fixtures_costs_no_verdict(pytester: pytest.Pytester, read: str) -> None:
    seen = run(pytester, NEEDS_A_PLACE, "-W", "error", conftest=READS_FIXTURES.format(read=read))
    assert "the guard itself failed" not in seen.text
    assert seen.outcomes == {
        "test_leaks": "failed",
        "test_expected": "xfail",
        "test_of_the_module": "passed, error",
    }
    assert seen.one("test_leaks")["title"] == "test_mini.Thing"
    assert ("SEEN call None" in seen.text) is (read == '.get("tmp_path")')


PYFAKEFS = """
import builtins, io, os, sys

class Patcher:
    RUNTIME_SKIPMODULES = {"pydevd": ["pydevd"]}

class Missing:
    def __getattr__(self, name):
        OPENED.append(name)
        raise FileNotFoundError(name)

OPENED = []

def missing(file, *args, opened=open, **options):
    if os.path.basename(str(file)) not in ("catalogue.json", "null"):
        return opened(file, *args, **options)  # pytest's own
    OPENED.append(file)
    raise FileNotFoundError(file)

def patch(patch):
    prefixes = tuple(each for name, some in Patcher.RUNTIME_SKIPMODULES.items() if name in sys.modules for each in some)
    for name, module in list(sys.modules.items()):
        if name.startswith("pytest_gcguard") and not name.startswith(prefixes) and "os" in vars(module):
            patch.setattr(module, "os", Missing())
    patch.setattr(builtins, "open", missing)
    patch.setattr(io, "open", missing)
"""
FAKED = """
import pytest
from pyfakefs import fake_filesystem_unittest as fakes

KEPT = []

class Thing: ...

@pytest.fixture(scope="class")
def faked():
    with pytest.MonkeyPatch.context() as patch:
        fakes.patch(patch)
        yield

class TestFaked:
    def test_leak(self, faked):
        KEPT.append(Thing())

    def test_cycle(self, faked):
        thing = Thing()
        thing.me = thing

    def test_after(self, faked):
        assert not fakes.OPENED
"""


def test_a_fake_file_system_of_a_wider_scope_gets_no_file_of_the_guard(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("pyfakefs").joinpath("fake_filesystem_unittest.py").write_text(PYFAKEFS)
    ran = run(pytester, FAKED)
    outcomes = {"TestFaked::test_leak": "failed", "TestFaked::test_cycle": "passed", "TestFaked::test_after": "passed"}
    assert ran.outcomes == outcomes, ran.text
    assert {each["title"] for each in ran.findings} == {"test_mini.Thing", "test_mini.Thing → .me"}
    assert "the guard itself failed" not in ran.text


def test_where_others_may_run_a_test_its_location_makes_it_no_suspect(pytester: pytest.Pytester) -> None:
    suite = """
        runs = []

        def test_first():
            runs.append(1)

        def test_once():
            assert runs == [1], "the first test of a file was repeated for its path, which pytest remembers"
    """
    conftest = "def pytest_runtest_protocol(item):\n    return None"
    seen = run(pytester, suite, "-p", "no:randomly", conftest=conftest)
    assert seen.outcomes == {"test_first": "passed", "test_once": "passed"}, seen.text


def test_a_folder_s_hooks_are_called_for_its_tests_alone(pytester: pytest.Pytester) -> None:
    hook = """
        def pytest_runtest_call(item):
            item.user_properties.append((__file__, "called"))

        def pytest_runtest_teardown(item):
            print(item.name, "is of", __name__, len(item.user_properties))
    """
    test = "def test_{0}(request):\n    assert (request.node.ihook is request.config.hook) == {1}\n"
    for name in ("one", "other"):
        folder = pytester.mkpydir(name)
        (folder / "conftest.py").write_text(textwrap.dedent(hook), encoding="utf-8")
        (folder / f"test_{name}.py").write_text(test.format(name, False) + test.format("again", False), encoding="utf-8")
    for guard in (False, True):
        seen = run(pytester, test.format("here", False), "-p", "no:randomly", guard=guard)
        assert seen.result.ret == 0, seen.text
        told = re.findall(r"test_\w+ is of .*", seen.text)
        assert told == [
            "test_one is of one.conftest 1",
            "test_again is of one.conftest 1",
            "test_other is of other.conftest 1",
            "test_again is of other.conftest 1",
        ], (guard, seen.text)


def test_a_plugin_that_comes_while_a_test_runs_is_heard_at_once(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        SEEN = []

        class Plugin:
            def pytest_runtest_teardown(self, item):
                SEEN.append(item.name)

        def test_asks(request):
            assert request.session.gethookproxy(request.path) is request.node.ihook is request.config.hook
            request.config.pluginmanager.register(Plugin(), "late")

        def test_seen(request):
            assert SEEN[0] == "test_asks"
            request.config.pluginmanager.unregister(name="late")
        """,
        "-p",
        "no:randomly",
        "--gcguard-fail-on=none",
    )
    assert seen.outcomes == {"test_asks": "passed", "test_seen": "passed"}, seen.text


CLEANED = {
    "conftest": """
        import pytest
        import shop, stores
        from stores import STORE, Named

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_protocol():
            result = yield
            shop.AFTER_PROTOCOL.clear()
            return result

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(call):
            shop.BY_REPORT.clear()
            return (yield)

        def pytest_runtest_logreport(report):
            if report.when == "teardown":
                del shop.AFTER_TEARDOWN[:]

        def pytest_runtest_logstart():
            shop.reset()

        class Finisher:
            def pytest_runtest_logfinish(self):
                finish()

        def finish():
            STORE.empty()
            Named.empty()
            len(shop.KEPT), stores.OTHER

        def pytest_configure(config):
            config.pluginmanager.register(Finisher())
    """,
    "shop": """
        AFTER_PROTOCOL, BY_REPORT, AFTER_TEARDOWN, BEFORE_NEXT, KEPT = [], [], [], [], []

        class Thing: ...

        def reset():
            global BEFORE_NEXT
            BEFORE_NEXT = []
    """,
    "stores": """
        class Store:
            def __init__(self):
                self.things = []

            def empty(self):
                self.things = []

        class Other:
            def __init__(self):
                self.entries = []

            def never_called(self):
                self.entries.clear()

        class Named:
            things = {}

            @classmethod
            def empty(cls):
                cls.things = {}

        STORE, OTHER = Store(), Other()
    """,
    "test_mini": """
        import shop, stores
        from shop import Thing

        def test_protocol(): shop.AFTER_PROTOCOL.append(Thing())
        def test_report():
            shop.BY_REPORT.append(Thing())
            shop.BEFORE_NEXT.append(Thing())
        def test_teardown(): shop.AFTER_TEARDOWN.append(Thing())
        def test_next(): shop.BEFORE_NEXT.append(Thing())
        def test_store(): stores.STORE.things.append(Thing())
        def test_named(): stores.Named.things[len(stores.Named.things)] = Thing()
        def test_other(): stores.OTHER.entries.append(Thing())
        def test_kept(): shop.KEPT.append(Thing())
    """,
}


@pytest.mark.parametrize("confirm", ["0", "1", "2"])
def test_what_a_hook_empties_after_each_test_holds_no_leak(pytester: pytest.Pytester, confirm: str) -> None:
    pytester.makepyfile(**CLEANED)
    seen = again(pytester, f"--gcguard-confirm={confirm}")
    leaks = {name: seen.one(name)["holder"] for name, outcome in seen.outcomes.items() if outcome == "failed"}
    holders = {name: holder.rpartition("[")[0] for name, holder in leaks.items()}
    assert holders == {"test_other": "stores.OTHER.entries", "test_kept": "shop.KEPT"}, seen.text
