"""A pytest plugin that writes what became of each test: ``pytest -p outcomes --outcomes=FILE``.

Rules of this file: alone in its folder, which is put on the path of a foreign suite; sees reports, changes nothing.
"""

import json
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outcomes", help="write the outcome of each phase of each test to this file")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("outcomes") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(config.getoption("outcomes"))))


class Recorder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        expected = " (xfail)" if hasattr(report, "wasxfail") else ""
        self.outcomes.setdefault(report.nodeid, []).append(f"{report.when} {report.outcome}{expected}")

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        self.path.write_text(json.dumps({"exit": int(exitstatus), "tests": self.outcomes}, indent=1))
