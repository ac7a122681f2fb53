"""Running a suspect again, and what its repeats say.

Rules of this file: an accusation needs a rise in every repeat; a test that cannot be run again is never failed; the time for
one test is bounded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import pytest

from pytest_gcguard.core import survivors, tracing, watch
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Leak, Observation
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Explained, Growth, Lens, Made
from pytest_gcguard.core.window import Window
from pytest_gcguard.session.progress import Progress

_KNOWN = 1_000
_SURE = 16
_SURE_SECONDS = 0.25
"""Before a leak is told for the first time, its test is repeated up to so often within so many seconds: what is bounded, as a
cache of some ten entries, stops to grow, and a repeat costs less than a false alarm."""
_SEEN = 2
"""A leak whose types rose as much in so many tests, each time explained alike, is recognised without a trace."""
_TRACED_SLOWER = 4.0
"""So much longer a repeat may take while its allocations are traced."""
_SHALLOW = 4
_QUICK = 0.1
"""Repeats of more seconds than this are traced with fewer frames, which costs less."""
_FIXTURE = "_pytest.fixtures.FixtureDef"
SETTLE = "let the test pass twice in one process, or mark it gcguard(confirm=0) to trust its only run"


class Repeats:
    """Confirms suspects, and remembers what it has explained: the same leak in many tests is explained once.

    Explaining needs the whole heap. A leak is the same when the same types rise by as much and are made by the same lines.
    """

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._known: dict[object, tuple[Leak, ...]] = {}
        self._by_growth: dict[object, list[tuple[Leak, ...]]] = {}
        self._told: set[frozenset[str]] = set()

    def confirm(
        self, item: pytest.Item, policy: Policy, window: Window, seen: Observation, explained: Explained
    ) -> tuple[Leak, ...]:
        """The leaks of a test whose first run left the survivors that were ``seen``."""
        first = seen.left
        if not policy.confirm:
            whole: Growth = {name: (number,) for name, number in first.items()}
            return self._explain(window, explained, whole, watch.trace(self._lens, window, whole) if tracing.running() else {})
        counts: list[Mapping[str, int]] = [] if policy.confirm > 1 else [first]

        def explained_or_counted() -> list[object]:
            return [*explained(), counts]  # from Python 3.14 on the collector sees dictionaries of numbers too

        if policy.confirm > 1:
            # with several repeats the first of them is the beginning: what it merely replaces does not rise in the second
            window.open()
        progress = Progress(item, policy.confirm_seconds)
        try:
            growth = self._grown(progress, policy, lambda: watch.recount(window, explained_or_counted), counts)
        except _UnsettledError as unsettled:
            return unconfirmed(seen, str(unsettled))
        if not growth:
            return ()
        start = {name: first.get(name, 0) for name in growth} if policy.confirm > 1 else {}
        whole = _as_told(growth, start, policy.confirm)
        known = self._recognised(whole)
        if known is not None:
            return known
        made = self._trace(progress, window, growth)
        return self._explain(window, explained_or_counted, whole, made)

    def _grown(
        self, progress: Progress, policy: Policy, count: Callable[[], dict[str, int]], counts: list[Mapping[str, int]]
    ) -> Growth:
        """Repeats a test as long as something rises each time, and until that is sure; what has risen."""
        if not policy.repeat:
            raise _UnsettledError("its marker says that it cannot be run twice; to settle it: " + SETTLE)
        growth: Growth = {}
        done = 0
        while done < policy.confirm or (done < _SURE and progress.seconds < _SURE_SECONDS and self._unsure(growth)):
            if progress.over():
                raise _UnsettledError(
                    f"its repeats take more than {policy.confirm_seconds:g} s; to settle it: raise gcguard_confirm_seconds"
                )
            failure = progress.repeat()
            if failure is not None:
                raise _UnsettledError(f"{failure} when it was run again; to settle it: {SETTLE}")
            done += 1
            counts.append(count())
            growth = survivors.risen(counts)
            if not growth:
                break
        return growth

    def _unsure(self, growth: Growth) -> bool:
        """Whether something grows that was not told before."""
        return not any(growth.keys() <= told for told in self._told)

    def _recognised(self, growth: Growth) -> tuple[Leak, ...] | None:
        """What is known of a leak by its counts alone; None where it is new, or where plain containers say too little."""
        explained = self._by_growth.get(_key(growth), [])
        telling = any(not name.startswith("builtins.") for name in growth)
        same = len(explained) >= _SEEN and all(leaks == explained[0] for leaks in explained)
        return explained[0] if telling and same else None

    def _trace(self, progress: Progress, window: Window, growth: Growth) -> Made:
        """Runs the test once more, for the lines that make what leaks; nothing where there is no time for it.

        What is traced from the start of the run is known without.
        """
        if tracing.running():
            return watch.trace(self._lens, window, growth)
        if progress.over(ahead=_TRACED_SLOWER * progress.slowest):
            return {}
        with tracing.tracing(tracing.FRAMES if progress.slowest < _QUICK else _SHALLOW):
            progress.repeat()
            return watch.trace(self._lens, window, growth)

    def _explain(self, window: Window, explained: Explained, growth: Growth, made: Made) -> tuple[Leak, ...]:
        key = (_key(growth), frozenset(places[0] for places in made.values()))
        if not made or key not in self._known:
            leaks = tuple(map(_placed, watch.diagnose(self._lens, window, explained, growth, made)))
            window.open()  # what was thawed for the diagnosis goes out of sight again
            if len(self._known) >= _KNOWN:
                return leaks
            self._known[key] = leaks
        leaks = self._known[key]
        self._told.add(frozenset(growth))
        before = self._by_growth.setdefault(_key(growth), [])
        if len(before) < _SEEN:
            before.append(leaks)
        return leaks


class _UnsettledError(Exception):
    """Repeats could not tell; the words say why, and how to settle it."""


def unconfirmed(seen: Observation, why: str) -> tuple[Leak, ...]:
    """What a test left that could not be run again: the project's types, as one finding that never fails a test."""
    own = [survivor for survivor in seen.survivors if survivor.origin is Origin.OWN]
    if not own:
        return ()
    types = tuple(survivor.type for survivor in own)
    return (Leak(types, (own[0].count,), Origin.OWN, objects=own[0].count, confirmed=False, why=why),)


def _key(growth: Growth) -> frozenset[tuple[str, tuple[int, ...]]]:
    return frozenset(growth.items())


def _as_told(growth: Growth, first: Mapping[str, int], confirm: int) -> Growth:
    """The rise in the first run and in the first ``confirm`` repeats; more of them only made it sure."""
    told: dict[str, tuple[int, ...]] = {}
    for name, steps in growth.items():
        rises: Sequence[int] = (first[name], *steps) if name in first else steps
        told[name] = tuple(rises[: confirm + 1])
    return told


def _placed(leak: Leak) -> Leak:
    made_at = tuple(map(tracing.with_function, leak.made_at))
    # what the value of a wider-scoped fixture holds ends with the fixture, whichever way a search finds there
    of_fixture = leak.holder is not None and any(step.type == _FIXTURE for step in leak.holder.path)
    return dataclasses.replace(leak, made_at=made_at, origin=Origin.HARNESS if of_fixture else leak.origin)
