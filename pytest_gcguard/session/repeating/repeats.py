"""Running a suspect again, and what its repeats say.

Rules of this file: an accusation needs a rise in every repeat; a test that cannot be run again is never failed; the time for
one test is bounded.
"""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from pytest_gcguard.core import diagnosis, watch
from pytest_gcguard.core.diagnosis import Diagnosis, Grown, Growth
from pytest_gcguard.core.heap import counting
from pytest_gcguard.core.heap.unreachable import Mark
from pytest_gcguard.core.heap.window import Frozen, Window
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import latest, survivors
from pytest_gcguard.core.model import Leak, Observation
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Held, Lens
from pytest_gcguard.session import stragglers
from pytest_gcguard.session.held.parameters import Parameters
from pytest_gcguard.session.repeating import clearing
from pytest_gcguard.session.repeating.known import Key, Known, key_of
from pytest_gcguard.session.repeating.progress import Progress
from pytest_gcguard.session.repeating.tolerated import Tolerated
from pytest_gcguard.session.repeating.tracer import Tracer
from pytest_gcguard.session.repeating.unsettled import NotTwiceError, UnsettledError, repeat, unconfirmed

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.baseline import Baseline
    from pytest_gcguard.core.judge import Relative

_SURE = 16
_SURE_SECONDS = 0.25
"""Before a leak is told for the first time, its test is repeated up to so often within so many seconds: what is bounded, as a
cache of some ten entries, stops to grow, and a repeat costs less than a false alarm."""
_WORK = 1.5
"""So many seconds a thread gets for what it is at work on, as a server that answers later than its client waits: before a leak
that it holds is told for the first time."""
_REST = 4.5
"""So many more where a function that it runs holds the leak, as a worker does that nobody waits for."""
_PATIENCE = 2
"""After so many such leaks that were still there after that, in one run, no more of them are waited for so long."""
_UNLIKELY = 8
"""After so many suspects in a row that one repeat has not cleared, only each so manyth is tried."""
_FIXTURE = "_pytest.fixtures.FixtureDef"
_GIVEN: Mapping[str, str | tuple[str, ...]] = {
    "_pytest.mark.structures.Mark": ".pytestmark[",
    "unittest.mock._patch": (".patchings[", ".<closure "),
    "unittest.mock._patch_dict": ".<closure ",
}
"""How a test, a class or a module holds what its markers and its decorators of unittest.mock were given."""


