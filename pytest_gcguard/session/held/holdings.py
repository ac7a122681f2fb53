"""What pytest holds of each test that has run: nothing that is reached from there is the test's doing.

A walk over new objects stops at objects that are older than the test. So the roots here are all the lists and dictionaries
that a run adds to, not only their owners.

Rules of this file: answers with roots, holds nothing; asked after every test. See ``suspected`` for what is asked only of
suspects.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from pytest_gcguard.core.unpatched import gc


def fixtures_of(item: Any) -> Mapping[str, Any]:
    """The fixtures that a test has asked for, also while it runs: the table of its request, which pytest drops at its end."""
    found: Mapping[str, Any] | None = getattr(getattr(item, "_request", None), "_fixture_defs", None)
    return {} if found is None else found


def quick(item: pytest.Item, reports: list[pytest.TestReport], fixtures: Mapping[str, Any]) -> list[object]:
    """Roots from which everything is reached that pytest keeps of a test, if the test itself left nothing."""
    attributes = item.__dict__
    session: Any = item.session
    # from Python 3.13 on an instance may show its attributes but not its dictionary, or the other way round
    roots: list[object] = [reports, *reports, *(report.__dict__ for report in reports)]
    roots += (item, attributes, item.stash._storage, fixtures)
    roots += (attributes.get("_report_sections"), attributes.get("user_properties"), session._setupstate.stack)
    roots += gc.get_referents(*session._setupstate.stack.values())
    roots += [fixture._finalizers for fixture in fixtures.values() if fixture.scope != "function"]
    if item.config.pluginmanager.has_plugin("warnings"):  # which puts another list in the place of this one after the report
        roots.append(getattr(sys.modules["warnings"], "filters", None))
    return roots


def of_logging(config: pytest.Config) -> list[object]:
    """What pytest's log handlers remember of a test."""
    logging: Any = config.pluginmanager.get_plugin("logging-plugin")
    handlers = () if logging is None else (logging.caplog_handler, logging.report_handler)
    return [*handlers, *(handler.__dict__ for handler in handlers)]
