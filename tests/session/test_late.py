"""What finalizers raise while the guard collects is told of the test that left it, and fails no other one."""

from __future__ import annotations

import textwrap

import pytest
from mini import Run
from mini import run as run_mini

OOPS = """
    import pytest

    class Oops(Exception): ...

    class Broken:
        def __del__(self):
            raise Oops

    class Knot(Broken):
        def __init__(self):
            self.me = self
"""
LEFT = """
    def test_leaves():
        Knot()

    def test_next(): ...

    def test_last(): ...
"""
NO_COLLECTIONS = """
    import gc

    gc.disable()
"""
"""So that without the guard no automatic collection comes by chance before the run ends."""
ERRORS = ("-W", "error::pytest.PytestUnraisableExceptionWarning")


def run(pytester: pytest.Pytester, source: str, *options: str, guard: bool = True) -> Run:
    return run_mini(pytester, textwrap.dedent(OOPS) + textwrap.dedent(source), *options, guard=guard)


def test_it_is_a_warning_of_the_test_that_left_it(pytester: pytest.Pytester) -> None:
    seen = run(pytester, LEFT)
    seen.result.assert_outcomes(passed=3, warnings=1)
    warned = seen.text.partition("warnings summary")[2].partition("-- Docs")[0]
    assert warned.count("test_mini.py::test_leaves") == 2  # whose it is, and when it was
    assert "when pytest-gcguard collected what was left after test_mini.py::test_leaves" in warned
    assert "test_mini.py::test_next" not in warned


@pytest.mark.parametrize("guard", [False, True])
def test_where_it_is_an_error_it_fails_the_run_at_its_end_as_it_does_unguarded(pytester: pytest.Pytester, guard: bool) -> None:
    seen = run(pytester, LEFT if guard else NO_COLLECTIONS + LEFT, *ERRORS, guard=guard)
    assert seen.outcomes == {"test_leaves": "passed", "test_next": "passed", "test_last": "passed"}
    assert "PytestUnraisableExceptionWarning" in seen.errors
    assert seen.result.ret == 1
    assert ("collected what was left after test_mini.py::test_leaves" in seen.errors) is guard


@pytest.mark.parametrize("guard", [False, True])
def test_what_a_test_itself_raises_so_fails_the_tests_that_it_fails_unguarded(pytester: pytest.Pytester, guard: bool) -> None:
    source = """
        def test_at_once():
            Broken()

        @pytest.fixture
        def value():
            return Broken()

        def test_as_it_ends(value): ...

        def test_next(): ...

        class TestScope:
            @pytest.fixture(scope="class", autouse=True)
            def broken(self):
                yield
                Broken()

            def test_first(self): ...

            def test_second(self): ...

        def test_last(): ...
    """
    seen = run(pytester, source, *ERRORS, guard=guard)
    assert seen.outcomes == {
        "test_at_once": "failed",
        "test_as_it_ends": "passed",
        "test_next": "error",
        "TestScope::test_first": "passed",
        "TestScope::test_second": "passed, error",
        "test_last": "passed",
    }


@pytest.mark.parametrize("options", [(), ERRORS, ("-p", "no:unraisableexception")])
def test_repeats_say_nothing_of_it_and_confirm_what_leaks(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    source = """
        class Session: ...

        KEPT = []

        def test_leaks():
            KEPT.append(Session())
            Knot()

        def test_next(): ...
    """
    seen = run(pytester, source, *options)
    assert seen.outcomes == {"test_leaks": "failed", "test_next": "passed"}
    [leak] = [each for each in seen.of("test_leaks") if each["rule"] == "GCG003"]
    assert (leak["types"], leak["growth"]) == (["test_mini.Session"], [1, 1, 1])


def test_what_a_fixture_leaves_of_a_class_is_told_of_its_last_test(pytester: pytest.Pytester) -> None:
    source = """
        class TestScope:
            @pytest.fixture(scope="class", autouse=True)
            def knot(self):
                return Knot()

            def test_only(self): ...

        def test_next(): ...
    """
    assert run(pytester, source, *ERRORS).outcomes == {"TestScope::test_only": "passed", "test_next": "passed"}
    assert "collected what was left after test_mini.py::TestScope::test_only" in run(pytester, source).text


def test_what_finalizers_warn_of_after_repeats_is_not_shown_and_holds_nothing(pytester: pytest.Pytester) -> None:
    """What they warn of is kept with the warning, and with it all that hangs from there."""
    source = """
        import warnings

        class Session: ...

        class Unclosed:
            def __init__(self):
                self.me = self
                self.session = Session()
                self.file = open(__file__, encoding="utf-8")
                self.file.read(1)

            def __del__(self):
                warnings.warn("unclosed", source=self)

        KEPT = []

        def test_leaves():
            Unclosed()

        def test_leaks():
            KEPT.append([])
            Unclosed()
    """
    seen = run(pytester, source)
    assert seen.outcomes == {"test_leaves": "passed", "test_leaks": "failed"}
    assert [each["types"] for each in seen.findings if each["rule"] == "GCG003"] == [["list"]]
    seen.result.assert_outcomes(passed=1, failed=1, warnings=2)