class Repeats:
    """Confirms suspects, and has their leaks explained where that is not known yet."""

    def __init__(self, lens: Lens, relative: Relative, baseline: Baseline | None = None) -> None:
        self._lens = lens
        self._known = Known(lens)
        self._tolerated = Tolerated(self._known, relative, baseline)
        self.parameters = Parameters()
        self._tracer = Tracer(lens)
        self._patience = _PATIENCE
        self.failed: dict[str, tuple[str, str]] = {}
        """By file, the first test that did not pass when it was run again, and what happened."""
        self._uncleared = 0
        """How many of the latest suspects one repeat has not cleared, or was not asked to."""

    def held(self) -> list[object]:
        """What it adds to while a test is looked at."""
        return [*self._known.held(), *self._tolerated.held(), self.failed]

    def roots(self) -> list[object]:
        """What others hold that was found to be nobody's business."""
        return self._known.cursors.roots()

    def confirm(self, item: pytest.Item, policy: Policy, window: Window, seen: Observation, held: Held) -> tuple[Leak, ...]:
        """The leaks of a test whose first run left the survivors that were ``seen``."""
        first = seen.left
        self._known.function = item.nodeid.partition("[")[0]
        once: Growth = {name: (number,) for name, number in first.items()}
        held.own.append(once)
        if not policy.confirm:
            made = diagnosis.lines(self._lens, diagnosis.trace(window, once)) if tracing.running() else {}
            leaks = self._explain(window, held, Grown(once, made), key_of(once))
            return tuple(map(functools.partial(_with_growth, growth=once), leaks))
        tolerated = self._tolerated.again(item, policy, once, window, held)
        if tolerated:
            return tuple(map(functools.partial(_with_growth, growth=once), tolerated))
        counts: list[Mapping[str, int]] = [] if policy.confirm > 1 else [first]
        progress = Progress(item, policy.confirm_seconds)
        held.own.extend((counts, progress))  # from Python 3.14 on the collector sees dictionaries of numbers too
        try:
            if policy.confirm > 1:
                if self._may_clear(window, first) and clearing.is_cleared(
                    functools.partial(repeat, progress, policy), window, held, first
                ):
                    self._uncleared = 0
                    return ()
                self._uncleared += 1
                # with several repeats the first of them is the beginning: what it merely replaces does not rise in the second
                window.open()
            growth = self._grown(progress, policy, window, held, counts)
        except UnsettledError as unsettled:
            if isinstance(unsettled, NotTwiceError):
                self.failed.setdefault(item.nodeid.partition("::")[0], (item.nodeid, unsettled.failure))
            return unconfirmed(seen, str(unsettled))
        if not growth:
            return ()
        whole = _as_told(growth, first if policy.confirm > 1 else None, policy.confirm)
        key = key_of(_lasting(growth, policy.confirm))
        held.own.extend((growth, whole, key))
        known = self._known.again(key, window, held, growth)
        if known is None and self._tracer.is_dear(progress):
            known = self._untraced(progress, window, held, Grown(whole), key)
        if known is None:
            made = self._tracer.run(progress, window, growth)
            lasting = self._lasting(progress, window, held) if _replaces(whole) else None
            known = self._explain(window, held, Grown(whole, made, lasting), key, progress)
        self.parameters.learn(item, known)
        self._tolerated.learn(item, once, growth, known)
        return tuple(map(functools.partial(_with_growth, growth=whole), known))

    def _untraced(self, progress: Progress, window: Window, held: Held, grown: Grown, key: Key) -> tuple[Leak, ...] | None:
        """The leaks of a test without the lines that make them; None where nothing but these could make one the project's."""
        held.own.append(key)
        leaks = self._diagnosed(window, held, grown, progress)
        if any(leak.origin is not Origin.OWN for leak in leaks):
            return None
        self._known.keep(grown, key, leaks)
        return leaks

    def _may_clear(self, window: Window, first: Mapping[str, int]) -> bool:
        """Whether one repeat is likely to clear a test; where it was not for several, it is one repeat more for each."""
        likely = self._uncleared < _UNLIKELY or self._uncleared % _UNLIKELY == 0
        return likely and type(window) is Frozen and not self._known.expects(first)

    def _grown(
        self, progress: Progress, policy: Policy, window: Window, held: Held, counts: list[Mapping[str, int]]
    ) -> Growth:
        """Repeats a test as long as something rises each time, and until that is sure; what has risen.

        Nothing of the guard's own may be made here that lasts from repeat to repeat: it would be counted.
        """
        growth: Growth = {}
        done = 0
        is_sure = False
        while done < policy.confirm or (not is_sure and _is_unsure(progress, policy, done, growth)):
            repeat(progress, policy)
            done += 1
            counts.append(watch.recount(window, held))
            growth = counting.risen(counts)
            if not growth:
                return {}
            if done == policy.confirm:
                if self._known.is_cached(window, held, growth):
                    return {}
                is_sure = self._known.says_enough(growth) or self._known.is_kept(window, held, growth)
        waited = 0
        while growth and not is_sure and stragglers.pause(waited):
            waited += 1
            counts[-1] = watch.recount(window, held)
            growth = counting.risen(counts)
        return growth

    def _lasting(self, progress: Progress, window: Window, held: Held) -> Collection[Mark] | None:
        """Marks of what there is before the test is run a last time: what is new then is what each run replaces, or leaks once
        more. None where there is no time for it.
        """
        if progress.over(ahead=progress.slowest):
            return None
        lasting = diagnosis.in_sight(window)
        held.own.append(lasting)
        return lasting if progress.repeat() is None else None

    def _explain(
        self, window: Window, held: Held, grown: Grown, key: Key, progress: Progress | None = None
    ) -> tuple[Leak, ...]:
        held.own.append(key)
        leaks = self._known.by_lines(window, held, grown)
        if leaks is None:
            leaks = self._diagnosed(window, held, grown, progress)
        self._known.keep(grown, key, leaks)
        return leaks

    def _diagnosed(self, window: Window, held: Held, grown: Grown, progress: Progress | None) -> tuple[Leak, ...]:
        told = diagnosis.diagnose(self._lens, window, held, grown, self._known.containers)
        self._known.learn(grown.growth, told)
        window.open()  # what was thawed for the diagnosis goes out of sight again
        if told.busy and progress is not None:
            told = self._after_work(progress, window, grown, told)
        leaks = told.leaks
        if leaks and told.doubted and progress is not None:
            leaks = self._without_latest(progress, window, grown, told)
        return tuple(map(_placed, leaks))

    def _after_work(self, progress: Progress, window: Window, grown: Grown, told: Diagnosis) -> Diagnosis:
        """The leaks as they are when threads had time to be done with them; more where a function holds some that runs in a
        thread which a repeat has started and nobody has to end, unless that was in vain several times.
        """
        leaks = told.leaks
        for seconds in (_WORK, _REST):
            if seconds is _REST and not (self._patience and _is_of_thread(leaks) and stragglers.may_end(progress.threads)):
                break
            if not progress.over(ahead=seconds):
                time.sleep(seconds)
                leaks = diagnosis.diagnose_again(self._lens, window, grown, told.busy)
                window.open()
                self._patience -= seconds is _REST and bool(leaks)
        return Diagnosis(leaks, told.doubted)

    def _without_latest(self, progress: Progress, window: Window, grown: Grown, told: Diagnosis) -> tuple[Leak, ...]:
        """The leaks as they are when the test was run a last time: what the run before made is where it stays then, and what
        merely was the latest has gone. As they were told where there is no time for it.
        """
        again: tuple[Leak, ...] = ()
        if not progress.over(ahead=progress.slowest) and progress.repeat() is None:
            again = diagnosis.diagnose_again(self._lens, window, grown, told.doubted)
            window.open()
        return latest.without(again or told.leaks)


