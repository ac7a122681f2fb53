"""Running a suspect again, and what its repeats say.

Rules of this file: an accusation needs a rise in every repeat; a test that cannot be run again is never failed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from pytest_gcguard.core import survivors, tracing, watch
from pytest_gcguard.core.model import Leak
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Explained, Growth, Lens, Made
from pytest_gcguard.core.window import Window
from pytest_gcguard.session import places, rerun

_KNOWN = 1_000


class Repeats:
    """Confirms suspects, and remembers what it has explained: the same leak in many tests is explained once.

    Explaining needs the whole heap. A leak is the same when the same types rise by as much and are made by the same lines.
    """

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._known: dict[object, tuple[Leak, ...]] = {}

    def confirm(
        self, item: pytest.Item, policy: Policy, window: Window, first: Mapping[str, int], explained: Explained
    ) -> tuple[Leak, ...]:
        """The leaks of a test whose first run left survivors (``first``, counted by type)."""
        if not policy.confirm:
            return self._explain(window, explained, {name: (number,) for name, number in first.items()}, {})
        counts: list[Mapping[str, int]] = [] if policy.confirm > 1 else [first]

        def explained_or_counted() -> list[object]:
            return [*explained(), counts]  # from Python 3.14 on the collector sees dictionaries of numbers too

        if policy.confirm > 1:
            # with several repeats the first of them is the beginning: what it merely replaces does not rise in the second
            window.open()
        growth: Growth = {}
        for _ in range(policy.confirm):
            if rerun.again(item) is not None:
                return ()
            places.settle(item.config)
            counts.append(watch.recount(window, explained_or_counted))
            growth = survivors.risen(counts)
            if not growth:
                return ()
        with tracing.tracing():
            rerun.again(item)  # once more, for the lines that make what leaks
            places.settle(item.config)
            made = watch.trace(self._lens, window, growth)
        whole = {name: (first.get(name, 0), *steps) if policy.confirm > 1 else steps for name, steps in growth.items()}
        return self._explain(window, explained_or_counted, whole, made)

    def _explain(self, window: Window, explained: Explained, growth: Growth, made: Made) -> tuple[Leak, ...]:
        key = (frozenset(growth.items()), frozenset(places[0] for places in made.values()))
        if not made or key not in self._known:
            leaks = tuple(map(_placed, watch.diagnose(self._lens, window, explained, growth, made)))
            window.open()  # what was thawed for the diagnosis goes out of sight again
            if len(self._known) < _KNOWN:
                self._known[key] = leaks
            return leaks
        return self._known[key]


def _placed(leak: Leak) -> Leak:
    return dataclasses.replace(leak, made_at=tuple(map(tracing.with_function, leak.made_at)))
