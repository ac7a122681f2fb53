"""The second half of a test's teardown: the end of the scopes that the next test does not share.

pytest tears down a test and the scopes that end with it in one go. A guarded test is looked at in between, so the scopes are
torn down here. Hooks are still given the test that comes next, even in a repeat: some tell by that which scopes end.

Rules of this file: the report of the two halves is the one that pytest would have made of the whole: one error, one section
for each stream.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from _pytest import runner
from _pytest.logging import catching_logs
from _pytest.outcomes import TEST_OUTCOME

from pytest_gcguard.session import late
from pytest_gcguard.session.output import remade

if sys.version_info < (3, 11):
    from exceptiongroup import BaseExceptionGroup

_SEVERAL = "errors during test teardown"
"""What pytest calls several errors of one teardown."""


class Staying:
    """Replaces ``SetupState.teardown_exact``: while there is a ``last`` node, that node and those above it stay set up."""

    __slots__ = ("_exact", "last")

    def __init__(self, exact: Callable[[Any], None]) -> None:
        self._exact = exact
        self.last: Any = None

    def __call__(self, nextitem: Any) -> None:
        self._exact(nextitem if self.last is None else self.last)


def staying(session: pytest.Session) -> Staying:
    """What keeps the scopes of a session; put in place when it is first asked for, before anything is in sight."""
    state: Any = session._setupstate
    found = state.__dict__.get("teardown_exact")
    if type(found) is not Staying:
        found = state.teardown_exact = Staying(state.teardown_exact)
    return found


def tear_down(
    item: pytest.Item, nextitem: pytest.Item | None, report: pytest.TestReport, error: BaseException | None
) -> pytest.TestReport:
    """Ends the scopes, and returns the report of the whole teardown.

    ``report`` is the report of the first half, ``error`` what the first half raised, or None.
    """
    state: Any = item.session._setupstate

    def rest() -> None:
        runner._update_current_test_var(item, "teardown")
        try:
            with _recorded(item), late.apart(item):
                state.teardown_exact(nextitem)
                if error is None:  # else pytest would not get here
                    late.told(item.config)
        except TEST_OUTCOME as another:
            if error is None:
                raise
            raise BaseExceptionGroup(_SEVERAL, [*_each(another), *_each(error)]) from None
        finally:
            runner._update_current_test_var(item, None)

    call = pytest.CallInfo.from_call(rest, when="teardown", reraise=_never_told(item.config))
    if call.excinfo is None:
        report.sections = [(f"Captured {stream} {when}", text) for when, stream, text in item._report_sections]
        report.duration += call.duration
        report.stop = call.stop
        return report
    call.start = report.start
    call.duration += report.duration
    whole = remade.report(item, call)
    if runner.check_interactive_exception(call, whole):
        item.ihook.pytest_exception_interact(node=item, call=call, report=whole)
    return whole


def _never_told(config: pytest.Config) -> tuple[type[BaseException], ...]:
    """Exceptions that end the run and are no error of a test, as in pytest; from release 9 on it has a function for that."""
    return (pytest.exit.Exception,) if config.getoption("usepdb", False) else (pytest.exit.Exception, KeyboardInterrupt)


def _each(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) and error.message == _SEVERAL else (error,)


@contextmanager
def _recorded(item: pytest.Item) -> Iterator[None]:
    """Captures what is printed and logged, and adds it to the sections of the first half."""
    capture: Any = item.config.pluginmanager.get_plugin("capturemanager")
    logging: Any = item.config.pluginmanager.get_plugin("logging-plugin")
    before = len(item._report_sections)
    try:
        with (
            nullcontext() if capture is None else capture.item_capture("teardown", item),
            nullcontext() if logging is None else _logged(item, logging),
        ):
            yield
    finally:
        later = item._report_sections[before:]
        del item._report_sections[before:]
        for when, stream, text in later:
            at = next((at for at, section in enumerate(item._report_sections) if section[:2] == (when, stream)), None)
            if at is None:
                item._report_sections.append((when, stream, text))
            else:
                gap = "\n" if stream == "log" else ""
                item._report_sections[at] = (when, stream, item._report_sections[at][2] + gap + text)


@contextmanager
def _logged(item: pytest.Item, logging: Any) -> Iterator[None]:
    with catching_logs(logging.report_handler, level=logging.log_level) as handler:
        handler.reset()
        try:
            yield
        finally:
            item.add_report_section("teardown", "log", handler.stream.getvalue().strip())
