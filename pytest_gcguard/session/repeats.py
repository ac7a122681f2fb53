"""Running a suspect again, and what its repeats say.

Rules of this file: an accusation needs a rise in every repeat; a test that cannot be run again is never failed.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_gcguard.core import survivors, tracing, watch
from pytest_gcguard.core.model import Leak
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Explained, Lens
from pytest_gcguard.core.window import Window
from pytest_gcguard.session import rerun
from pytest_gcguard.session.heap import Heap


def confirm(  # noqa: PLR0913, PLR0917 -- the test, how to look at it and what was seen belong to one question
    item: pytest.Item,
    policy: Policy,
    lens: Lens,
    window: Window,
    heap: Heap,
    first: Mapping[str, int],
    explained: Explained,
    may_repeat: bool,
) -> tuple[Leak, ...]:
    """The leaks of a test whose first run left survivors (``first``, counted by type)."""
    if not policy.confirm:
        return _diagnose(lens, window, explained, {name: (number,) for name, number in first.items()})
    if not may_repeat or item.config.getoption("usepdb"):
        return ()
    if policy.confirm > 1:
        # with several repeats the first of them is the beginning: what it merely replaces does not rise in the second
        window.open()
    counts: list[Mapping[str, int]] = [] if policy.confirm > 1 else [first]
    growth: Mapping[str, tuple[int, ...]] = {}
    for _ in range(policy.confirm):
        if rerun.again(item) is not None:
            return ()
        counts.append(watch.recount(window, explained))
        growth = survivors.risen(counts)
        if not growth:
            return ()
    whole = {name: (first.get(name, 0), *steps) if policy.confirm > 1 else steps for name, steps in growth.items()}
    with tracing.tracing():
        rerun.again(item)  # once more, for the lines that make what leaks
        return _diagnose(lens, window, explained, whole)


def _diagnose(lens: Lens, window: Window, explained: Explained, growth: Mapping[str, tuple[int, ...]]) -> tuple[Leak, ...]:
    leaks = watch.diagnose(lens, window, explained, growth)
    window.open()  # what was thawed for the diagnosis goes out of sight again
    return leaks
