"""The baseline that a run was given: its file, and what is in it.

Rules of this file: a wrong file is reported before the first test runs.
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
"""The name under which a worker of pytest-xdist is sent the list, and sends back what it has collected."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """The baseline of a run: its file, what is in it, whether to write it, and whether the run fails by stale entries."""

    path: Path
    known: Baseline
    update: bool
    strict: bool


def load(path: Path, config: pytest.Config, update: bool, wrong: Callable[[str], NoReturn]) -> Baseline:
    """The list in a file; ``wrong`` complains about it. A worker of pytest-xdist is sent the list: it may be elsewhere."""
    if hasattr(config, "workerinput") and INPUT in config.workerinput:
        return baseline.read(config.workerinput[INPUT])
    if not path.exists():
        return Baseline() if update else wrong("there is no such file; --gcguard-update-baseline makes it")
    try:
        return baseline.read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return wrong(str(error))
