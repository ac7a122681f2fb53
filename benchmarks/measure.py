"""Runs pytest in processes of their own and measures the user CPU time of each, as the kernel counts it.

Rules of this file: what is compared runs by turns, so that a busy machine is slow for both; a ratio is of neighbours.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

_ALWAYS = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
PLAIN = ("-p", "no:gcguard")
GUARDED = ("--gcguard",)
UNUSED = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Pairs:
    """The user CPU seconds of pairs of runs: without and with what is measured.

    >>> pairs = Pairs((1.0, 1.0, 2.0), (1.1, 1.3, 2.4))
    >>> round(pairs.ratio, 2), round(pairs.difference, 2)
    (1.2, 0.3)
    """

    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the ratios of each pair."""
        return median(after / before for before, after in zip(self.before, self.after, strict=True))

    @property
    def difference(self) -> float:
        """The median of the differences of each pair, in seconds."""
        return median(after - before for before, after in zip(self.before, self.after, strict=True))


def pairs(suite: Path, number: int, before: Sequence[str], after: Sequence[str]) -> Pairs:
    """Runs a suite with two sets of options by turns; one run of each goes first and is not counted."""
    for options in (before, after):
        user_seconds(suite, options)
    times = [(user_seconds(suite, before), user_seconds(suite, after)) for _ in range(number)]
    return Pairs(tuple(time for time, _ in times), tuple(time for _, time in times))


def user_seconds(suite: Path, options: Sequence[str]) -> float:
    """The user CPU time of one run of pytest; a run that fails is an error with its output."""
    output = suite.parent / f"{suite.name}.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *_ALWAYS, *options, str(suite)],
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=suite,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTEST_ADDOPTS": ""},
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = output.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"pytest {' '.join(options)} ended with {process.returncode}:\n{said}")
    return usage.ru_utime
