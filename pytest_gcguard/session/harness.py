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
    """Knows what pytest makes for a test and keeps of it; made before the first test, not while one runs.

    pytest's log handlers live as long as the run. The plugin that has them is registered after the guard.
    """

    def __init__(self, config: pytest.Config) -> None:
        logging: Any = config.pluginmanager.get_plugin("logging-plugin")
        self._handlers = [] if logging is None else [logging.caplog_handler, logging.report_handler]
        self._root = None if logging is None else getLogger()
        self._streaming = self._handlers if _SLOW_STREAMS else []
        self._held = (*self._handlers, *(handler.__dict__ for handler in self._handlers))

    def is_all(self, objects: list[object], reports: list[pytest.TestReport], fixtures: Mapping[str, Any]) -> bool:
        """Whether the objects are just what pytest itself makes for a test, as after most tests; told by identity."""
        made: list[object] = [reports]
        for report in reports:
            attributes = report.__dict__
            made += (report, attributes, attributes.get("sections"), attributes.get("user_properties"))
        if self._root is not None:
            made.append(self._root.handlers)  # from 3.14 on it is a new list each time a handler was removed
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
        """The objects that neither pytest holds nor C code remembers; empty if the test itself left nothing.

        C code remembers something of each class that is asked about for the first time. Lists that were merely replaced are
        taken out of ``objects``.
        """
        replaced.take_out(objects)
        left = Snapshot(objects).beyond([*holdings.quick(item, reports, fixtures), *self._held])
        return Snapshot(left).beyond(remembered(left)) if 0 < len(left) <= _REMEMBERED else left

    def settle(self) -> None:
        """Makes the streams of pytest's log handlers let go of lists that they hold in C code, where no look explains them."""
        for handler in self._streaming:
            handler.stream.readline(0)


_REMEMBERED = 32
"""If more objects are left than this, they are not what C code remembers of a test that left nothing."""
_SLOW_STREAMS = sys.version_info < (3, 12)
"""Up to Python 3.11, a StringIO keeps its text in lists until it is read; only the collector sees these."""
