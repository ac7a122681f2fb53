"""The closer look at a test that left something: what it is, whether it grows in every repeat, and the verdict.

Rules of this file: imported and asked only when there is something to say, since most tests leave nothing. Objects that are
made here before the verdict are as new as what the test left: those that last are handed on as the guard's own (``Held.own``).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_gcguard.core import watch
from pytest_gcguard.core.cycles import kept
from pytest_gcguard.core.cycles.census import Ignore
from pytest_gcguard.core.cycles.cuts import Bounds
from pytest_gcguard.core.documents.catalogue import Catalogue, builtin
from pytest_gcguard.core.heap import freezing
from pytest_gcguard.core.heap.remembered import remembered
from pytest_gcguard.core.heap.window import Frozen, Whole
from pytest_gcguard.core.judge import judge
from pytest_gcguard.core.kinds import Kind
from pytest_gcguard.core.leaks.chains import Budget
from pytest_gcguard.core.model import Cycle, Observation, Verdict
from pytest_gcguard.core.watch import Held, Lens
from pytest_gcguard.session import faults, stragglers
from pytest_gcguard.session.allowance import Allowance
from pytest_gcguard.session.config import places
from pytest_gcguard.session.config.settings import Settings
from pytest_gcguard.session.held import holdings, suspected
from pytest_gcguard.session.late import recorded, unheard
from pytest_gcguard.session.output import doctests, message, results
from pytest_gcguard.session.plugins import clock
from pytest_gcguard.session.repeating import rerun
from pytest_gcguard.session.repeating.progress import Progress
from pytest_gcguard.session.repeating.repeats import Repeats
from pytest_gcguard.session.repeating.unsettled import unconfirmed
from pytest_gcguard.session.scopes.charged import Scopes
from pytest_gcguard.session.state import State

_NOTHING = Verdict()
_OBJECTS = 3
"""A cycle may have so many times the objects of ``search_objects`` for all of it to be searched for what to cut;"""
_LOOKED = 10
"""what one test leaves unreachable may be so many times as much for all of it to be looked at,"""
_VISITS = 500_000
"""and so many of its references are visited for each of the ``search_seconds``."""


class Inspector:
    """Looks at tests that left something; made when the first of them has run."""

    def __init__(
        self, config: pytest.Config, settings: Settings, scopes: Scopes, allowance: Allowance, complain: Callable[[str], None]
    ) -> None:
        ignore: Ignore | None = None
        if config.hook.pytest_gcguard_ignore.get_hookimpls():

            def ignore(obj: object) -> bool:
                try:
                    return bool(config.hook.pytest_gcguard_ignore(obj=obj))
                except faults.OF_HOOKS as error:
                    complain(faults.told("pytest_gcguard_ignore", error))
                    return False

        # plugins may have been registered up to the first test
        self.lens = Lens(places.origins(config, settings.own), ignore, _budget(settings), _bounds(settings))
        self.relative: Callable[[str], str] = places.relative_to(config)
        self._scopes = scopes
        baseline = settings.listed.known if settings.listed is not None else None
        self._repeats = Repeats(self.lens, config, scopes.stored, allowance, baseline)
        self._held = [*self.lens.origins.held(), *self._repeats.held(), self.lens.said]
        self._restart: Callable[[], object] = clock.nothing
        """Starts the clock of the test that is looked at again."""
        self._settings = settings
        self._complain = complain
        self._catalogue: Catalogue | None = None

    def check(
        self,
        item: pytest.Item,
        reports: list[pytest.TestReport],
        state: State,
        objects: list[object],
        tampered: bool,
    ) -> dict[str, Any]:
        """What travels on the report of a test; makes the call's report again if the test fails by a finding."""
        self._restart = clock.stop(item)  # not by a context manager, which would be one more object in sight
        try:
            if tampered and not self._look_again(item, state, objects):
                return {"findings": [], "checked": False}
            verdict = self._verdict(item, reports, state, objects, may_repeat=True)
        finally:
            self._restart()
        may_repeat = rerun.why_not(item) is None
        carried = results.carried(verdict, state.policy, repeated=may_repeat, refused=self._repeats.refused)
        texts = _failures(state, verdict)
        if verdict.findings:
            item.user_properties.extend(tuple(message.properties(verdict)))  # a tuple, for no more room than it takes
            # pytest has copied the item's to them before; the setup, whose lists are kept as long, has left nothing
            for report in reports[1:]:
                report.user_properties = list(item.user_properties)
        if texts:
            reports[1] = results.failed_report(item, "\n\n".join(texts), reports[1])
        reports[1].sections.extend(tuple(message.sections(verdict)))
        return carried

    def check_after_others(
        self, item: pytest.Item, nextitem: pytest.Item | None, state: State, objects: list[object]
    ) -> tuple[dict[str, Any], pytest.TestReport | None]:
        """The same for a test that another plugin ran and reported; what fails it is said by one more report."""
        if isinstance(state.window, Frozen) and state.window.tampered:
            return {}, None
        may_repeat = rerun.keeps_scopes(item)
        self._restart = clock.stop(item)
        try:
            verdict = self._verdict(item, [], state, objects, may_repeat=may_repeat)
        finally:
            self._restart()
        if may_repeat:  # what a repeat has set up of the scopes that end here
            item.session._setupstate.teardown_exact(nextitem)
        repeated = may_repeat and rerun.why_not(item) is None
        carried = results.carried(verdict, state.policy, repeated=repeated, refused=self._repeats.refused)
        texts = _failures(state, verdict)
        return carried, results.failed_report(item, "\n\n".join(texts)) if texts else None

    def _verdict(
        self, item: pytest.Item, reports: list[pytest.TestReport], state: State, objects: list[object], *, may_repeat: bool
    ) -> Verdict:
        """The verdict on what a test left."""
        doctests.learn(item, self.lens.origins)
        self._repeats.refused = False

        def first() -> list[object]:
            held = [*holdings.of_logging(item.config), *self._scopes.held(), *self._held, self._restart]
            noted = [state.hidden, state.expected]
            return [*holdings.quick(item, reports, state.fixtures), *noted, *held, *self._repeats.roots()]

        def near(left: list[object]) -> list[object]:
            return [*suspected.near(item, left), *self._repeats.parameters.held(item)]

        def near_at_first(left: list[object]) -> list[object]:
            return [*near(left), *remembered(left)]

        far = functools.partial(suspected.far, item, state.fixtures)
        held = watch.Held(first, self._scopes.made, (near_at_first, far))
        late = [(reference, name, False) for reference, name in state.expected if reference() is not None]
        state.looking = True
        seen = watch.look(self.lens, state.window, objects, held, counted=False)
        # whether each has outlived the collection: those that have not were freed by it, others may go with a thread
        late[:] = [(reference, name, reference() is not None) for reference, name, _ in late]
        if seen.left and stragglers.settle(state.threads):
            held_again = dataclasses.replace(held, own=[seen, held, late, objects])
            again = watch.look(self.lens, state.window, state.window.objects(), held_again, counted=False)
            seen = dataclasses.replace(again, cycles=(*seen.cycles, *again.cycles), nobodys=seen.nobodys + again.nobodys)
        if late:
            # the test fails: what else it holds need not be confirmed, so the heap may be thawed for good
            freezing.thaw()
            state.failures += message.not_freed(late, self.lens.origins, (state,))
            may_repeat = False
        if not (seen.cycles or seen.uncollectable or seen.left or state.hidden or state.policy.memory):
            return _NOTHING
        hook = sys.unraisablehook
        warned, number = recorded(), len(recorded())
        sys.unraisablehook = unheard  # not by a context manager, which would be one more object in sight
        try:
            seen = dataclasses.replace(
                seen,
                leaks=self._leaks(
                    item, state, seen, watch.Held(first, rest=(near, far), own=[seen, held, late, objects]), may_repeat
                ),
                memory=self._memory(item, state, may_repeat),
                cycles=(*_hidden(state), *seen.cycles),  # last: they are new
            )
        finally:
            sys.unraisablehook = hook
            del warned[number:]  # by finalizers, after repeats
        verdict = doctests.placed(judge(seen, state.policy, self.relative), self.lens.origins, self.relative)
        if verdict.findings:
            if self._catalogue is None:
                self._catalogue = Catalogue([*self._settings.bugs, *builtin()])
            verdict = results.noted(verdict, self._catalogue)
        self._tell(item, verdict)
        return verdict

    def _tell(self, item: pytest.Item, verdict: Verdict) -> None:
        """Calls the hook for each finding."""
        for finding in verdict.findings:
            try:
                item.ihook.pytest_gcguard_finding(item=item, finding=finding)
            except faults.OF_HOOKS as error:
                self._complain(faults.told(item.nodeid, error))

    def _leaks(self, item: pytest.Item, state: State, seen: Observation, held: Held, may_repeat: bool) -> Any:
        if not seen.left or Kind.LEAK not in state.policy.look_for:
            return ()
        if state.policy.confirm and not may_repeat:
            return unconfirmed(seen, "another plugin ran it, and the fixtures of its class or module have ended")
        why_not = rerun.why_not(item)
        if state.policy.confirm and why_not is not None:
            return unconfirmed(seen, why_not)
        return self._repeats.confirm(item, state.policy, state.window, seen, held)

    def _memory(self, item: pytest.Item, state: State, may_repeat: bool) -> Any:
        if not state.policy.memory or not may_repeat or rerun.why_not(item) is not None:
            return ()
        from pytest_gcguard.session.repeating import memory

        return memory.grown(item, state.policy, state.window, self.lens)

    def _look_again(self, item: pytest.Item, state: State, objects: list[object]) -> bool:
        """Runs a test that froze or thawed the heap itself once more, on a thawed heap; whether it passed.

        What is new is known then by the collector's generations, or by what was there before.
        """
        objects.clear()
        if rerun.why_not(item) is not None:
            return False
        freezing.thaw()
        state.window.close()
        state.window = Whole(thaws=True)
        state.window.open()
        if Progress(item, state.policy.confirm_seconds).repeat() is not None:
            return False
        objects += state.window.objects()
        return True

    def note_failure(self, item: pytest.Item, reports: list[pytest.TestReport]) -> None:
        """Notes with a test's failure that a repeat may be why: of a test of its file that did not pass when it was repeated,
        else of those of its class or module that were repeated at all.
        """
        failed = self._repeats.failed.get(item.nodeid.partition("::")[0])
        repeated = self._repeats.repeated.get(item.nodeid.partition("[")[0].rpartition("::")[0])
        if failed is not None or repeated is not None:
            section = message.not_twice(*failed) if failed is not None else message.again(repeated or "")
            for report in reports:
                if report.failed:
                    report.sections.append(section)

    def rehearse(self, item: pytest.Item) -> None:
        """Makes what a first look makes and keeps, before a test that may count objects."""
        try:
            watch.rehearse(self.lens)
        except faults.ANY as error:  # the test can be checked all the same
            self._complain(faults.told(item.nodeid, error))

    def note_hidden(self, state: State) -> None:
        """Notes the cycles of a test that somebody is about to collect."""
        kept.note(watch.peek(self.lens, state.window), state.hidden)


