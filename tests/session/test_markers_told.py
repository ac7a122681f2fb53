"""What is said of markers that are written wrongly, where pytest or pytest-xdist say something else or nothing."""

from __future__ import annotations

import re

import pytest
from mini import run

_WRONG = """
    import pytest

    @pytest.mark.gcguard(confirmed=1)
    def test_marked():
        pass

    @pytest.mark.parametrize("number", range(10))
    def test_others(number):
        pass
"""


@pytest.mark.parametrize("options", [["-n1"], ["-n2"], ["-n2", "--gcguard"]], ids=" ".join)
def test_wrong_arguments_are_told_where_the_tests_run_in_other_processes(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    seen = run(pytester, _WRONG, *options, guard=False)
    assert seen.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "gcguard: @pytest.mark.gcguard(confirmed=1) on test_mini.py::test_marked: got an unexpected" in seen.errors
    assert "INTERNALERROR" not in seen.text


_LONE = """
    import pytest

    class Session:
        def __init__(self, name):
            self.name = name

    @pytest.mark.no_leaks(Session)
    def test_of_the_module():
        pass

    class TestOfAClass:
        @pytest.mark.no_leaks(Session)
        def test_method(self):
            pass

    @pytest.mark.no_leaks
    class TestMarked:
        def test_in_it(self):
            pass

    @pytest.mark.no_leaks(Session, max=0)
    def test_with_a_keyword():
        pass
"""


def test_a_test_that_is_lost_to_a_marker_with_one_class_is_told(pytester: pytest.Pytester) -> None:
    seen = run(pytester, _LONE, guard=False)
    assert seen.outcomes == {"TestMarked::test_in_it": "passed", "test_with_a_keyword": "passed"}
    for name in ("test_of_the_module", "test_method"):
        assert f"PytestCollectionWarning: gcguard: {name} is no test but an instance of Session: pytest takes" in seen.text
    assert seen.text.count("write no_leaks(Session, max=0)") == 2


def test_where_warnings_are_errors_it_is_one_of_the_module(pytester: pytest.Pytester) -> None:
    seen = run(pytester, _LONE, "-Werror", guard=False)
    assert seen.result.ret == pytest.ExitCode.INTERRUPTED
    assert "\ngcguard: test_of_the_module is no test but an instance of Session" in seen.text
    assert "INTERNALERROR" not in seen.text


@pytest.mark.parametrize("takes", ["self", "self, name, number"])
def test_an_error_by_a_marker_with_one_class_is_explained(pytester: pytest.Pytester, takes: str) -> None:
    seen = run(
        pytester,
        f"""
        import pytest

        class Session:
            def __init__({takes}): ...

        @pytest.mark.no_leaks(Session)
        def test_it():
            pass
        """,
        guard=False,
    )
    assert "TypeError: Session" in seen.text
    assert (
        "takes a marker that is called with one class for a decorator of that class; write no_leaks(Session, max=0)"
        in seen.text
    )


def test_other_errors_are_not_explained_so(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Session: ...

        Session(3)

        @pytest.mark.no_leaks(Session, max=0)
        def test_it():
            pass
        """,
        guard=False,
    )
    assert "TypeError: Session" in seen.text
    assert "for a decorator of that class" not in seen.text


_NAMED = """
    import pytest

    KEPT = []

    @pytest.mark.no_leaks("parser.Sesion")
    def test_misspelt():
        pass

    @pytest.mark.no_leaks("Sesion", "parser.Sesion", max=1)
    def test_with_another():
        pass

    @pytest.mark.no_leaks("Local", "test_mini.test_local.<locals>.Local")
    def test_local():
        class Hostile(type):
            __hash__ = None

            def __subclasses__(cls):
                raise ValueError(cls)

        class Base(metaclass=Hostile): ...

        class Local(Base): ...

    @pytest.mark.no_leaks("parser.Sesion")
    def test_skipped():
        pytest.skip()
"""


@pytest.mark.parametrize("options", [[], ["-q"], ["-n2"], ["--gcguard"]], ids=" ".join)
def test_a_name_that_no_class_has_is_told_once(pytester: pytest.Pytester, options: list[str]) -> None:
    seen = run(pytester, _NAMED, *options, guard=False)
    assert set(seen.outcomes.values()) == {"passed"}
    told = [line for line in seen.text.splitlines() if line.startswith("no class")]
    assert len(told) == 2
    assert "no class called 'Sesion' was imported or made, so no leak of it can fail test_mini.py::test_with_another" in told
    assert any(
        re.match(r"no class called 'parser\.Sesion' .* fail test_mini\.py::test_\w+ and 1 more test$", line) for line in told
    )


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=" ".join)
def test_a_class_may_be_imported_by_another_test(pytester: pytest.Pytester, options: list[str]) -> None:
    pytester.makepyfile(inner="class Session: ...", public="from inner import Session")
    seen = run(
        pytester,
        """
        import pytest

        KEPT = []

        @pytest.mark.no_leaks("public.Session")
        def test_before():
            pass

        @pytest.mark.no_leaks("public.Session")
        def test_imports():
            import public

            KEPT.append(public.Session())
        """,
        *options,
        guard=False,
    )
    assert seen.outcomes == {"test_before": "passed", "test_imports": "failed"}  # by the name that another module has it by
    assert "GCG003 leak: inner.Session, +1 a run" in seen.text
    assert "no class called" not in seen.text
