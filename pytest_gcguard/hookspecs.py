"""The hooks that a conftest.py or a plugin can implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.document import Document
    from pytest_gcguard.core.model import Finding


@pytest.hookspec(firstresult=True)
def pytest_gcguard_ignore(obj: object) -> bool | None:
    """Whether the cycles that an object takes part in are not to be mentioned; None leaves it to the next implementation.

    ``obj`` is an object of a cycle, and unreachable: do not keep a reference to it. What this raises is told once, and counts
    as False.

    Example::

        def pytest_gcguard_ignore(obj):
            return True if isinstance(obj, app.PluginRegistry) else None
    """


def pytest_gcguard_finding(item: pytest.Item, finding: Finding) -> None:
    """Called for each finding of a test, before the test is reported, in the process that ran it.

    ``item`` is the test and ``finding`` a `pytest_gcguard.Finding`: text and numbers, which may be kept. What this raises is
    told once, and changes no result.

    Example::

        def pytest_gcguard_finding(item, finding):
            item.user_properties.append(("gcguard.signature", finding.signature))
    """


def pytest_gcguard_report(config: pytest.Config, report: Document) -> None:
    """Called once at the end of the run, in the process that prints, with all that was found.

    ``report`` is a `pytest_gcguard.Document`: ``entries`` has one entry for each signature, ``summary`` the numbers. What this
    raises is told and changes no result, except for `pytest.exit`, which sets the run's.

    Example::

        def pytest_gcguard_report(config, report):
            print(len(report.entries), "findings in", report.summary.checked, "tests")
    """
