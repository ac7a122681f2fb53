"""Faults of the guard itself, and of other people's hooks that it calls, in a line of text.

Rules of this file: it is asked while the interpreter is as a test has left it, so nothing is imported and no builtin called: a
test may have put something else in its place.
"""

from __future__ import annotations

from typing import Any

import pytest

ANY = Exception
"""What a step of the guard may raise that must not become a fault of the suite, also where a test has changed builtins."""
OF_HOOKS = (Exception, pytest.fail.Exception, pytest.skip.Exception)
"""The same of somebody else's hook: pytest's outcomes are no `Exception`."""


def told(during: str, error: BaseException) -> str:
    """One line on a fault; ``during`` is the test or the hook.

    >>> try:
    ...     [][1]
    ... except IndexError as error:
    ...     told("test_a", error).partition(" (")[0]
    'test_a: IndexError: list index out of range'
    """
    try:
        text = f"{during}: {error.__class__.__name__}: {error}"
    except ANY:
        text = f"{during}: an error that cannot be told"
    name, line, is_hook = "?", 0, False
    at = error.__traceback__
    while at is not None:  # the last of the hooks that are the guard's own, else the last of all
        called = at.tb_frame.f_code.co_name
        if called.startswith("pytest_gcguard_") or not is_hook:
            name, line, is_hook = called, at.tb_lineno, called.startswith("pytest_gcguard_")
        at = at.tb_next
    return f"{text} ({name}, line {line})"


class Noted:
    """The last fault, until somebody tells of it: a plugin beside the guard where reports take it to another process."""

    def __init__(self) -> None:
        self._text = ""

    def complain(self, text: str) -> None:
        """Notes that somebody else's hook broke, which costs what it would have said, and nothing else."""
        self._text = text

    def note(self, during: str, error: BaseException) -> dict[str, Any]:
        """Notes that a step of the guard broke; what is to be said of the test by that."""
        self._text = told(during, error)
        return {"findings": [], "checked": False}

    def onto(self, carried: dict[str, Any]) -> dict[str, Any]:
        """Adds the fault to what is said of a test."""
        if self._text:
            carried["broken"], self._text = self._text, ""
        return carried

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that pytest runs by itself, since the guard broke before, tells that as well."""
        if self._text and report.when == "teardown" and "gcguard" not in report.__dict__:
            report.gcguard = self.onto({"findings": [], "checked": False, "seconds": 0.0})  # type: ignore[attr-defined] # as the guard's
