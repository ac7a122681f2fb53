"""What the path of every test needs to know of pytest, worked out once."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from logging import getLogger
from typing import Any

import pytest

from pytest_gcguard.core.heap import replaced
from pytest_gcguard.core.heap.remembered import remembered
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.session.held import holdings


class Harness:
    """What is worked out before the first test, not while one runs.

    The handlers that pytest collects a test's log with live as long as the run; the plugin that has them is registered after
    the guard.
    """

    def __init__(self, config: pytest.Config) -> None:
        logging: Any = config.pluginmanager.get_plugin("logging-plugin")
        self._handlers = [] if logging is None else [logging.caplog_handler, logging.report_handler]
        self._root = None if logging is None else getLogger()
        self._streaming = self._handlers if _SLOW_STREAMS else []
        self._held = (*self._handlers, *(handler.__dict__ for handler in self._handlers))

    def is_all(self, objects: list[object], reports: list[pytest.TestReport], fixtures: Mapping[str, Any]) -> bool:
        """Whether objects are just what pytest itself makes for a test, told by identity: that is the case of most tests."""
        made: list[object] = [reports]
        for report in reports:
            attributes = report.__dict__
            made += (report, attributes, attributes.get("sections"), attributes.get("user_properties"))
        if self._root is not None:
            made.append(self._root.handlers)  # which is another one each time a handler was removed, from 3.14 on
        for handler in self._handlers:
            made += (handler.records, handler.stream)
        left = set(map(id, objects))
        left.difference_update(map(id, made))
        if left:  # a test with fixtures, or one that other plugins have put something on the reports of
            left.discard(id(fixtures))
            for report in reports:
                left.difference_update(map(id, report.__dict__.values()))
        return not left

    def beyond(
        self, objects: list[object], item: pytest.Item, reports: list[pytest.TestReport], fixtures: Mapping[str, Any]
    ) -> list[object]:
        """What neither pytest holds of a test that left nothing itself, nor C code remembers, as of each class that is asked
        for the first time; the lists that were merely replaced are taken out.
        """
        replaced.take_out(objects)
        left = Snapshot(objects).beyond([*holdings.quick(item, reports, fixtures), *self._held])
        return Snapshot(left).beyond(remembered(left)) if 0 < len(left) <= _REMEMBERED else left

    def settle(self) -> None:
        """Has pytest's log handlers let go of what only their streams hold, in C, where no look could explain it."""
        for handler in self._streaming:
            handler.stream.readline(0)


_REMEMBERED = 32
"""C code remembers so little of a test that left nothing; more is not looked through for it."""
_SLOW_STREAMS = sys.version_info < (3, 12)
"""Until it is read, a StringIO of Python 3.10 and 3.11 keeps its text in lists that only the collector sees."""
