"""Runs a library's suite in an environment of its own and keeps what came of it.

Rules of this file: the suite runs as its developers run it, in its source distribution, installed editable; what it said is
kept as text beside the numbers.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import environments
from benchmarks.real.suites import Suite

_RECORDING = Path(__file__).resolve().parent / "recording"
_ALWAYS = ("-q", "-rN", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "outcomes")
PLAIN = ("-p", "no:gcguard")
GUARDED = ("--gcguard", "--gcguard-fail-on=none")
DEFAULTS = ("--gcguard",)
_TIME = re.compile(r"\d\d:\d\d:\d\d")
_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d-\d\d-\d{4}")


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """One run: pytest's exit status, the outcome of each phase of each test, user CPU seconds, and the guard's report."""

    exit: int
    seconds: float
    tests: dict[str, list[str]]
    report: dict[str, Any] | None

    @property
    def own(self) -> list[dict[str, Any]]:
        """The findings that are the project's own."""
        return [finding for finding in self.report["findings"] if finding["origin"] == "own"] if self.report else []


def run(suite: Suite, work: Path, name: str, options: tuple[str, ...], hash_seed: str = "0") -> Run:
    """Runs a suite once and writes ``WORK/SUITE/NAME.json``, ``.report.json`` and ``.txt``."""
    place = work / suite.name
    python, source = prepare(suite, work)
    outcomes, report, said = place / f"{name}.outcomes.json", place / f"{name}.report.json", place / f"{name}.txt"
    for old in (outcomes, report):
        old.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", *_ALWAYS, f"--outcomes={outcomes}", *suite.options, *options]
    if "--gcguard" in options:
        command.append(f"--gcguard-report=json:{report}")
    environment = {**os.environ, "PYTHONPATH": str(_RECORDING), "PYTHONHASHSEED": hash_seed, "PYTHONDONTWRITEBYTECODE": "1"}
    for unwanted in ("PYTEST_ADDOPTS", "GITHUB_ACTIONS", "CI"):
        environment.pop(unwanted, None)
    with said.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, cwd=source, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if not outcomes.exists():
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said.read_text(errors='replace')}")
    recorded = json.loads(outcomes.read_text(encoding="utf-8"))
    outcomes.unlink()
    result = Run(
        process.returncode,
        round(usage.ru_utime, 1),
        recorded["tests"],
        json.loads(report.read_text(encoding="utf-8")) if report.exists() else None,
    )
    kept = {"title": suite.title, "exit": result.exit, "seconds": result.seconds, "tests": result.tests}
    (place / f"{name}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return result


def load(suite: Suite, work: Path, name: str) -> Run | None:
    """A run that was kept; None if there is none of this release."""
    place = work / suite.name
    if not (place / f"{name}.json").exists():
        return None
    kept = json.loads((place / f"{name}.json").read_text(encoding="utf-8"))
    report = place / f"{name}.report.json"
    if kept.pop("title") != suite.title:
        return None
    return Run(**kept, report=json.loads(report.read_text(encoding="utf-8")) if report.exists() else None)


def prepare(suite: Suite, work: Path) -> tuple[Path, Path]:
    """The suite's Python and the folder of its sources, made if they are not there."""
    tools = environments.make(work / "tools")
    folder = environments.source(tools, f"{suite.name}=={suite.version}", work / "sources" / f"{suite.name}-{suite.version}")
    return environments.make(work / suite.name / "env", ["-e", str(folder), *suite.needs]), folder


def different(plain: Run, guarded: Run) -> list[tuple[str, list[str] | None, list[str] | None]]:
    """The tests whose phases did not end the same, with how they ended plain and guarded.

    >>> before, after = {"test_at[02:16:25 2030-01-31]": ["call passed"]}, {"test_at[02:16:29 2030-01-31]": ["call failed"]}
    >>> different(Run(0, 1.0, before, None), Run(1, 1.0, after, None))
    [('test_at[<time> <date>]', ['call passed'], ['call failed'])]
    """
    before, after = _timeless(plain.tests), _timeless(guarded.tests)
    tests = sorted(before.keys() | after.keys())
    return [(test, before.get(test), after.get(test)) for test in tests if before.get(test) != after.get(test)]


def _timeless(tests: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The tests without the time of their collection, which some have in their names."""
    timeless: dict[str, list[str]] = {}
    for test, phases in tests.items():
        timeless.setdefault(_DATE.sub("<date>", _TIME.sub("<time>", test)), []).extend(phases)
    return timeless
