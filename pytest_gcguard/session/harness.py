"""What the path of every test needs to know of pytest, worked out once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_gcguard.session import holdings


class Harness:
    """The handlers that pytest collects a test's log with: they live as long as the run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._handlers: list[Any] | None = None
        self._held: tuple[object, ...] = ()

    def _find_handlers(self) -> list[Any]:
        """Late: the plugin that has them is registered after the guard."""
        logging: Any = self._config.pluginmanager.get_plugin("logging-plugin")
        handlers: list[Any] = [] if logging is None else [logging.caplog_handler, logging.report_handler]
        self._handlers, self._held = handlers, tuple(handler.__dict__ for handler in handlers)
        return handlers

    def quick_roots(self, item: pytest.Item, reports: list[pytest.TestReport], fixtures: Mapping[str, Any]) -> list[object]:
        """What pytest holds of a test that left nothing itself."""
        return [*holdings.quick(item, reports, fixtures), *self._held]

    def settle(self) -> None:
        """Has pytest's log handlers let go of what only their streams hold, in C, where no look could explain it."""
        handlers = self._handlers if self._handlers is not None else self._find_handlers()
        if _SLOW_STREAMS:
            for handler in handlers:
                handler.stream.readline(0)


_SLOW_STREAMS = sys.version_info < (3, 12)
"""Until it is read, a StringIO of Python 3.10 and 3.11 keeps its text in lists that only the collector sees."""
