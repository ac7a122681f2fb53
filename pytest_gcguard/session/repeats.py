"""Running a suspect again, and what its repeats say.

Rules of this file: an accusation needs a rise in every repeat; a test that cannot be run again is never failed; the time for
one test is bounded.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import sys
from collections.abc import Collection, Mapping, Sequence

import pytest

from pytest_gcguard.core import collector, counting, latest, survivors, tracing, watch
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Leak, Observation
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.signature import blot
from pytest_gcguard.core.unreachable import Mark
from pytest_gcguard.core.watch import Diagnosis, Grown, Growth, Held, Lens, Made
from pytest_gcguard.core.window import Window
from pytest_gcguard.session.progress import Progress

_KNOWN = 1_000
"""Of so many explanations each is remembered, of more none."""
_SURE = 16
_SURE_SECONDS = 0.25
"""Before a leak is told for the first time, its test is repeated up to so often within so many seconds: what is bounded, as a
cache of some ten entries, stops to grow, and a repeat costs less than a false alarm."""
_SEEN = 2
"""A leak whose types rose in the same proportion in so many tests, explained alike, is recognised without a trace."""
_MANY = 8
_SEEN_TYPES = 3
"""One of so many types is recognised by these alone, when it was explained alike in so many tests: how many axes and labels a
figure has says nothing of who keeps it."""
_TRACED_SLOWER = 4.0
"""So much longer at least a repeat is taken to need while its allocations are traced; the last one tells how much it was."""
_TELLING = 0.05
"""Of a repeat that takes less seconds it says little."""
_DEPTHS = ((0.003, tracing.FRAMES), (0.01, 10), (0.1, 6))
"""With how many frames a repeat is traced that takes up to so many seconds untraced: what it costs grows with them."""
_SHALLOW = 4
"""With so many one that takes longer."""
_FIXTURE = "_pytest.fixtures.FixtureDef"
SETTLE = "let the test pass twice in one process, or mark it gcguard(confirm=0) to trust its only run"


class Repeats:
    """Confirms suspects, and remembers what it has explained: the same leak in many tests is explained once.

    Explaining needs the whole heap. A leak is the same when the same types rise and the same lines make them.
    """

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._known: dict[object, tuple[Leak, ...]] = {}
        self._by_growth: dict[object, list[tuple[Leak, ...]]] = {}
        self._told: set[frozenset[str]] = set()
        self._slower = _TRACED_SLOWER

    def held(self) -> list[object]:
        """What it adds to while a test is looked at."""
        return [self._known, self._by_growth, self._told]

    def confirm(self, item: pytest.Item, policy: Policy, window: Window, seen: Observation, held: Held) -> tuple[Leak, ...]:
        """The leaks of a test whose first run left the survivors that were ``seen``."""
        first = seen.left
        if not policy.confirm:
            whole: Growth = {name: (number,) for name, number in first.items()}
            made = watch.lines(self._lens, watch.trace(window, whole)) if tracing.running() else {}
            leaks = self._explain(window, held, Grown(whole, made), _key(whole))
            return tuple(map(functools.partial(_with_growth, growth=whole), leaks))
        counts: list[Mapping[str, int]] = [] if policy.confirm > 1 else [first]
        held.own.append(counts)  # from Python 3.14 on the collector sees dictionaries of numbers too
        progress = Progress(item, policy.confirm_seconds)
        if policy.confirm > 1:
            # with several repeats the first of them is the beginning: what it merely replaces does not rise in the second
            window.open()
        try:
            growth = self._grown(progress, policy, window, held, counts)
        except _UnsettledError as unsettled:
            return unconfirmed(seen, str(unsettled))
        if not growth:
            return ()
        whole = _as_told(growth, first if policy.confirm > 1 else None, policy.confirm)
        key = _key(_lasting(growth, policy.confirm))
        held.own.extend((progress, growth, whole, key))
        known = self._recognised(key)
        if known is None:
            known = self._held_as_before(key, window, held, growth)
        if known is None and self._is_none_again(key, window, held, whole):
            known = ()
        if known is None:
            made = self._trace(progress, window, growth)
            lasting = self._lasting(progress, window, held) if _replaces(whole) else None
            known = self._explain(window, held, Grown(whole, made, lasting), key, progress)
        return tuple(map(functools.partial(_with_growth, growth=whole), known))

    def _grown(
        self, progress: Progress, policy: Policy, window: Window, held: Held, counts: list[Mapping[str, int]]
    ) -> Growth:
        """Repeats a test as long as something rises each time, and until that is sure; what has risen.

        Nothing of the guard's own may be made here that lasts from repeat to repeat: it would be counted.
        """
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
            counts.append(watch.recount(window, held))
            growth = counting.risen(counts)
            if not growth:
                break
        return growth

    def _unsure(self, growth: Growth) -> bool:
        """Whether something grows that was not told before, or of which the standard types say too little: a list more may be
        a cache that is filling.
        """
        return _says_little(growth) or not any(growth.keys() <= told for told in self._told)

    def _recognised(self, key: _Key) -> tuple[Leak, ...] | None:
        """What is known of a leak by its counts alone; None where it is new, or where the standard types say too little.

        That it was none where the same types had risen says nothing: another place may keep them.
        """
        types = _types(key)
        if _says_little(types):
            return None
        for counts, enough in ((key, _SEEN), (types, _SEEN_TYPES if len(types) >= _MANY else math.inf)):
            explained = self._by_growth.get(counts, [])
            if len(explained) >= enough and all(leaks and _gist(leaks) == _gist(explained[0]) for leaks in explained):
                return explained[0]
        return None

    def _held_as_before(self, key: _Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        """What is known of a leak that other tests make in other lines, where its holder or its type makes it the project's.

        That the same holds it is looked at, forwards from there; which line makes it this time is not told.
        """
        explained = self._by_growth.get(key, [])
        if len(explained) < _SEEN or not all(leak.origin is Origin.OWN and not leak.by_line for leak in explained[0]):
            return None
        without_lines = [[part[:-1] for part in _gist(leaks)] for leaks in explained]
        if any(parts != without_lines[0] for parts in without_lines):
            return None
        if not watch.held_again(window, held, growth, explained[0]):
            return None
        return tuple(dataclasses.replace(leak, made_at=()) for leak in explained[0])

    def _is_none_again(self, key: _Key, window: Window, held: Held, whole: Growth) -> bool:
        """Whether there is no leak where the same types have risen before and were none: asked without a trace.

        A trace tells whose a leak is, not whether there is one.
        """
        explained = self._by_growth.get(_types(key), [])
        if not explained or any(explained):
            return False
        diagnosis = watch.diagnose(self._lens, window, held, Grown(whole))
        window.open()
        return not diagnosis.leaks

    def _trace(self, progress: Progress, window: Window, growth: Growth) -> Made:
        """Runs the test once more, for the lines that make what leaks; nothing where there is no time for it.

        What is traced from the start of the run is known without.
        """
        if tracing.running():
            return watch.lines(self._lens, watch.trace(window, growth))
        untraced = progress.slowest
        if progress.over(ahead=self._slower * untraced):
            return {}
        begun = progress.seconds
        collector.collect()  # it empties the lists of free objects: what is taken from there is not traced
        with tracing.tracing(_depth(untraced)):
            progress.repeat()
            traced = watch.trace(window, growth)
        if untraced > _TELLING:
            self._slower = max(_TRACED_SLOWER, (progress.seconds - begun) / untraced)
        return watch.lines(self._lens, traced)

    def _lasting(self, progress: Progress, window: Window, held: Held) -> Collection[Mark] | None:
        """Marks of what there is before the test is run a last time: what is new then is what each run replaces, or leaks once
        more. None where there is no time for it.
        """
        if progress.over(ahead=progress.slowest):
            return None
        lasting = watch.in_sight(window)
        held.own.append(lasting)
        return lasting if progress.repeat() is None else None

    def _explain(
        self, window: Window, held: Held, grown: Grown, key: _Key, progress: Progress | None = None
    ) -> tuple[Leak, ...]:
        known = (frozenset(grown.growth), frozenset(places[0] for places in grown.made.values()))
        held.own.extend((known, key))
        if not grown.made or known not in self._known:
            diagnosis = watch.diagnose(self._lens, window, held, grown)
            window.open()  # what was thawed for the diagnosis goes out of sight again
            leaks = diagnosis.leaks
            if diagnosis.doubted and progress is not None:
                leaks = self._without_latest(progress, window, grown, diagnosis)
            leaks = tuple(map(_placed, leaks))
            if len(self._known) >= _KNOWN:
                return leaks
            self._known[known] = leaks
        leaks = self._known[known]
        self._told.add(frozenset(grown.growth))
        for counts, enough in ((key, _SEEN), (_types(key), _SEEN_TYPES)):
            before = self._by_growth.get(counts, [])
            if len(before) < enough and (before or len(self._by_growth) < _KNOWN):
                self._by_growth[counts] = [*before, leaks]
        return leaks

    def _without_latest(self, progress: Progress, window: Window, grown: Grown, told: Diagnosis) -> tuple[Leak, ...]:
        """The leaks as they are when the test was run a last time: what the run before made is where it stays then, and what
        merely was the latest has gone. As they were told where there is no time for it.
        """
        again: tuple[Leak, ...] = ()
        if not progress.over(ahead=progress.slowest) and progress.repeat() is None:
            again = watch.diagnose_again(self._lens, window, grown, told.doubted)
            window.open()
        return latest.without(again or told.leaks)


def _depth(seconds: float) -> int:
    return next((frames for most, frames in _DEPTHS if seconds <= most), _SHALLOW)


class _UnsettledError(Exception):
    """Repeats could not tell; the words say why, and how to settle it."""


def unconfirmed(seen: Observation, why: str) -> tuple[Leak, ...]:
    """What a test left that could not be run again: the project's types, as one finding that never fails a test."""
    own = [survivor for survivor in seen.survivors if survivor.origin is Origin.OWN]
    if not own:
        return ()
    types = tuple(survivor.type for survivor in own)
    return (Leak(types, (own[0].count,), Origin.OWN, objects=own[0].count, confirmed=False, why=why),)


