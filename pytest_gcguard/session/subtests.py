"""Tests that report parts of themselves while they run.

pytest logs the report of a test's setup before those of its subtests, and some plugins rely on that. The guard logs the
reports of a test when it has looked at it.

Rules of this file: a test that cannot have subtests runs as if this file was not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from _pytest import runner
from _pytest.unittest import TestCaseFunction

from pytest_gcguard.session import relayed


def run(item: pytest.Item, nextitem: pytest.Item | None) -> tuple[list[pytest.TestReport], bool]:
    """Runs a test as pytest does: its reports, and whether that of the setup was logged already."""
    if not isinstance(item, TestCaseFunction) and "subtests" not in getattr(item, "fixturenames", ()):
        return runner.runtestprotocol(item, log=False, nextitem=nextitem), False
    waiting: list[pytest.TestReport] = []
    is_begun = False

    def own(hooks: Any) -> dict[str, Callable[..., object]]:
        def make(**arguments: Any) -> object:
            report = hooks.pytest_runtest_makereport(**arguments)
            if arguments["call"].when == "setup":
                waiting.append(report)
            return report

        def log(**arguments: Any) -> object:
            nonlocal is_begun
            while waiting:
                is_begun = True
                hooks.pytest_runtest_logreport(report=waiting.pop())
            return hooks.pytest_runtest_logreport(**arguments)

        return {"pytest_runtest_makereport": make, "pytest_runtest_logreport": log}

    with relayed.hooks(item.session, own):
        reports = runner.runtestprotocol(item, log=False, nextitem=nextitem)
    return reports, is_begun
