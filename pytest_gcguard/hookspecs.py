"""The hooks that a conftest.py or a plugin can implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.document import Document
    from pytest_gcguard.core.model import Finding


@pytest.hookspec(firstresult=True)
def pytest_gcguard_ignore(obj: object) -> bool | None:
    """Whether cycles that an object takes part in are not to be mentioned; None leaves it to the next implementation.

    Called for the objects of each cycle while they are unreachable: do not keep a reference.

    Example::

        def pytest_gcguard_ignore(obj):
            return True if isinstance(obj, app.PluginRegistry) else None
    """


def pytest_gcguard_finding(item: pytest.Item, finding: Finding) -> None:
    """Called for each finding of a test, in the process that ran it, after its verdict."""


def pytest_gcguard_report(config: pytest.Config, report: Document) -> None:
    """Called once at the end of the run, in the process that prints, with all that was found."""
