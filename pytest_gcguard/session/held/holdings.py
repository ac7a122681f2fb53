"""What pytest holds of each test that has run: nothing that is reached from there is its doing.

A walk over what is new stops at objects that are older than the test, so what is asked for here is each list and dictionary
that a run adds to, not only who owns it.

Rules of this file: answers with roots, holds nothing; asked after every test (of one that would have to be repeated, see
``suspected``).
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from typing import Any

import pytest


def fixtures_of(item: Any) -> Mapping[str, Any]:
    """The fixtures that a test asks for, also while it runs: filled by its request, which pytest drops at its end."""
    found: Mapping[str, Any] | None = getattr(getattr(item, "_request", None), "_fixture_defs", None)
    return {} if found is None else found


def quick(item: pytest.Item, reports: list[pytest.TestReport], fixtures: Mapping[str, Any]) -> list[object]:
    """What reaches all that a test leaves in pytest which left nothing itself."""
    attributes = item.__dict__
    session: Any = item.session
    # from Python 3.13 on either an instance or its dictionary shows what is in it, and the one shows no reference to the other
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
