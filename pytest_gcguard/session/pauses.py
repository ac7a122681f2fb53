"""Times what automatic gc costs a suite as it is (``--gcguard-pauses``): guards nothing, switches nothing off.

Rules of this file: a test's pauses travel on the report of its teardown, those outside of tests are sent when the process
ends, so that a run of many processes is shown as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_gcguard.core.heap.pauses import Pause, PauseTally, Stopwatch, added, rows_of, thresholds


class Timer:
    """Times the collections of the process that runs tests."""

    def __init__(self, config: pytest.Config, tally: PauseTally) -> None:
        self._config = config
        self._tally = tally
        self._watch = Stopwatch()
        self._outside: list[tuple[Pause, ...]] = []
        self._thresholds = {thresholds()}
        self._watch.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> None:
        self._watch.start()  # a test may have taken the callback off
        self._end_of_something_else()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Iterator[None]:
        report: Any = yield
        if call.when == "teardown":
            report.gcguard_pauses = rows_of(self._watch.take())
        return report  # type: ignore[no-any-return] # a wrapper returns what it was given

    def _end_of_something_else(self) -> None:
        taken = self._watch.take()
        if taken:
            self._outside.append(taken)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        self._watch.stop()
        self._end_of_something_else()
        self._thresholds.add(thresholds())
        record = {"outside": rows_of(added(self._outside)), "thresholds": sorted(self._thresholds)}
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)  # of a worker of pytest-xdist
        if output is not None:
            output["gcguard_pauses"] = record
        else:
            self._tally.add_process(record)

    def pytest_unconfigure(self) -> None:
        self._watch.stop()


class Collector:
    """Adds up what reports and other processes tell of their pauses."""

    def __init__(self, tally: PauseTally) -> None:
        self._tally = tally

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = getattr(report, "gcguard_pauses", None)
        if rows is not None:
            self._tally.add_test(report.nodeid, rows)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Takes what a worker of pytest-xdist has sent when it ended; one that crashed has sent nothing."""
        record = getattr(node, "workeroutput", {}).get("gcguard_pauses")
        if record is not None:
            self._tally.add_process(record)
