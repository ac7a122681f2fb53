"""The protocol of a guarded test: run it, glance at what it left, look closer if that is anything, report once.

Rules of this file: the test runs exactly as pytest would run it; its reports are made as pytest makes them and logged once,
after the look. If the guard itself breaks, it says so once and the test keeps the result that it had. This is the path of
every test: what only a test that left something needs is imported and done elsewhere (``inspection``).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from pytest_gcguard.core.heap import collector
from pytest_gcguard.core.heap.collector import Settings as GcSettings
from pytest_gcguard.core.heap.window import Frozen
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import asked, collecting, faults, heap, instances, late, plainly, relayed, subtests
from pytest_gcguard.session.allowance import Allowance
from pytest_gcguard.session.config.settings import Settings, for_item
from pytest_gcguard.session.harness import Harness
from pytest_gcguard.session.held import holdings
from pytest_gcguard.session.plugins import fakes, owners
from pytest_gcguard.session.scopes import wider
from pytest_gcguard.session.scopes.charged import Scopes
from pytest_gcguard.session.state import STATE, State, names_of_doctest

if TYPE_CHECKING:
    from pytest_gcguard.core.policy import Policy
    from pytest_gcguard.core.watch import Lens
    from pytest_gcguard.session.inspection import Inspector
    from pytest_gcguard.session.naming import Names
    from pytest_gcguard.session.output.aside import Aside

_UNKNOWN: Any = object()


class Guard:
    """The plugin that guards tests; registered only when something asks for it."""

    def __init__(self, config: pytest.Config, settings: Settings, aside: Aside) -> None:
        self._config = config
        self._settings = settings
        self._aside = aside
        self._allowance = Allowance(settings.run_seconds)
        self._heap = heap.of(config)
        self.late = late.Late(config)
        self._policies: dict[int, Policy | None] = {}
        self._state: State | None = None
        self.faults = faults.Noted()
        self._inspector: Inspector | None = None
        self._names: Names | None = None
        self._rehearsed = False
        self._collecting = collecting.Knowers()
        self._others = owners.Others(self)
        self._relay = relayed.Remembered(config)
        self._shows_only = any(config.getoption(name, False) for name in ("setuponly", "setupplan"))
        self._asked = asked.Asked(lambda: self._state, lambda state: self.inspector().note_hidden(state), self.faults.note)
        self.scopes = Scopes(self._heap, lambda: self._state, self.faults.complain)

    def prepare(self, items: Sequence[pytest.Item]) -> None:
        """Works out each test's policy, so that a wrong marker is told before the first test runs."""
        fakes.spare()  # what tests import is there by now
        for item in items:
            self._policies[id(item)] = for_item(item, self._settings)
        self.scopes.may_wait = None not in self._policies.values()

    @functools.cached_property
    def _harness(self) -> Harness:
        return Harness(self._config)

    def inspector(self) -> Inspector:
        """Who looks closer at a test that left something."""
        if self._inspector is None:
            with plainly.imported(self._config):
                from pytest_gcguard.session.inspection import Inspector
            self._inspector = Inspector(self._config, self._settings, self.scopes, self._allowance, self.faults.complain)
        return self._inspector

    def lens(self) -> Lens:
        """How to look closer."""
        return self.inspector().lens

    def pytest_plugin_registered(self) -> None:
        self._others.forget()
        self._relay.forget()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        policy = self._policies.get(id(item), _UNKNOWN)
        if policy is _UNKNOWN:
            policy = self._policies[id(item)] = for_item(item, self._settings)
        if policy is None or self._shows_only:
            return None
        before = GcSettings.take()
        try:
            return self._protocol(item, nextitem, policy, before)
        finally:
            self._state = None
            try:
                collector.remove_callback(self._asked.callback)
                before.restore()
                self.late.end()
            except faults.ANY as error:
                self.faults.note(item.nodeid, error)

    def _protocol(self, item: pytest.Item, nextitem: pytest.Item | None, policy: Policy, before: GcSettings) -> bool | None:
        clock = time.perf_counter()
        try:
            state = self._begin(item, nextitem, policy, before)
            others = self._others.of(item)
        except faults.ANY as error:
            self.faults.note(item.nodeid, error)
            return None  # the test is pytest's to run
        self._state = item.stash[STATE] = state
        seconds = time.perf_counter() - clock
        ihook = self._relay.begin(item)
        location = item.location  # pytest remembers it, and makes an instance for it
        if not others:
            ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=location)
        else:
            self.scopes.may_wait = False  # the last test may be another plugin's to run, and to end
        try:
            if instances.untouched(item):
                state.instance = True
                instances.drop(item)
            state.looking = True  # to open it may take a collection, which is none of the test's
            state.window.open()  # last, so that nothing of the guard's own is in sight
            state.looking = False
        except faults.ANY as error:
            state.broken = True
            self.faults.note(item.nodeid, error)
        self._tell_late("before", item)
        try:
            if not others or not any(owner(item, nextitem) for owner in others):
                if others:
                    ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                self._run(item, nextitem, state, seconds, ihook)
            else:
                self._after_others(item, nextitem, state, seconds)
        finally:
            state.window.close()
            del item.stash[STATE]
        return True

    def _begin(self, item: pytest.Item, nextitem: pytest.Item | None, policy: Policy, before: GcSettings) -> State:
        """Makes all that is needed to look at a test, before the window is opened."""
        self.late.listen()
        state = State(policy, self._heap.window(policy.freeze), before, self.lens, holdings.fixtures_of(item))
        state.nextitem = nextitem
        state.names = None if (names := names_of_doctest(item)) is None else dict(names)
        wider.staying(item.session)  # made once, before anything is in sight
        if self._inspector is None and (policy.confirm < 2 or collecting.asks_for_wider(item)):
            # what they leave may be asked about while the test runs, and with one run the first look is the beginning: to
            # import then would show
            self.inspector()
        if self._names is None and policy.leaks is not None and policy.leaks.types:
            with plainly.imported(self._config):
                from pytest_gcguard.session.naming import Names
            self._names = Names()
        if not self._rehearsed and self._collecting.is_one(item):
            self._rehearsed = True
            self.inspector().rehearse(item)  # makes what the first look makes that lasts: a test that counts must not see it
        collector.add_callback(self._asked.callback)
        self.scopes.begin()
        self._harness.settle()
        return state

    def _run(self, item: pytest.Item, nextitem: pytest.Item | None, state: State, seconds: float, ihook: Any) -> None:
        """Runs and reports a test as pytest does, with a look between the run and the report."""
        # wider scopes stay set up over the look, so that they can be told apart and the test can be repeated
        same_scope = nextitem is not None and nextitem.parent is item.parent
        scopes = wider.staying(item.session)
        scopes.last = None if same_scope else item.parent
        try:
            reports, is_begun = subtests.run(item, nextitem)
        except BaseException:  # the run ends, and with it what is set up
            if state.instance:
                instances.make(item)
            raise
        finally:
            scopes.last = None
        clock = time.perf_counter()
        try:
            carried = state.named_on(self._check(item, reports, state, self._seen(item, state)))
        except faults.ANY as error:
            carried = self.faults.note(item.nodeid, error)
        self._tell_late("after", item)
        state.looking = True  # what is collected from here on is not the test's
        carried["seconds"] = seconds + time.perf_counter() - clock
        *first, last = reports
        for report in first[is_begun:]:
            ihook.pytest_runtest_logreport(report=report)
        if item.session.shouldfail or item.session.shouldstop:
            nextitem = None
        if nextitem is None or not same_scope:
            last = self._end_scopes(item, nextitem, last, state, carried)
        self._report(last, carried, ihook)
        ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _seen(self, item: pytest.Item, state: State) -> list[object]:
        """What there is when a test has ended."""
        self.late.listen()
        if state.instance:
            instances.drop(item)
        self._harness.settle()
        seen = state.window.objects()  # first, so that nothing that the guard makes is in sight
        state.before.restore()  # undoes what the test set in gc; automatic collections stay off until the look is over
        collector.pause()
        if self._names is not None:
            state.policy, state.named = self._names.settled(state.policy)
        return seen

    def _check(
        self, item: pytest.Item, reports: list[pytest.TestReport], state: State, objects: list[object]
    ) -> dict[str, Any]:
        """Glances at what a test left, and has it looked at if that is anything."""
        if state.broken or state.raised or len(reports) < 3:  # without a call
            if self._inspector is not None:
                self._inspector.note_failure(item, reports)
            return {"findings": [], "checked": False}
        policy = state.policy
        tampered = type(state.window) is Frozen and state.window.tampered
        nothing_said = not (state.hidden or state.expected or policy.memory or policy.baseline or policy.accept or tampered)
        if nothing_said and (
            self._harness.is_all(objects, reports, state.fixtures)
            or not self._harness.beyond(objects, item, reports, state.fixtures)
        ):
            return {"findings": [], "checked": True}
        return self.inspector().check(item, reports, state, objects, tampered)

    def _end_scopes(
        self, item: pytest.Item, nextitem: pytest.Item | None, last: pytest.TestReport, state: State, carried: dict[str, Any]
    ) -> pytest.TestReport:
        """Ends the scopes that the next test does not share, and looks at what their fixtures leave."""
        try:
            self.scopes.ending()
        except faults.ANY as error:
            self.faults.note(item.nodeid, error)
        last = wider.tear_down(item, nextitem, last, state.error)
        if self.scopes.is_due(last=nextitem is None):
            clock = time.perf_counter()
            try:
                self.late.listen()
                inspector = self.inspector()
                carried["findings"] += self.scopes.look(inspector.lens, self._settings.policy, inspector.relative)
            except faults.ANY as error:
                self.faults.note(item.nodeid, error)
            self._tell_late("after", item)
            carried["seconds"] += time.perf_counter() - clock
        return last

    def _after_others(self, item: pytest.Item, nextitem: pytest.Item | None, state: State, seconds: float) -> None:
        """Checks a test that another plugin ran and reported; what fails it is one more failed report of it."""
        clock = time.perf_counter()
        carried: dict[str, Any] = {}
        report: pytest.TestReport | None = None
        try:
            seen = self._seen(item, state)
            if not (state.raised or state.broken):
                carried, report = self.inspector().check_after_others(item, nextitem, state, seen)
        except faults.ANY as error:
            self.faults.note(item.nodeid, error)
        self._tell_late("after", item)
        carried = state.named_on(carried or {"findings": [], "checked": False})
        carried["seconds"] = seconds + time.perf_counter() - clock
        if report is None:
            self._allowance.spend(carried["seconds"])
            self._aside.add(item, self.faults.onto(carried))
        else:
            self._report(report, carried, item.ihook)

    def _report(self, report: pytest.TestReport, carried: dict[str, Any], ihook: Any) -> None:
        """Logs a report with what is to be said of its test."""
        self._allowance.spend(carried["seconds"])
        report.gcguard = self.faults.onto(carried)  # type: ignore[attr-defined] # an attribute of a report crosses pytest-xdist as it is
        ihook.pytest_runtest_logreport(report=report)

    def _tell_late(self, where: str, item: pytest.Item) -> None:
        try:
            self.late.tell(where, item)
        except faults.ANY as error:
            self.faults.note(item.nodeid, error)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        # what a unittest.TestCase raised is put into the call by a hook that comes after this one
        if self._state is not None and (call.excinfo is not None or item.__dict__.get("_excinfo")):
            self._state.raised = True
            if call.when == "setup" and self._state.instance:
                instances.make(item)
            if call.when == "teardown" and call.excinfo is not None:
                self._state.error = call.excinfo.value
