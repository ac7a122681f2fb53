"""Settings and fixtures of all tests: mini projects are run by pytester; looks at the heap see only what a test makes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import collector, freezing
from pytest_gcguard.core.heap.window import Frozen
from pytest_gcguard.core.model import Observation
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.watch import Lens

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def lens() -> Lens:
    return Lens(Origins(ROOT / "tests"))


@pytest.fixture
def left_by(lens: Lens) -> Iterator[Callable[[Callable[[], object]], Observation]]:
    """What a function leaves: ``left_by(function)`` is the observation of a look after its call."""
    before = collector.Settings.take()

    def look(function: Callable[[], object]) -> Observation:
        gc.disable()
        gc.collect()
        window = Frozen()
        window.open()
        function()
        return watch.look(lens, window, window.objects())

    yield look
    freezing.thaw()
    before.restore()
