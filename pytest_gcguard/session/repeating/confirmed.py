"""Which leaks repeats have confirmed, so that further tests whose first run leaves just the same are repeated less.

Such a test is not repeated at all if the leak cannot fail it, and two other test functions have shown that it rises each time
and where it is held. That is so for what a library's cache keeps in test after test, and for what the baseline knows of the
test. If the leak can fail it, it is repeated once, if many other test functions have shown the leak and none the contrary.

Rules of this file: in doubt the test is repeated.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from pytest_gcguard.core import diagnosis
from pytest_gcguard.core.diagnosis import Growth
from pytest_gcguard.core.documents.coverage import place_of
from pytest_gcguard.core.heap.window import Frozen, Window
from pytest_gcguard.core.judge import Relative, judge
from pytest_gcguard.core.model import Leak, Observation
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Held
from pytest_gcguard.session.repeating.known import Known, are_alike_but_for_lines
from pytest_gcguard.session.repeating.steps import Key, key_of

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.baseline import Baseline

_SEEN = 2
"""In how many test functions a leak must have been confirmed and explained alike, to be known;"""
_MANY = 8
"""and in how many, so that one repeat is enough."""
_KNOWN = 200
"""How many leaks are known at most."""


class Confirmed:
    """The leaks that were confirmed in a run, by what a test's first run had left.

    ``known`` is what else is known of leaks, ``relative`` shortens paths, ``baseline`` has the findings that are let through.
    """

    def __init__(self, known: Known, relative: Relative, baseline: Baseline | None) -> None:
        self._known = known
        self._relative = relative
        self._baseline = baseline
        self._confirmed: dict[Key, dict[str, tuple[Leak, ...]]] = {}
        """By what the first run had left, the leaks of each of some test functions."""
        self._rising: dict[Key, frozenset[str]] = {}
        """By the same, which types of that rise; the others are merely replaced."""
        self._refuted: set[Key] = set()
        """What first runs had left of tests in which nothing rose."""
        self._collected: Counter[str] = Counter()
        """How many tests each function has."""

    def held(self) -> list[object]:
        """The containers of its own that it adds to while a test is looked at."""
        return [self._confirmed, self._rising, self._refuted, self._collected]

    def learn(self, item: pytest.Item, once: Growth, growth: Growth, leaks: tuple[Leak, ...]) -> None:
        """Remembers the leaks that repeats have confirmed of what the first run had left (``once``)."""
        if not leaks or not growth.keys() <= once.keys() or not all(map(_stays, leaks)):
            return
        key = key_of(once)
        if self._rising.get(key, growth.keys()) != growth.keys():
            self.refute(once)
            return
        if key in self._confirmed or len(self._confirmed) < _KNOWN:
            known = self._confirmed.setdefault(key, {})
            self._rising[key] = frozenset(growth)
            if len(known) < _MANY:
                known[place_of(item.nodeid)] = leaks

    def refute(self, once: Growth) -> None:
        """Remembers that nothing has risen in a test whose first run had left this."""
        if len(self._refuted) < _KNOWN:
            self._refuted.add(key_of(once))

    def rising(self, once: Growth) -> frozenset[str]:
        """The types of what a first run left that have risen in the repeats of many test functions, and of every one that left
        just the same; none where that is not known.
        """
        key = key_of(once)
        if len(self._confirmed.get(key, ())) < _MANY or key in self._refuted or len(self._refuted) >= _KNOWN:
            return frozenset()
        return self._rising[key]

    def needs_lines(self, once: Growth) -> bool:
        """Whether of what is known of the leaks of such tests only the lines that make them can tell whose they are."""
        leaks = chain.from_iterable(self._confirmed.get(key_of(once), {}).values())
        return any(map(self._known.may_be_own, leaks))

    def tolerated(self, item: pytest.Item, policy: Policy, once: Growth, window: Window, held: Held) -> tuple[Leak, ...]:
        """The leaks of a test that need not be repeated, as they are known and cannot fail it; else nothing."""
        known = tuple(self._confirmed.get(key_of(once), {}).values())
        if len(known) < _SEEN or not are_alike_but_for_lines(known) or type(window) is not Frozen:
            return ()
        leaks = known[0]
        if policy.leaks is not None or policy.accept or not all(self._fails_nothing(item, policy, leak) for leak in leaks):
            return ()
        containers = [leak.holder.container for leak in leaks if leak.holder is not None and leak.holder.container is not None]
        held.own.extend((known, containers))
        hang = diagnosis.hangs_from(window, held, once, containers) and diagnosis.held_again(window, held, once, leaks)
        return leaks if hang else ()

    def _fails_nothing(self, item: pytest.Item, policy: Policy, leak: Leak) -> bool:
        """Whether a leak cannot fail a test: it is ignored, in the baseline for this test, or not the project's."""
        findings = judge(Observation(leaks=(leak,)), policy, self._relative).findings
        if not findings:
            return True
        if findings[0].signature in policy.baseline:
            return self._is_listed(item, findings[0].signature)
        return leak.origin not in policy.origins and not self._known.may_be_own(leak)

    def _is_listed(self, item: pytest.Item, signature: str) -> bool:
        """Whether the baseline has a finding for every test of a function: it does not say which, if it has it for some."""
        known = self._baseline.entries.get(signature) if self._baseline is not None else None
        if known is None:
            return False
        if not self._collected:
            self._collected.update(place_of(each.nodeid) for each in item.session.items)
        place = place_of(item.nodeid)
        return 0 < self._collected[place] <= known.where.get(place, 0)


def _stays(leak: Leak) -> bool:
    """Whether a leak is confirmed, and held in a place that can be looked at again."""
    holder = leak.holder
    if holder is None or holder.container is None or holder.of_c or holder.of_thread:
        return False
    return leak.confirmed and not leak.cut_short
