"""The baseline that a run was asked to know: its file, and what is in it.

Rules of this file: what is wrong with the list is told before the first test runs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from pytest_gcguard.core.documents import baseline
from pytest_gcguard.core.documents.baseline import Baseline

INPUT = "gcguard_baseline"
"""Under which name a worker of pytest-xdist is sent the list, and sends what it has collected."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """The baseline that was asked for: its file, what is in it, whether it is to be written and whether it is to be exact."""

    path: Path
    known: Baseline
    update: bool
    strict: bool


def load(path: Path, config: pytest.Config, update: bool, wrong: Callable[[str], NoReturn]) -> Baseline:
    """The list of a file; ``wrong`` complains. A worker of pytest-xdist, which may be on another machine, is sent it."""
    if hasattr(config, "workerinput") and INPUT in config.workerinput:
        return baseline.read(config.workerinput[INPUT])
    if not path.exists():
        return Baseline() if update else wrong("there is no such file; --gcguard-update-baseline makes it")
    try:
        return baseline.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return wrong(str(error))