def _is_of_thread(leaks: Sequence[Leak]) -> bool:
    return any(leak.holder is not None and leak.holder.of_thread for leak in leaks)


def _is_unsure(progress: Progress, policy: Policy, done: int, growth: Growth) -> bool:
    """Whether a rise in so many repeats may still be none: there is time for more of them, or the first of those that were
    counted left what the others have replaced, and so says nothing.
    """
    if done < _SURE and progress.seconds < _SURE_SECONDS:
        return True
    return done == policy.confirm > 1 and _replaces(growth) and not progress.over(ahead=progress.slowest)


def _with_growth(leak: Leak, growth: Growth) -> Leak:
    """A leak that was told before, with how much it has grown this time."""
    steps = survivors.share_of(growth[leak.counted], leak.share)
    return dataclasses.replace(leak, growth=steps, objects=steps[-1])


def _as_told(growth: Growth, first: Mapping[str, int] | None, confirm: int) -> Growth:
    """The rise in the first run and in the first ``confirm`` repeats; more of them only made it sure.

    ``first``: what the first run left, where that is not the first step already.
    """
    told: dict[str, tuple[int, ...]] = {}
    for name, steps in growth.items():
        rises: Sequence[int] = steps if first is None else (first.get(name, 0), *steps)
        told[name] = tuple(rises[: confirm + 1])
    return told


def _replaces(whole: Growth) -> bool:
    """Whether each run may replace something beside what leaks: then the first ones left more than what is there for good."""
    return any(max(steps) > steps[-1] for steps in whole.values())


def _lasting(growth: Growth, confirm: int) -> Growth:
    """The rise without that in the first repeat, in which something may also be made for good."""
    return {name: steps[1 : max(confirm, 2)] for name, steps in growth.items()}


def _placed(leak: Leak) -> Leak:
    made_at = tuple(map(tracing.with_function, leak.made_at))
    path = () if leak.holder is None else leak.holder.path
    # what the value of a wider-scoped fixture holds ends with the fixture, whichever way a search finds there
    of_fixture = any(step.type == _FIXTURE for step in path)
    # a parameter, or the error that a mock raises, is made once for a test and sees one run of it: only repeats add to it
    is_given = any(after.type in _GIVEN and step.edge.startswith(_GIVEN[after.type]) for step, after in pairwise(path))
    return dataclasses.replace(leak, made_at=made_at, origin=Origin.HARNESS if of_fixture or is_given else leak.origin)
