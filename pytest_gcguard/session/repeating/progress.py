"""The repeats of one test: how long they may take, and what a user sees of them meanwhile.

Rules of this file: nothing is shown of repeats that take less than a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import stragglers
from pytest_gcguard.session.harness import Harness
from pytest_gcguard.session.plugins.clock import nothing
from pytest_gcguard.session.repeating import rerun
from pytest_gcguard.session.state import STATE

_PATIENCE = 1.0


class Progress:
    """Repeats a test, keeps the time, and says so on the terminal when it takes long."""

    def __init__(self, item: pytest.Item, limit: float, *, short: bool = False) -> None:
        self._item = item
        self.short = short
        """Whether the guard has taken too long by now, so that the test gets no more repeats than it needs."""
        self._limit = limit
        self._start = time.monotonic()
        self._shown = False
        self.first = self._start - item.stash[STATE].begun
        """How many seconds the first run and the look at what it left took."""
        self.slowest = 0.0
        self.threads = stragglers.known()
        """The threads that were there before the first repeat, including those that the test's first run has started."""

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._start

    def over(self, ahead: float = 0.0) -> bool:
        """Whether there is no more time, for something that takes ``ahead`` seconds."""
        return self.seconds + ahead > self._limit

    def repeat(self, begin: Callable[[], object] = nothing) -> str | None:
        """Runs the test once more; None if it passed, else one line on what happened. ``begin`` as for `rerun.again`."""
        if not self._shown and self.seconds + self.slowest > _PATIENCE:
            self._shown = True
            self._show()
        begun = time.monotonic()
        threads = stragglers.running()
        failure = rerun.again(self._item, begin)
        stragglers.settle(threads)
        Harness(self._item.config).settle()
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return failure

    def _show(self) -> None:
        reporter: Any = self._item.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and not hasattr(self._item.config, "workerinput"):
            reporter.ensure_newline()
            reporter.write_line(f"gcguard: repeating {self._item.nodeid} to see whether what it left grows")
