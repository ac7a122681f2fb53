"""The protocol of a guarded test: run it, look at what it left, repeat it if it is suspect, judge, report once.

Rules of this file: the test runs exactly as pytest would run it; its reports are made as pytest makes them and logged once,
after the look. If the guard itself breaks, it says so once and the test keeps the result that it had.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from _pytest import runner

from pytest_gcguard.core import collector, watch
from pytest_gcguard.core.catalogue import Catalogue, builtin
from pytest_gcguard.core.collector import Settings as GcSettings
from pytest_gcguard.core.cycles import Ignore
from pytest_gcguard.core.model import Cycle, Finding, Kind, Observation, Verdict
from pytest_gcguard.core.policy import Policy, judge
from pytest_gcguard.core.watch import Explained, Lens
from pytest_gcguard.core.window import Frozen, Whole, Window
from pytest_gcguard.session import message, owners, places, rerun, results, stragglers, wider
from pytest_gcguard.session.heap import Heap
from pytest_gcguard.session.progress import Progress
from pytest_gcguard.session.repeats import Repeats, unconfirmed
from pytest_gcguard.session.scopes import Scopes
from pytest_gcguard.session.settings import Settings, for_item

STATE = pytest.StashKey["State"]()


@dataclasses.dataclass(slots=True)
class State:
    """What the guard knows of the test that runs: its policy and window, what raised, and what the fixture was told."""

    policy: Policy
    window: Window
    lens: Lens
    raised: bool = False
    threads: int = dataclasses.field(default_factory=stragglers.running)
    hidden: list[Cycle] = dataclasses.field(default_factory=list)
    looking: bool = False
    expected: list[tuple[Any, str]] = dataclasses.field(default_factory=list)
    failures: list[str] = dataclasses.field(default_factory=list)
    error: BaseException | None = None


class Guard:
    """The plugin that guards tests; registered only when something asks for it."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self._settings = settings
        self._heap = Heap()
        self._policies: dict[str, Policy | None] = {}
        self._lens: Lens | None = None
        self._catalogue: Catalogue | None = None
        self._state: State | None = None
        self._fault = ""
        self.scopes = Scopes(self._heap, lambda: self._state.lens if self._state is not None else None)
        self._repeats: Repeats | None = None
        self._callback = self._about_to_collect  # made once: a bound method is a new object each time it is asked for
        self.relative = places.relative_to(config.rootpath)

    def prepare(self, items: Sequence[pytest.Item]) -> None:
        """Works out each test's policy, so that a wrong marker is told before the first test runs."""
        for item in items:
            self._policies[item.nodeid] = for_item(item, self._settings)

    @property
    def lens(self) -> Lens:
        if self._lens is None:  # late, since plugins may be registered up to the first test
            ignore: Ignore | None = None
            if self._config.hook.pytest_gcguard_ignore.get_hookimpls():

                def ignore(obj: object) -> bool:
                    return bool(self._config.hook.pytest_gcguard_ignore(obj=obj))

            self._lens = Lens(places.origins(self._config, self._settings.own), ignore)
        return self._lens

    @property
    def catalogue(self) -> Catalogue:
        """The known bugs of libraries, read when something is found."""
        if self._catalogue is None:
            self._catalogue = Catalogue([*self._settings.bugs, *builtin()])
        return self._catalogue

    # --- the protocol -------------------------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        if item.nodeid not in self._policies:
            self._policies[item.nodeid] = for_item(item, self._settings)
        policy = self._policies[item.nodeid]
        if policy is None or self._config.getoption("setuponly", False) or self._config.getoption("setupplan", False):
            return None
        before = GcSettings.take()
        try:
            return self._protocol(item, nextitem, policy, before)
        finally:
            collector.remove_callback(self._callback)
            before.restore()
            self._state = None

    def _protocol(self, item: pytest.Item, nextitem: pytest.Item | None, policy: Policy, before: GcSettings) -> bool | None:
        clock = time.perf_counter()
        try:
            state = State(policy, self._heap.window(policy.freeze), self.lens)
        except Exception as error:  # noqa: BLE001 -- a fault of the guard must not become a fault of the suite
            self._fault = results.fault(item, error)
            return None  # the test is pytest's to run
        others = owners.others(item, self)
        if not others:
            item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self._state = item.stash[STATE] = state
        collector.add_callback(self._callback)
        self.scopes.begin()
        seconds = time.perf_counter() - clock
        state.window.open()  # last, so that nothing of the guard's own is in sight
        try:
            if not others or not any(owner(item, nextitem) for owner in others):
                if others:
                    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
                self._run(item, nextitem, state, before, seconds)
            else:
                self._after_others(item, nextitem, state, before, seconds)
        finally:
            del item.stash[STATE]
        return True

    def _run(self, item: pytest.Item, nextitem: pytest.Item | None, state: State, before: GcSettings, seconds: float) -> None:
        """Runs and reports a test as pytest does, with a look between the run and the report."""
        # wider scopes stay set up over the look, so that they can be told apart and the test can be repeated
        same_scope = nextitem is not None and nextitem.parent is item.parent
        reports = runner.runtestprotocol(item, log=False, nextitem=nextitem if same_scope else item.parent)  # type: ignore[arg-type] # any node tells which scopes stay
        clock = time.perf_counter()
        places.settle(self._config)
        seen = state.window.objects()  # first, so that nothing that the guard makes is in sight
        self._restore(before)
        carried = self._check(item, reports, state, seen)
        carried["seconds"] += seconds + time.perf_counter() - clock
        *first, last = reports
        for report in first:
            item.ihook.pytest_runtest_logreport(report=report)
        if item.session.shouldfail or item.session.shouldstop:
            nextitem = None
        if nextitem is None or not same_scope:
            self.scopes.ending()
            last = wider.tear_down(item, nextitem, last, state.error)
            clock = time.perf_counter()
            left = self._guarded(self.scopes.look, item, state.lens, self._settings.policy, self.relative)
            carried["findings"] += left or []
            carried["seconds"] += time.perf_counter() - clock
        if self._fault:
            carried["broken"], self._fault = self._fault, ""
        last.gcguard = carried  # type: ignore[attr-defined] # an attribute of a report crosses pytest-xdist as it is
        item.ihook.pytest_runtest_logreport(report=last)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _after_others(
        self, item: pytest.Item, nextitem: pytest.Item | None, state: State, before: GcSettings, seconds: float
    ) -> None:
        """Checks a test that another plugin ran and reported; what fails it is one more failed report of it."""
        clock = time.perf_counter()
        seen = state.window.objects()
        self._restore(before)
        carried: dict[str, Any] = {"findings": [], "checked": not state.raised, "seconds": 0.0}
        verdict = None
        if not state.raised and not (isinstance(state.window, Frozen) and state.window.tampered):
            may_repeat = rerun.keeps_scopes(item)
            verdict = self._guarded(self._verdict, item, item, [], state, seen, may_repeat=may_repeat)
            if may_repeat:  # what a repeat has set up of the scopes that end here
                self._guarded(item.session._setupstate.teardown_exact, item, nextitem)
        report = None
        if verdict is not None:
            carried["findings"] = results.records(verdict)
            carried["looked"] = results.looked_for(state.policy, repeated=False)
            texts = [*state.failures, *([message.failure(verdict.failures)] if verdict.failures else [])]
            if texts:
                report = results.failed_report(item, "\n\n".join(texts))
        carried["seconds"] = seconds + time.perf_counter() - clock
        if self._fault:
            carried["broken"], self._fault = self._fault, ""
        if report is None:
            # nothing fails: the findings travel on a report that says no more than that the test was torn down
            report = pytest.TestReport(item.nodeid, item.location, {}, "passed", None, "teardown")
        report.gcguard = carried  # type: ignore[attr-defined] # an attribute of a report crosses pytest-xdist as it is
        item.ihook.pytest_runtest_logreport(report=report)

    def _restore(self, before: GcSettings) -> None:
        """Undoes what the test set in gc; automatic collections stay off until the look is over."""
        before.restore()
        collector.pause()

    def _check(
        self, item: pytest.Item, reports: list[pytest.TestReport], state: State, objects: list[object]
    ) -> dict[str, Any]:
        """Looks and judges; makes the call's report again if the test fails by a finding."""
        carried: dict[str, Any] = {"findings": [], "checked": False, "seconds": 0.0}
        called = next((at for at, report in enumerate(reports) if report.when == "call"), None)
        if state.raised or called is None:
            return carried
        tampered = isinstance(state.window, Frozen) and state.window.tampered
        if tampered and not self._guarded(self._look_again, item, item, state, objects):
            return carried
        verdict = self._guarded(self._verdict, item, item, reports, state, objects, may_repeat=True)
        if verdict is None:
            return carried
        carried["checked"] = True
        carried["looked"] = results.looked_for(state.policy, repeated=not item.config.getoption("usepdb"))
        carried["findings"] = results.records(verdict)
        texts = [*state.failures, *([message.failure(verdict.failures)] if verdict.failures else [])]
        if verdict.findings:
            item.user_properties.extend(message.properties(verdict))
            for report in reports:  # pytest has copied the item's to them before
                report.user_properties = list(item.user_properties)
        if texts:
            reports[called] = results.failed_report(item, "\n\n".join(texts), reports[called])
        reports[called].sections.extend(message.sections(verdict))
        return carried

    def _verdict(
        self, item: pytest.Item, reports: list[pytest.TestReport], state: State, objects: list[object], *, may_repeat: bool
    ) -> Verdict:

        def explained() -> list[object]:
            return [*places.harness_roots(item, reports), *self.scopes.held()]

        late = [(reference, name) for reference, name in state.expected if reference() is not None]
        state.looking = True
        seen = watch.look(state.lens, state.window, objects, explained, self.scopes.made)
        if seen.left and stragglers.settle(state.threads):
            again = watch.look(state.lens, state.window, None, explained, self.scopes.made)
            seen = dataclasses.replace(again, cycles=(*seen.cycles, *again.cycles), nobodys=seen.nobodys + again.nobodys)
        if late:
            # the test fails: what else it holds need not be confirmed, so the heap may be thawed for good
            collector.thaw()
            state.failures += message.not_freed(late, state.lens.origins)
            may_repeat = False
        if seen is watch.CLEAN and not state.hidden and not state.policy.memory:
            return _NOTHING
        seen = dataclasses.replace(
            seen,
            cycles=(*state.hidden, *seen.cycles),
            leaks=self._leaks(item, state, seen, explained, may_repeat),
            memory=self._memory(item, state, explained, may_repeat),
        )
        verdict = judge(seen, state.policy, self.relative)
        if verdict.findings:
            verdict = results.noted(verdict, self.catalogue)
        for finding in verdict.findings:
            item.ihook.pytest_gcguard_finding(item=item, finding=finding)
        return verdict

    def _look_again(self, item: pytest.Item, state: State, objects: list[object]) -> bool:
        """Runs a test once more that froze or thawed the heap itself, on a heap that nobody froze; whether it passed.

        What is new is told then by what was there before, whatever the test does.
        """
        objects.clear()
        if item.config.getoption("usepdb"):
            return False
        collector.thaw()
        state.window = Whole(thaws=True)
        state.window.open()
        if Progress(item, state.policy.confirm_seconds).repeat() is not None:
            return False
        objects += state.window.objects()
        return True

    def _leaks(self, item: pytest.Item, state: State, seen: Observation, explained: Explained, may_repeat: bool) -> Any:
        if not seen.left or Kind.LEAK not in state.policy.look_for:
            return ()
        if state.policy.confirm and not may_repeat:
            return unconfirmed(seen, "another plugin ran it, and the fixtures of its class or module have ended")
        if state.policy.confirm and item.config.getoption("usepdb"):
            return unconfirmed(seen, "it is not run twice under --pdb")
        if self._repeats is None:
            self._repeats = Repeats(state.lens)
        return self._repeats.confirm(item, state.policy, state.window, seen, explained)

    def _memory(self, item: pytest.Item, state: State, explained: Explained, may_repeat: bool) -> Any:
        if not state.policy.memory or not may_repeat or item.config.getoption("usepdb"):
            return ()
        from pytest_gcguard.session import memory

        return memory.grown(item, state.policy, state.window, state.lens, explained)

    def _guarded(self, step: Any, item: pytest.Item, *arguments: Any, **named: Any) -> Any:
        """Does a step of the guard; if the guard breaks, notes it and returns None."""
        try:
            return step(*arguments, **named)
        except Exception as error:  # noqa: BLE001 -- a fault of the guard must not become a fault of the suite
            self._fault = results.fault(item, error)
            return None

    # --- what the run tells on its way --------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        try:
            return (yield)
        finally:
            # only now: what a unittest.TestCase raised is put into the call by a hook that comes after this one
            if self._state is not None and call.excinfo is not None:
                self._state.raised = True
                if call.when == "teardown":
                    self._state.error = call.excinfo.value

    def _about_to_collect(self, phase: str, info: dict[str, int]) -> None:
        """Sees the cycles that the test is about to collect by itself."""
        state = self._state
        if phase != "start" or state is None or state.looking or collector.automatic():
            return
        state.looking = True
        try:
            state.hidden += watch.peek(state.lens, state.window)
        except Exception as error:  # noqa: BLE001 -- a fault of the guard must not become a fault of the suite
            self._fault = f"{type(error).__name__}: {error}"
        finally:
            state.looking = False

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._heap.end()

    def pytest_unconfigure(self) -> None:
        self._heap.end()


_NOTHING = Verdict()


__all__ = ["STATE", "Finding", "Guard", "State"]