_Key = frozenset[tuple[str, tuple[int, ...]]]


def _key(growth: Growth) -> _Key:
    """The proportion in which types rise: a test that calls twice what leaks has the same leak."""
    unit = math.gcd(*(step for steps in growth.values() for step in steps)) or 1
    return frozenset((name, tuple(step // unit for step in steps)) for name, steps in growth.items())


def _says_little(types: Collection[str]) -> bool:
    """Whether these are types of the standard library only."""
    return all(name.partition(".")[0] in sys.stdlib_module_names for name in types)


def _types(key: _Key) -> frozenset[str]:
    return frozenset(name for name, _ in key)


def _gist(leaks: Sequence[Leak]) -> list[tuple[object, ...]]:
    """What of some leaks is the same for all tests that have them: not how their lines are reached from the tests."""
    holders = (blot(leak.holder.expression) if leak.holder is not None else None for leak in leaks)
    return [(leak.types[0], leak.origin, holder, leak.made_at[:1]) for leak, holder in zip(leaks, holders, strict=True)]


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
    # what the value of a wider-scoped fixture holds ends with the fixture, whichever way a search finds there
    of_fixture = leak.holder is not None and any(step.type == _FIXTURE for step in leak.holder.path)
    return dataclasses.replace(leak, made_at=made_at, origin=Origin.HARNESS if of_fixture else leak.origin)
