"""Plugins that end a test where its report is made: mocks are taken back after each repeat, and checks tell how it went."""

from __future__ import annotations

import pytest
from mini import run

_MOCKS = """
    import pytest

    replaced = []

    def replace(cls, name, value):
        replaced.append((cls, name, getattr(cls, name)))
        setattr(cls, name, value)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        if call.when == "call":
            try:
                assert len(replaced) <= 1
            except AssertionError:
                call.excinfo = pytest.ExceptionInfo.from_current()
            while replaced:
                setattr(*replaced.pop())
        return (yield)
"""


def test_mocks_of_a_repeat_are_taken_back(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(flexmock=_MOCKS)
    suite = """
        import flexmock

        class Thing:
            def answer(self):
                return 1

        KEPT = []

        def test_replaced():
            flexmock.replace(Thing, "answer", lambda self: 2)
            KEPT.append(Thing())
            assert KEPT[-1].answer() == 2

        def test_untouched():
            assert Thing().answer() == 1
    """
    seen = run(pytester, suite, "-p", "flexmock", "-p", "no:randomly")
    assert seen.outcomes == {"test_replaced": "failed", "test_untouched": "passed"}
    assert seen.one("test_replaced")["holder"] == "test_mini.KEPT[-1]"


def test_what_such_a_plugin_makes_anew_after_each_test_needs_no_repeat(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        flexmock="""
        import pytest

        class Container:
            ordered = []

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            Container.ordered = []
            return (yield)
        """
    )
    suite = """
        RUNS = []

        def test_mocks_nothing():
            RUNS.append(1)

        def test_runs():
            assert RUNS == [1]
    """
    seen = run(pytester, suite, "-p", "flexmock", "-p", "no:randomly")
    assert seen.outcomes == {"test_mocks_nothing": "passed", "test_runs": "passed"}


def test_what_is_verified_with_a_repeat_is_no_failure_of_a_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(flexmock=_MOCKS)
    suite = """
        import flexmock

        class Thing:
            answer = 1

        KEPT = []

        def test_replaces_twice_when_it_is_repeated():
            KEPT.append(Thing())
            for _ in KEPT:
                flexmock.replace(Thing, "answer", 2)

        def test_other():
            assert Thing.answer == 1
    """
    seen = run(pytester, suite, "-p", "flexmock", "-p", "no:randomly")
    assert set(seen.outcomes.values()) == {"passed"}
    (note,) = seen.one("test_replaces_twice_when_it_is_repeated")["notes"]
    assert note.startswith("unconfirmed: AssertionError in its call when it was run again")


def test_a_check_that_fails_in_a_repeat_alone_fails_no_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        pytest_check="""
        import pytest

        failures = []

        def equal(one, other):
            if one != other:
                failures.append(f"{one} is not {other}")

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if failures:
                report.outcome, report.longrepr = "failed", str(failures)
                failures.clear()
            return report
        """
    )
    suite = """
        import pytest_check

        class Thing: ...

        KEPT = []

        def test_passes_once():
            KEPT.append(Thing())
            pytest_check.equal(len(KEPT), 1)

        def test_other(): ...
    """
    seen = run(pytester, suite, "-p", "pytest_check", "-p", "no:randomly")
    assert seen.outcomes == {"test_passes_once": "passed", "test_other": "passed"}
    (note,) = seen.one("test_passes_once")["notes"]
    assert note.startswith("unconfirmed: a failed check in its call when it was run again")


def test_a_plugin_that_fails_itself_leaves_a_test_unconfirmed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        flexmock="""
        import pytest

        calls = []

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            calls.append(call.when)
            if len(calls) > 3:
                raise ValueError("broken")
            return (yield)
        """
    )
    suite = """
        class Thing: ...

        KEPT = []

        def test_leaks():
            KEPT.append(Thing())
    """
    seen = run(pytester, suite, "-p", "flexmock")
    assert seen.outcomes == {"test_leaks": "passed"}
    (note,) = seen.one("test_leaks")["notes"]
    assert note.startswith("unconfirmed: a failed check in its setup when it was run again")
