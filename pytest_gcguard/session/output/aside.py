"""Findings that fail no test, of tests that another plugin has already reported.

Rules of this file: only the guard's own listeners get them. One more report would be one more test case in the JUnit XML, and
one more test to whoever counts reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pytest

_SENT = "gcguard_aside"
_Location = tuple[str, "int | None", str]


class Listener(Protocol):
    """Reads what a report carries for the guard."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None: ...


class Aside:
    """Hands on what was found beside the reports of a run; a worker of pytest-xdist sends it when it ends."""

    def __init__(self, config: pytest.Config, listeners: Sequence[Listener]) -> None:
        self._config = config
        self._listeners = listeners
        self._sent: list[tuple[str, _Location, dict[str, Any]]] = []

    def add(self, item: pytest.Item, carried: dict[str, Any]) -> None:
        """Takes what would have travelled on a report of a test."""
        if hasattr(self._config, "workeroutput"):
            self._sent.append((item.nodeid, item.location, carried))
        else:
            self._tell(item.nodeid, item.location, carried)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if self._sent:
            self._config.workeroutput[_SENT] = self._sent  # type: ignore[attr-defined] # pytest-xdist sets it

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        for nodeid, location, carried in getattr(node, "workeroutput", {}).get(_SENT, ()):
            self._tell(nodeid, location, carried)

    def _tell(self, nodeid: str, location: _Location, carried: dict[str, Any]) -> None:
        for listener in self._listeners:
            report = pytest.TestReport(nodeid, location, {}, "passed", None, "teardown")
            report.gcguard = carried  # type: ignore[attr-defined] # as on the reports that pytest logs
            listener.pytest_runtest_logreport(report)