def _failures(state: State, verdict: Verdict) -> list[str]:
    """What the test fails by, in words: the objects that outlived it, and the findings."""
    return [*state.failures, *([message.failure(verdict.failures)] if verdict.failures else [])]


def _hidden(state: State) -> Iterator[Cycle]:
    """The cycles that the test has collected itself."""
    for cycle, number in kept.noted(state.hidden):
        yield from itertools.repeat(dataclasses.replace(cycle, hidden=True), number)


def _budget(settings: Settings) -> Budget:
    """How far the searches for holders go: one of them may take a third of the time for all."""
    budget = Budget()
    total = budget.total if settings.search_seconds is None else settings.search_seconds
    objects = budget.objects if settings.search_objects is None else settings.search_objects
    return dataclasses.replace(budget, seconds=total / 3, total=total, objects=objects)


def _bounds(settings: Settings) -> Bounds:
    """How far a search for what to cut goes: on a usual machine, it takes less than the seconds that are allowed.

    It is not bounded by the clock, so that a slow machine proposes the same. It may visit more objects than a search for a
    holder, since each costs less.
    """
    usual = Bounds()
    return Bounds(
        objects=usual.objects if settings.search_objects is None else _OBJECTS * settings.search_objects,
        looked=usual.looked if settings.search_objects is None else _LOOKED * settings.search_objects,
        effort=usual.effort if settings.search_seconds is None else int(_VISITS * settings.search_seconds),
    )
