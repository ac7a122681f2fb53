"""Makes a report after the run of a test is over, by the same hooks that make reports while it runs.

Rules of this file: a hook that fails, because the test's fixtures are gone, costs no report.
"""

from __future__ import annotations

import warnings
from typing import Any

import pluggy
import pytest


def report(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
    """The report of a call, made as pytest makes it; if a hook of others fails, by pytest's own hooks alone.

    ``item.funcargs`` is empty meanwhile: the fixtures are torn down, and their values are gone.
    """
    attributes = item.__dict__
    without = "funcargs" in attributes and attributes["funcargs"] is None
    if without:
        attributes["funcargs"] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pluggy.PluggyTeardownRaisedWarning)
            made: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    except pytest.exit.Exception:
        raise
    except Exception:  # noqa: BLE001 -- whatever somebody's hook raises, the test has ended as it has
        made = _by_pytest_alone(item)(item=item, call=call)
    finally:
        if without:
            attributes["funcargs"] = None
    return made


def _by_pytest_alone(item: pytest.Item) -> Any:
    hook: Any = item.ihook.pytest_runtest_makereport
    others = [impl.plugin for impl in hook.get_hookimpls() if not str(impl.function.__module__).startswith("_pytest.")]
    return item.config.pluginmanager.subset_hook_caller("pytest_runtest_makereport", others)
