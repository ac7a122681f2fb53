"""The use case beside ``watch``: which lines keep more memory that gc does not track each time a test runs.

Rules of this file: as those of ``watch``; imported only where somebody asks for memory.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import collector, freezing
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.leaks import holders, memory
from pytest_gcguard.core.model import MemoryGrowth
from pytest_gcguard.core.origins import tracing


def grown(lens: watch.Lens, window: Window, again: Callable[[], bool], repeats: int) -> tuple[MemoryGrowth, ...]:
    """Which lines keep more memory that gc does not track after each repeat; thaws the heap and freezes nothing.

    ``again`` runs what is watched once more and says whether that went well. It is run ``repeats`` + 1 times.
    """
    with tracing.tracing():
        readings = [memory.read(lens.origins)]
        for _ in range(repeats + 1):
            if not again():
                return ()
            collector.collect()
            readings.append(memory.read(lens.origins))
            rises = memory.risen(readings)
            if not rises:
                return ()
        # also what is explained: a cache of the interpreter's keeps what the test made by way of its own new entries
        tracked = watch.remaining(window, watch.Held())
        freezing.thaw()
        found = memory.examples(rises, tracked, lens.origins, readings[-1].largest)
        del tracked
    # no longer traced: the search for holders makes many numbers, and each would be traced as well
    with holders.Search(lens.origins, budget=lens.budget) as search:
        return memory.explain(rises, found, lens.origins, search.holder)
