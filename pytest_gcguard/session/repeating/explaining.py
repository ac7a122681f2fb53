"""Who holds what a test leaks, and which line makes it: asked once the repeats have shown that it rises.

Rules of this file: only a proved rise is explained; a further run is made only where it can tell more, within the test's time.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import filterfalse, pairwise, repeat

from pytest_gcguard.core import diagnosis
from pytest_gcguard.core.diagnosis import Diagnosis, Grown, Growth
from pytest_gcguard.core.heap.lasting import Lasting
from pytest_gcguard.core.heap.unreachable import Mark
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import latest
from pytest_gcguard.core.model import Leak, Step
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.core.watch import Held, Lens
from pytest_gcguard.session import asleep, stragglers
from pytest_gcguard.session.plugins.cleaners import Cleaners
from pytest_gcguard.session.repeating.known import Known, place_of_holder
from pytest_gcguard.session.repeating.progress import Progress
from pytest_gcguard.session.repeating.steps import Key, key_of
from pytest_gcguard.session.repeating.tracer import Tracer
from pytest_gcguard.session.scopes.stored import Stored

_WORK = 1.5
"""How many seconds a thread gets to finish its work before a leak that it holds is told: a server, say, may be slow to end."""
_REST = 4.5
"""How many more where a function that it runs holds the leak: a worker that nobody waits for, say."""
_STEP = 0.05
"""How often to look, in seconds, whether there is still something to wait for."""
_PATIENCE = 2
"""How many leaks of a run may outlast that longer wait; after them, it is not made any more."""
_IN_VAIN = 4
"""How many waits may be in vain for the same holder (and maker, if C code holds it); after them, it is not waited for."""
_SEEN_EMPTIED = 2
"""After so many waits for which threads had emptied what holds a leak, and none in vain, it is taken for granted."""
_FIXTURE = "_pytest.fixtures.FixtureDef"
_GIVEN: Mapping[str, str | tuple[str, ...]] = {
    "_pytest.mark.structures.Mark": ".pytestmark[",
    "unittest.mock._patch": (".patchings[", ".<closure "),
    "unittest.mock._patch_dict": ".<closure ",
}
"""How tests, classes and modules refer to what their markers and their decorators of unittest.mock were given."""


class Explainer:
    """Explains leaks, and remembers in ``known`` what it has found."""

    def __init__(self, lens: Lens, known: Known, tracer: Tracer, stored: Stored, cleaners: Cleaners) -> None:
        self._lens = lens
        self._cleaners = cleaners
        self._stored = stored
        self._known = known
        self._tracer = tracer
        self._patience = _PATIENCE
        self._in_vain: Counter[Hashable] = Counter()
        """How often threads still held a leak after a wait, by `_at_work`."""
        self._ended: set[Hashable] = set()
        """Those that had let go of it after a wait at least once."""
        self._emptied: Counter[Hashable] = Counter()
        """How often threads had emptied what held a leak after a wait."""

    def held(self) -> list[object]:
        """The containers of its own that it adds to while a test is looked at."""
        return [self._in_vain, self._ended, self._emptied, *self._cleaners.held()]

    def at_once(self, window: Window, held: Held, once: Growth) -> tuple[Leak, ...]:
        """The leaks of a test that is not repeated, by what its first run left."""
        made = diagnosis.lines(self._lens, diagnosis.trace(window, once)) if tracing.running() else {}
        return self._explain(window, held, Grown(once, made), key_of(once))

    def explain(self, progress: Progress, window: Window, held: Held, grown: Grown, key: Key) -> tuple[Leak, ...]:
        """The leaks of a test that was seen to leave more after each run."""
        if self._tracer.is_dear(progress.slowest):
            untraced = self._untraced(progress, window, held, grown, key)
            if untraced is not None:
                return untraced
        made = self._tracer.run(progress, window, grown.growth)
        lasting = self._lasting(progress, window, held, grown.replaced)
        # what is in sight may be of that run alone: a search before it has put the rest away
        return self._explain(window, held, dataclasses.replace(grown, made=made, lasting=lasting, runs=1), key, progress)

    def _untraced(self, progress: Progress, window: Window, held: Held, grown: Grown, key: Key) -> tuple[Leak, ...] | None:
        """The leaks of a test without the lines that make them; None where a line may be what makes one the project's."""
        held.own.append(key)
        if self._known.put_away:
            if progress.over(ahead=progress.slowest) or progress.repeat() is not None:
                return None
            grown = dataclasses.replace(grown, runs=1)
        lasting = self._lasting(progress, window, held, grown.replaced)
        leaks = self._diagnosed(window, held, dataclasses.replace(grown, lasting=lasting), progress)
        if any(leak.origin is not Origin.OWN for leak in leaks):
            return None
        self._known.keep(grown, key, leaks)
        return leaks

    def _lasting(self, progress: Progress, window: Window, held: Held, replaced: int) -> Collection[Mark] | None:
        """The marks of what there is now; then runs the test ``replaced`` times more, as far as there is time.

        What is new after that is what runs replace, or leak once more. None where they replace nothing, there is no time, or a
        run fails.
        """
        if not replaced or progress.over(ahead=progress.slowest):
            return None
        with Lasting(window) as lasting:
            for _ in range(replaced):
                if progress.over(ahead=progress.slowest):
                    break
                if progress.repeat() is not None:
                    return None
        held.own.append(lasting.marks)
        return lasting.marks

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
        window.open()  # what the diagnosis has thawed goes out of sight again
        if told.busy and progress is not None:
            told = self._after_work(progress, window, grown, told)
        leaks = told.leaks
        if leaks and told.doubted and progress is not None:
            leaks = self._without_latest(progress, window, grown, told)
        leaks = tuple(filterfalse(self._is_cleaned, leaks))
        # not by a generator, for which ``self`` would be in a cell, which is in sight
        return tuple(map(_placed, leaks, repeat(self._known.function.rpartition("::")[2]), repeat(self._stored)))

    def _after_work(self, progress: Progress, window: Window, grown: Grown, told: Diagnosis) -> Diagnosis:
        """The leaks as they are when threads have had time to let go of them.

        They get more time where a running function holds some, in a thread that a repeat has started and that may end by
        itself, and where they may be about to empty what holds some. There is no wait at all where it was in vain several
        times, nor for what threads have emptied several times and never in vain.
        """
        first = leaks = tuple(filterfalse(self._is_emptied, told.leaks))
        busy = set(filter(None, map(_at_work, leaks)))
        if self._ended.isdisjoint(busy) and all(self._in_vain[each] >= _IN_VAIN for each in busy):
            return dataclasses.replace(told, leaks=leaks)
        for seconds in (_WORK, _REST):
            may_end = any(map(_is_drained, leaks)) or (_is_of_thread(leaks) and stragglers.may_end(progress.threads))
            if seconds is _REST and not (self._patience and may_end):
                break
            if not progress.over(ahead=seconds):
                _wait(seconds)
                leaks = diagnosis.diagnose_again(self._lens, window, grown, told.busy)
                window.open()
                self._patience -= seconds is _REST and bool(leaks)
        still = busy.intersection(map(_at_work, leaks))
        self._in_vain.update(still)
        self._ended |= busy - still
        emptied = [leak for leak in first if _is_drained(leak) and _at_work(leak) not in still]
        self._emptied.update(map(_at_work, emptied))
        self._known.learn_emptied(emptied)
        return Diagnosis(leaks, told.doubted)

    def _is_cleaned(self, leak: Leak) -> bool:
        """Whether a hook takes such leaks out of where they are after each test."""
        return self._cleaners.empty(leak.holder)

    def _is_emptied(self, leak: Leak) -> bool:
        """Whether a thread takes such leaks out of where they are, as seen several times and never in vain."""
        key = _at_work(leak)
        return _is_drained(leak) and self._emptied[key] >= _SEEN_EMPTIED and not self._in_vain[key]

    def _without_latest(self, progress: Progress, window: Window, grown: Grown, told: Diagnosis) -> tuple[Leak, ...]:
        """The leaks as they are after one more run; as they were, if there is no time for that.

        What the run before has made is now where it stays, and what was merely the latest is gone.
        """
        again: tuple[Leak, ...] = ()
        if not progress.over(ahead=progress.slowest) and progress.repeat() is None:
            again = diagnosis.diagnose_again(self._lens, window, grown, told.doubted)
            window.open()
        return latest.without(again or told.leaks)


