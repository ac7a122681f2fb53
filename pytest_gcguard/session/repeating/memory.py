"""Repeats of a test with every allocation traced, to see which lines keep more memory each time.

Rules of this file: only for tests that ask for it.
"""

from __future__ import annotations

import dataclasses

import pytest

from pytest_gcguard.core import weighing
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.model import MemoryGrowth
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Lens
from pytest_gcguard.session.repeating import rerun


def grown(item: pytest.Item, policy: Policy, window: Window, lens: Lens) -> tuple[MemoryGrowth, ...]:
    """The lines that keep more after each of ``confirm`` repeats (at least one) of a test; none if a repeat fails."""
    found = weighing.grown(lens, window, lambda: rerun.again(item) is None, max(1, policy.confirm))
    if found:
        window.open()  # what was thawed to find examples goes out of sight again
    return tuple(map(_placed, found))


def _placed(growth: MemoryGrowth) -> MemoryGrowth:
    return dataclasses.replace(growth, made_at=tuple(map(tracing.with_function, growth.made_at)))
