"""Runs the suite of patterns under the guard, in a process of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

from benchmarks.patterns.table import test_name

SUITE = Path(__file__).with_name("suite")


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that is over: the JSON report, each test's outcome (passed, failed or skipped) by its name, the output."""

    report: dict[str, Any]
    outcomes: dict[str, str]
    output: str


def run(order: int = 0, whole_heap: bool = False, seconds: float = 600) -> Run:
    """Runs the suite, its tests in a random order of that seed, or as they are written (0)."""
    with tempfile.TemporaryDirectory() as folder:
        report, junit = Path(folder) / "report.json", Path(folder) / "junit.xml"
        options = [
            *("--gcguard", f"--gcguard-report=json:{report}", f"--junitxml={junit}", f"--order={order}"),
            *(["--whole-heap"] if whole_heap else []),
            *("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist", "-p", "no:pytest_cov"),
            f"--gcguard-run-seconds={seconds}",  # nearly every other test leaks: a slow machine is to look at all of them, too
        ]
        environment = {key: value for key, value in os.environ.items() if key not in {"GITHUB_ACTIONS", "PYTEST_ADDOPTS"}}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options],
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
            cwd=SUITE,
            env=environment,
        )
        output = done.stdout + done.stderr
        if not report.exists() or not junit.exists():
            raise RuntimeError(f"pytest ended with {done.returncode} and without a report:\n{output}")
        return Run(json.loads(report.read_text(encoding="utf-8")), _outcomes(junit), output)


def _outcomes(junit: Path) -> dict[str, str]:
    """The worst outcome of each name; an expected failure counts as skipped, as JUnit has it."""
    order = ("skipped", "passed", "failed")
    outcomes: dict[str, str] = {}
    for case in ET.parse(junit).iter("testcase"):
        kinds = {part.tag for part in case}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        name = test_name(case.get("name", ""))
        outcomes[name] = max(outcomes.get(name, outcome), outcome, key=order.index)
    return outcomes