def _wait(seconds: float) -> None:
    """Waits for so long, or until no thread can go on by itself."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not asleep.all_others():
        time.sleep(min(left, _STEP))


def _at_work(leak: Leak) -> Hashable | None:
    """A key for leaks that a thread may let go of soon: the type, the holder, and, if C code holds it, the line. Else None."""
    if leak.holder is None or not (leak.holder.of_thread or leak.holder.of_c or leak.holder.drained):
        return None
    return leak.types[0], place_of_holder(leak), leak.made_at[:1] if leak.holder.of_c else ()


def _is_drained(leak: Leak) -> bool:
    return leak.holder is not None and leak.holder.drained


def _is_of_thread(leaks: Sequence[Leak]) -> bool:
    return any(leak.holder is not None and leak.holder.of_thread for leak in leaks)


def _placed(leak: Leak, test: str, stored: Stored) -> Leak:
    made_at = tuple(map(tracing.with_function, leak.made_at))
    path = () if leak.holder is None else leak.holder.path
    # what the value of a wider-scoped fixture holds ends with the fixture, whichever way a search finds there
    of_fixture = any(step.type == _FIXTURE for step in path) or (
        leak.holder is not None and stored.has(leak.holder.expression)
    )
    # a parameter, the error that a mock raises, and what a decorator of the test keeps are made once for the test, and see one
    # run of it: only repeats add to them
    is_given = any(
        (after.type in _GIVEN and step.edge.startswith(_GIVEN[after.type])) or _is_decorated(step, test)
        for step, after in pairwise(path)
    )
    return dataclasses.replace(leak, made_at=made_at, origin=Origin.HARNESS if of_fixture or is_given else leak.origin)


def _is_decorated(step: Step, test: str) -> bool:
    """Whether a reference leads from the test function itself to a variable that it closes over: a decorator's.

    >>> _is_decorated(Step("function test_app.TestShop.test_buys", ".<closure self>"), "test_buys")
    True
    """
    return step.type.startswith("function ") and step.type.endswith(f".{test}") and step.edge.startswith(".<closure ")
