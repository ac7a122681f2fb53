"""Plugins for which a test ends where its report is made: there they take mocks back, or tell which checks have failed.

A repeat makes no report, since others count reports, or skip the tests after one that has failed. Without these plugins a mock
would stay for the next test, and a check that fails in a repeat would be told as the failure of a test.

Rules of this file: no hook is called but theirs and pytest's own.
"""

from __future__ import annotations

from typing import Any

import pytest

from pytest_gcguard.session.held.tools import package

_PACKAGES = frozenset({"chainmock", "flexmock", "pytest_check", "pytestqt"})
_HOOK = "pytest_runtest_makereport"


def failed(item: pytest.Item, call: pytest.CallInfo[None]) -> bool:
    """Whether such a plugin says that a phase of a test has failed; it may have written why into ``call``, too."""
    impls = getattr(item.ihook, _HOOK).get_hookimpls()
    homes = [getattr(impl.function, "__module__", "") for impl in impls]
    if _PACKAGES.isdisjoint(map(package, homes)):
        return False
    others = [impl.plugin for impl, home in zip(impls, homes, strict=True) if not _is_asked(home)]
    try:
        report: Any = item.config.pluginmanager.subset_hook_caller(_HOOK, others)(item=item, call=call)
    except Exception:  # noqa: BLE001 -- whatever it raises, it has not found the test good
        return True
    return bool(report.failed)


def _is_asked(module: str) -> bool:
    return module == "_pytest.runner" or package(module) in _PACKAGES
