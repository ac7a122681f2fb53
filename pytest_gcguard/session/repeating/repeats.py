"""Running a suspect again, and what its repeats say.

Rules of this file: an accusation needs a rise in every repeat; a test that cannot be run again is never failed; the time for
one test is bounded.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_gcguard.core import watch
from pytest_gcguard.core.diagnosis import Grown, Growth, Made
from pytest_gcguard.core.heap import counting
from pytest_gcguard.core.heap.window import Frozen, Window
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Leak, Observation
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Held, Lens
from pytest_gcguard.session import stragglers
from pytest_gcguard.session.allowance import Allowance
from pytest_gcguard.session.config import places
from pytest_gcguard.session.held.parameters import Parameters
from pytest_gcguard.session.plugins.cleaners import Cleaners
from pytest_gcguard.session.repeating import clearing
from pytest_gcguard.session.repeating.confirmed import Confirmed
from pytest_gcguard.session.repeating.explaining import Explainer
from pytest_gcguard.session.repeating.known import Known
from pytest_gcguard.session.repeating.overdue import OverdueError
from pytest_gcguard.session.repeating.progress import Progress
from pytest_gcguard.session.repeating.steps import (
    as_told,
    grown_by,
    key_of,
    replaced_after,
    replaces,
    rises_again,
    says_little,
    without_first,
)
from pytest_gcguard.session.repeating.tracer import Tracer
from pytest_gcguard.session.repeating.unsettled import ENDLESS, NotTwiceError, UnsettledError, repeat, unconfirmed
from pytest_gcguard.session.scopes.stored import Stored

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.baseline import Baseline

_SURE = 16
_SURE_SECONDS = 0.25
"""Before a leak is told for the first time, its test is repeated up to `_SURE` times within so many seconds: something with a
limit, as a cache of ten entries, stops growing, and a repeat costs less than a false alarm."""
_SURE_IF_SLOW = 8
_SLOW_SECONDS = 5.0
"""A slower test is repeated up to so many times within so many seconds,"""
_PATIENCE = 20.0
"""as long as that has not taken so many together in a run: after that, `confirm` repeats have to do."""
_NOTHING: Growth = {}
_NAMED = 3
"""How many tests that were run again are named with the failure of a later one."""
_UNLIKELY = 8
"""After so many suspects in a row that one repeat has not cleared, only one in as many is tried."""


class Repeats:
    """Confirms suspects, and has their leaks explained where that is not known yet, as long as the run's allowance lasts."""

    def __init__(
        self, lens: Lens, config: pytest.Config, stored: Stored, allowance: Allowance, baseline: Baseline | None = None
    ) -> None:
        self._known = Known(lens)
        self._confirmed = Confirmed(self._known, places.relative_to(config), baseline)
        self._tracer = Tracer(lens)
        self._explainer = Explainer(lens, self._known, self._tracer, stored, Cleaners(config))
        self._allowance = allowance
        self.parameters = Parameters()
        self.failed: dict[str, tuple[str, str]] = {}
        """By file, the first test that did not pass when it was run again, and what happened."""
        self.repeated: dict[str, str] = {}
        """By class or module, the names of the latest tests that were run again: one text, since nothing else may be made."""
        self._endless: set[str] = set()
        """The test functions of which a repeat did not come to its end."""
        self._uncleared = 0
        """How many suspects in a row were not cleared by one repeat, or were not tried."""
        self._late = 0
        """How many in a row more repeats have not cleared, or were not tried, after the guard had taken too long."""
        self._patience = _PATIENCE
        """How many seconds are left of it."""
        self.refused = False
        """Whether a suspect was left as it was, since the guard had taken too long."""

    def held(self) -> list[object]:
        """The containers of its own that it adds to while a test is looked at."""
        own = [self.failed, self.repeated, self._endless]
        return [*self._known.held(), *self._confirmed.held(), *self._explainer.held(), *own]

    def roots(self) -> list[object]:
        """Roots that were found while tests were explained, whose holdings are no leaks."""
        return self._known.cursors.roots()

    def confirm(self, item: pytest.Item, policy: Policy, window: Window, seen: Observation, held: Held) -> tuple[Leak, ...]:
        """The leaks of a test whose first run left the survivors that were ``seen``."""
        try:
            return self._settled(item, policy, window, seen, held)
        except UnsettledError as unsettled:
            if isinstance(unsettled, NotTwiceError):
                self.failed.setdefault(item.nodeid.partition("::")[0], (item.nodeid, unsettled.failure))
                if unsettled.failure.startswith(OverdueError.__name__):
                    self._endless.add(self._known.function)
            return unconfirmed(seen, str(unsettled))

    def _settled(self, item: pytest.Item, policy: Policy, window: Window, seen: Observation, held: Held) -> tuple[Leak, ...]:
        """The same; raises `UnsettledError` where it cannot be told."""
        self._known.function = item.nodeid.partition("[")[0]
        once: Growth = {name: (number,) for name, number in seen.left.items()}
        held.own.append(once)
        short = self._is_short(policy, seen)
        if not policy.confirm:
            if short:
                self._refuse(policy)
            return grown_by(once, self._explainer.at_once(window, held, once))
        tolerated = self._confirmed.tolerated(item, policy, once, window, held)
        if tolerated:
            return grown_by(once, tolerated)
        progress = Progress(item, policy.confirm_seconds, short=short)
        held.own.append(progress)
        self._begin()
        known = self._by_one(progress, policy, window, held, once)
        if known:
            return known
        growth = self._repeated(progress, policy, window, held, seen)
        if not growth:
            self._confirmed.refute(once)
            return ()
        whole = as_told(growth, seen.left if policy.confirm > 1 else None, policy.confirm)
        key = key_of(without_first(growth, policy.confirm))
        replaced = max(replaced_after(whole), replaced_after(growth))
        grown = Grown(whole, replaced=replaced, runs=max(map(len, growth.values())))
        held.own.extend((growth, grown, key))
        leaks = self._known.again(key, window, held, growth, search=not short)
        if leaks is None:
            if short:
                self._refuse(policy)
            leaks = self._explainer.explain(progress, window, held, grown, key)
        self.parameters.learn(item, leaks)
        self._confirmed.learn(item, once, growth, leaks)
        return grown_by(whole, leaks)

    def _refuse(self, policy: Policy) -> NoReturn:
        """Leaves a suspect as it is, since the guard has taken too long by now."""
        self.refused = True
        raise UnsettledError(self._allowance.why(policy))

    def _begin(self) -> None:
        """Remembers that a test is repeated; raises `UnsettledError` if its function did not come to its end then before."""
        if self._known.function in self._endless:
            raise UnsettledError(ENDLESS)
        parent, _, name = self._known.function.rpartition("::")
        names = [each for each in self.repeated.get(parent, "").split(", ") if each not in ("", name)]
        self.repeated[parent] = ", ".join([*names[1 - _NAMED :], name])

    def _by_one(self, progress: Progress, policy: Policy, window: Window, held: Held, once: Growth) -> tuple[Leak, ...] | None:
        """The leaks of a test whose first run left just what has leaked in many others, if one repeat leaves the same again,
        held as it was there; None where more repeats are needed.
        """
        rising = self._confirmed.rising(once) if policy.confirm > 1 else ()
        traced = says_little(rising) or self._confirmed.needs_lines(once)
        if not rising or (traced and self._tracer.is_dear(progress.first)):
            return None
        counts: list[Mapping[str, int]] = [{name: steps[0] for name, steps in once.items()}]
        made: Made = {}
        held.own.extend((rising, counts))
        if traced:
            risen = {name: once[name] for name in rising}
            made = self._tracer.repeat(functools.partial(repeat, progress, policy), progress.first, window, risen)
            del risen
            held.own.extend((made, *made.values()))
        else:
            repeat(progress, policy)
        counts.append(watch.recount(window, held))
        growth = counting.risen(counts)
        if not rises_again(growth, rising):
            return None
        key = key_of(without_first(growth, 1))
        held.own.extend((growth, key))
        known = (
            self._known.by_lines(window, held, Grown(growth, made)) if traced else self._known.again(key, window, held, growth)
        )
        return known and grown_by(growth, known)

    def _is_short(self, policy: Policy, seen: Observation) -> bool:
        """Whether the guard has taken too long by now."""
        own = any(survivor.origin is Origin.OWN for survivor in seen.survivors)
        return self._allowance.is_used_up(policy, own=own)

    def _repeated(self, progress: Progress, policy: Policy, window: Window, held: Held, seen: Observation) -> Growth:
        """What rises in each repeat, by type; empty where repeats have cleared the test. ``seen`` is what it left first.

        If time is short, it gets as many repeats as are needed at least, as long as these do clear tests.
        """
        first = seen.left
        counts: list[Mapping[str, int]] = [] if policy.confirm > 1 else [first]
        held.own.append(counts)  # from Python 3.14 on the collector sees dictionaries of numbers too
        if policy.confirm > 1:
            likely = progress.short or _is_likely(self._uncleared)
            if likely and self._may_clear(window, first) and self._is_cleared(progress, policy, window, held, first):
                self._uncleared = 0
                return {}
            self._uncleared += 1
            # with several repeats, counting begins with the first of them: what that merely replaces does not rise again
            window.open()
        if not progress.short:
            return self._grown(progress, policy, window, held, counts)
        self._late += 1
        if not _is_likely(self._late):
            self._refuse(policy)
        growth = self._grown(progress, policy, window, held, counts)
        if not growth:
            self._late = 0
        return growth

    def _may_clear(self, window: Window, first: Mapping[str, int]) -> bool:
        return type(window) is Frozen and not self._known.expects(first)

    def _is_cleared(self, progress: Progress, policy: Policy, window: Window, held: Held, first: Mapping[str, int]) -> bool:
        """Whether one repeat shows that a test leaks nothing, as it only replaces what was there, or fills known caches."""
        if clearing.is_cleared(functools.partial(repeat, progress, policy), window, held, first):
            return True
        return self._known.is_cached(window, held, {name: (number, number) for name, number in first.items()})

    def _is_sure(
        self, policy: Policy, window: Window, held: Held, counts: Sequence[Mapping[str, int]], growth: Growth
    ) -> bool:
        """Whether it is known that what has risen leaks where it is kept, so that no more repeats are needed."""
        if self._known.is_kept(window, held, growth):
            return True
        # if something else was left too, that may hold it, as a list of the latest few
        if counts[-1].keys() == growth.keys() and self._known.says_enough(growth):
            return True
        return self._known.is_known(key_of(without_first(growth, policy.confirm)), window, held, growth)

    def _grown(
        self, progress: Progress, policy: Policy, window: Window, held: Held, counts: list[Mapping[str, int]]
    ) -> Growth:
        """Repeats a test while something rises each time, until that is sure or time is short; returns what has risen.

        Nothing may be made here that lasts from repeat to repeat: it would be counted.
        """
        growth = _NOTHING
        done = 0
        asked = is_sure = progress.short
        while done < policy.confirm or (not is_sure and self._is_unsure(progress, policy, done, growth)):
            repeat(progress, policy)
            done += 1
            growth = _NOTHING  # that of before would be counted, from Python 3.14 on
            counts.append(watch.recount(window, held))
            growth = counting.risen(counts)
            if not growth:
                return {}
            if done == policy.confirm:
                if self._known.is_cached(window, held, growth):
                    return {}
                is_sure = progress.short or self._is_sure(policy, window, held, counts, growth)
                if not is_sure and not asked and self._known.was_none(growth):
                    asked = True  # a look costs less than all the repeats until it is sure
                    if self._known.is_none_again(window, held, growth):
                        return {}
                    counts.clear()  # what was left until now is out of sight
                    done = 0
        waited = 0
        while growth and not is_sure and (waited := stragglers.pause(waited)):
            counts[-1] = watch.recount(window, held)
            growth = counting.risen(counts)
        return growth

    def _is_unsure(self, progress: Progress, policy: Policy, done: int, growth: Growth) -> bool:
        """Whether a rise in so many repeats is not sure yet: there is time for more, or the first one counted left more than
        the later ones, so that it may have left something that those replaced.
        """
        if done < _SURE and progress.seconds < _SURE_SECONDS:
            return True
        ahead = progress.slowest
        if progress.over(ahead):
            return False
        if done < _SURE_IF_SLOW and progress.seconds + ahead < _SLOW_SECONDS and ahead < self._patience:
            self._patience -= ahead
            return True
        return done == policy.confirm > 1 and replaces(growth)


def _is_likely(uncleared: int) -> bool:
    """Whether repeats may well clear a test, after so many that they have not; where they fail, they were too many."""
    return uncleared < _UNLIKELY or uncleared % _UNLIKELY == 0
