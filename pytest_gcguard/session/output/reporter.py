"""What users see and keep: the terminal summary and the report files.

Rules of this file: it works on what the tests' reports carry, so it is the same in one process and under pytest-xdist. A run
that ends early leaves what it has found, marked as partial. A run that finds nothing and writes nothing imports nothing for
reports.
"""

from __future__ import annotations

import dataclasses
import datetime
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pytest_gcguard
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.reports.closing import closing, counted
from pytest_gcguard.session import faults, plainly
from pytest_gcguard.session.config.settings import Settings
from pytest_gcguard.session.output.files import near
from pytest_gcguard.session.output.nameless import Nameless

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.document import Document
    from pytest_gcguard.core.heap.pauses import Pauses, PauseTally
    from pytest_gcguard.session.output.keeper import Keeper
    from pytest_gcguard.session.output.outputs import Outputs

_NOTHING_RUNS = ("collectonly", "showfixtures", "show_fixtures_per_test", "cacheshow")
_BEFORE_THE_LAST = ("setup", "call")
_TOO_LONG = "the guard had taken too long by then; to settle it, run fewer tests, or raise gcguard_run_seconds"


class Reporter:
    """Adds up what the tests' reports carry and shows it at the end."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        unsupported: str | None,
        pauses: PauseTally | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self._config = config
        self._unsupported = unsupported
        self._pauses = pauses
        self._keeper = keeper
        self.faults: faults.Noted | None = None
        """The guard's own, where it guards tests of this process."""
        self._graphs = settings.graphs
        self._drawn = ""
        self._tally = Tally(pytest_gcguard.__version__)
        self._broken: str | None = None
        self._refused = 0
        """How many tests were not checked to the end, since the guard had taken too long."""
        self._nameless = Nameless()
        self._guarded = settings.everywhere
        self._started = datetime.datetime.now(datetime.timezone.utc)
        self._clock = time.perf_counter()
        self._ended = False
        self._document: Document | None = None
        self._timed: Pauses | None = None
        self._seconds = 0.0
        self._cut_short = False
        self._crashed: set[str] = set()
        # under pytest-xdist the workers only carry what they find to the process that prints and writes
        self._sends = hasattr(config, "workerinput")
        here = not self._sends and not any(config.getoption(name, False) for name in _NOTHING_RUNS)
        self._outputs = _outputs(config) if here else None

    def pytest_report_header(self) -> str | None:
        if self._unsupported is not None:
            return f"gcguard: {self._unsupported}; the suite runs unguarded"
        return None

    def pytest_sessionstart(self) -> None:
        self._write_early()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        try:
            carried: Mapping[str, Any] | None = getattr(report, "gcguard", None)
            if carried is not None or report.when not in _BEFORE_THE_LAST:
                self._add(report, carried)
        except faults.ANY as error:
            self._break(report.nodeid, error)

    def _break(self, during: str, error: BaseException) -> None:
        """Notes the first fault of the guard's own, which must not become a fault of the suite."""
        self._broken = self._broken or faults.told(during, error)

    def _add(self, report: pytest.TestReport, carried: Mapping[str, Any] | None) -> None:
        if carried is not None:
            if not self._sends:
                del report.gcguard  # pytest keeps its reports to the end
            self._guarded = True
            self._broken = self._broken or carried.get("broken")
            self._refused += carried.get("refused", False)
            self._nameless.add(report.nodeid, carried.get("named", {}))
            self._tally.add(report.nodeid, carried["findings"], carried["checked"], carried["seconds"])
            if self._outputs is not None and (carried["findings"] or self._outputs.waiting):
                self._write_early()
        elif report.when == "teardown":
            if self.faults is not None:  # the guard may have broken before this test, so that pytest ran it by itself
                self._broken = self._broken or self.faults.onto({}).get("broken")
            self._tally.add(report.nodeid, (), checked=False, seconds=0.0)
        else:  # pytest-xdist reports so a test whose process has died
            self._crashed.add(report.nodeid)

    def _write_early(self) -> None:
        """Writes early reports, in case the process does not reach the end of the run."""
        if self._outputs is not None:
            self._outputs.early(lambda: self._make(partial=True))

    def pytest_keyboard_interrupt(self) -> None:
        self._cut_short = True

    def pytest_internalerror(self) -> None:
        self._cut_short = True

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._sends:
            return
        self._ended = True
        try:
            self._finish(session)
        except pytest.exit.Exception:  # a listener asks for an exit status of its own
            raise
        except faults.ANY as error:
            self._break("the end of the run", error)

    def _finish(self, session: pytest.Session) -> None:
        listeners = self._config.hook.pytest_gcguard_report
        self._timed = self._pauses.pauses() if self._pauses is not None else None
        self._seconds = time.perf_counter() - self._clock
        if self._tally.found or self._outputs or self._keeper or listeners.get_hookimpls():
            self._document = document = self._completed(self._make(partial=False), session)
            if self._outputs is not None:
                self._outputs.last(document)
            if self._graphs is not None and document.entries:
                self._drawn = self._draw(document, self._graphs)
            self._tell(listeners, document)

    def _tell(self, listeners: Any, document: Document) -> None:
        """Calls the hook with the document; what it raises is shown, and the run keeps its result and its summary."""
        if not listeners.get_hookimpls():
            return
        try:
            listeners(config=self._config, report=document)
        except pytest.exit.Exception:
            raise
        except faults.OF_HOOKS as error:
            self._break("pytest_gcguard_report", error)

    def _completed(self, document: Document, session: pytest.Session) -> Document:
        """The document with how the run ended, what was timed, and what the baseline knows. Fails the run by the baseline."""
        # when processes have died and no other is started, pytest-xdist ends the run as if all tests had run
        never_run = bool(self._crashed) and document.summary.tests + len(self._crashed) < session.testscollected
        if self._cut_short or session.shouldfail or session.shouldstop or never_run:
            document = dataclasses.replace(document, partial=True)
        if self._timed is not None:
            document = dataclasses.replace(document, pauses=self._timed)
        if self._keeper is not None and self._unsupported is None and not self._config.getoption("collectonly"):
            document = self._keeper.settle(document)
            if self._keeper.failed and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return document

    @staticmethod
    def _draw(document: Document, folder: Path) -> str:
        from pytest_gcguard.session.output import graphs

        try:
            return graphs.save(document, folder)
        except OSError as error:
            return f"no graphs in {near(folder)}: {error.strerror or error}"

    def _make(self, partial: bool) -> Document:
        return self._tally.document(
            started=self._started.isoformat(timespec="seconds").replace("+00:00", "Z"),
            seconds=self._seconds if self._ended else time.perf_counter() - self._clock,
            partial=partial,
        )

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._timed is not None:
            self._show_pauses(terminalreporter, self._timed, self._seconds)
            return
        if not self._ended or not self._guarded or self._unsupported or self._config.getoption("collectonly"):
            return
        try:
            self._show(terminalreporter)
        except faults.ANY as error:
            self._break("the summary", error)
            terminalreporter.write_line(f"the guard itself failed, the tests went on: {self._broken}", yellow=True)

    def _show(self, terminalreporter: pytest.TerminalReporter) -> None:
        verbosity = self._config.get_verbosity()
        lines = self._lines(verbosity, terminalreporter._tw.fullwidth)
        nameless = [*self._nameless.lines()]
        if len(lines) > 1 or self._broken or self._refused or nameless:
            terminalreporter.write_sep("=", "gcguard")
        if self._broken:
            terminalreporter.write_line(f"the guard itself failed, the tests went on: {self._broken}", yellow=True)
        if self._refused:
            refused = f"{counted(self._refused, 'more test')} left something that was not looked at closer"
            terminalreporter.write_line(f"{refused}: {_TOO_LONG}", yellow=True)
        for text in nameless:
            terminalreporter.write_line(text, yellow=True)
        for text, bold in lines:
            terminalreporter.write_line(text, bold=bold)
        for text, fails in self._keeper.lines() if self._keeper is not None else ():
            if fails or verbosity >= 0:
                terminalreporter.write_line(text, red=fails, yellow=not fails)
        if self._drawn and verbosity >= 0:
            terminalreporter.write_line(f"gcguard: {self._drawn}")
        if self._outputs is not None and self._document is not None:
            self._show_outputs(terminalreporter, self._outputs, self._document, verbosity)

    def _lines(self, verbosity: int, width: int) -> list[tuple[str, bool]]:
        """The lines of the summary, each with whether it is a title."""
        if self._document is None:
            return [(closing(f"{counted(self._tally.checked, 'test')} checked", (), self._tally.guard_seconds), False)]
        with plainly.imported(self._config):
            from pytest_gcguard.reports import terminal

        return [(line.text, line.mark == "title") for line in terminal.render(self._document, verbosity, width=width)]

    @staticmethod
    def _show_outputs(terminalreporter: pytest.TerminalReporter, outputs: Outputs, document: Document, verbosity: int) -> None:
        for problem in outputs.problems:
            terminalreporter.write_line(f"gcguard: {problem}", red=True)
        for kind, path in outputs.written if verbosity >= 0 else ():
            terminalreporter.write_line(f"gcguard: {kind} report written to {near(path)}")
        for command in outputs.commands(document):
            terminalreporter.write_line(command)

    def _show_pauses(self, terminalreporter: pytest.TerminalReporter, timed: Pauses, seconds: float) -> None:
        from pytest_gcguard.reports import pauses

        lines = pauses.render(timed, seconds)
        if self._config.get_verbosity() < 0:
            del lines[:-1]
        else:
            terminalreporter.write_sep("=", "gcguard pauses")
        for line in lines:
            terminalreporter.write_line(line)


def _outputs(config: pytest.Config) -> Outputs | None:
    """The reports that are to be written, or None where none was asked for."""
    if not (config.getoption("gcguard_report") or config.getini("gcguard_report") or os.environ.get("GITHUB_ACTIONS")):
        return None
    from pytest_gcguard.session.output.outputs import Outputs, asked_for

    outputs = asked_for(config)
    return Outputs(outputs, config.rootpath) if outputs else None
