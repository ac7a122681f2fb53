"""What wider-scoped fixtures make and leave: told apart from what tests make, and charged to the fixture.

Rules of this file: objects are remembered by id, in numbers; the fixtures themselves are pytest's.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_gcguard.core.heap import collector, freezing, generations
from pytest_gcguard.core.heap.unreachable import Mark, Snapshot, marks
from pytest_gcguard.core.heap.window import Frozen
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import faults
from pytest_gcguard.session.heap import Heap
from pytest_gcguard.session.scopes import stored
from pytest_gcguard.session.scopes.idle import SET_UP_CLASS, is_idle
from pytest_gcguard.session.scopes.stored import Stored

if TYPE_CHECKING:
    from pytest_gcguard.core.cycles.census import Found
    from pytest_gcguard.core.heap.window import Window
    from pytest_gcguard.core.model import Cycle, Observation
    from pytest_gcguard.core.policy import Policy
    from pytest_gcguard.core.watch import Lens
    from pytest_gcguard.session.state import State


_SHARE = 0.05
"""How much of the run the looks at what fixtures left may take before some have to wait for the next one, or for the last."""
_WAITING = 100_000
"""How many marks of what they made may wait with them: each takes some 200 bytes."""


class _Fixture:
    """A fixture, with the marks of what it made; ``place`` is a file or the node id of a class.

    ``left`` are the cycles that were already garbage after its setup.
    """

    __slots__ = ("idle", "left", "marks", "name", "place", "scope")

    def __init__(self, place: str, name: str, scope: str, marks: set[Mark], *, idle: bool) -> None:
        self.place = place
        self.name = name
        self.scope = scope
        self.marks = marks
        self.idle = idle
        """Whether it makes nothing, neither in its setup nor at its end: then it leaves no cycle."""
        self.left: list[Cycle] = []

    @property
    def words(self) -> str:
        """The fixture's name and scope, for a note."""
        return f"fixture {self.name!r} ({self.scope} scope)"

    def nodeid(self, relative: Callable[[str], str]) -> str:
        """What stands for a test's node id in the findings of the fixture."""
        return f"{relative(self.place)}::{self.name} ({self.scope} fixture)"

    def made(self, found: Found) -> bool:
        """Whether most of a cycle is what the fixture made."""
        return 2 * len(found.marks & self.marks) > len(found.marks)

    def leaves(self, found: Iterable[Found]) -> None:
        """Adds the cycles that the fixture made."""
        self.left += [each.cycle for each in found if self.made(each)]


class Scopes:
    """Follows the fixtures of class, module, package and session scope: a plugin beside the guard.

    ``state`` is that of the guarded test that runs, or None while there is none; ``complain`` is told what breaks here.
    """

    def __init__(self, heap: Heap, state: Callable[[], State | None], complain: Callable[[str], None]) -> None:
        self._heap = heap
        self._state = state
        self._complain = complain
        self.stored = Stored()
        self._only_wider = True
        """Whether the test that runs has set up none of its own fixtures yet."""
        self._active: dict[int, _Fixture] = {}
        self._ended: list[_Fixture] = []
        self.may_wait = False
        """Whether the last test of the run is guarded as well, so that what waits is looked at in any case."""
        self._begun = time.perf_counter()
        self._spent = 0.0
        """How many seconds the looks took."""
        self._made: set[Mark] = set()
        self._noted: list[object] = []
        """Made right after the last fixture: what `_made` tells of is older."""
        self._collections: int | None = None
        self._inner: list[set[Mark]] = []
        """For each fixture that is being set up, the marks of what the fixtures that it asks for have made meanwhile."""
        self._there: set[Mark] | None = None
        """While scopes end, the marks of what the fixture that ends has not made."""

    def begin(self) -> None:
        """A test begins: what fixtures have made before is out of sight."""
        self._only_wider = True
        if self._made:
            self._made.clear()

    def made(self, objects: list[object]) -> list[object]:
        """Those of the objects in sight that wider-scoped fixtures have made since the test began.

        Much of what is made for a fixture is gone when it is set up, and later objects may get the same addresses, even of the
        same type. These are younger than ``_noted``, which the order of the objects tells as long as nothing was collected.
        """
        if not self._made:
            return []
        older = objects
        if self._collections is not None and self._collections == generations.collections():
            older = objects[: next((at for at, obj in enumerate(objects) if obj is self._noted), None)]
        return [obj for obj, mark in zip(older, marks(older), strict=True) if mark in self._made]

    def held(self) -> list[object]:
        """What this plugin itself holds."""
        own = [self._active, self._ended, self._made, self._noted, self.stored.names]
        return [*own, *self._ended, *self._active.values()]

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[None]:
        if fixturedef.scope == "function":
            self._only_wider = False
            return (yield)
        state: State | None = None
        lens: Lens | None = None
        known: dict[str, int] = {}
        try:
            state = self._state()
            lens, known = None if state is None else state.lens(), stored.of_request(request)
            if lens is not None:
                self._inner.append(set())
                before = frozenset(marks(freezing.in_sight()))
                start = [generations.collections()]
        except faults.ANY as error:
            lens = None
            self._complain(faults.told(request.node.nodeid, error))
        try:
            return (yield)
        finally:
            try:
                if lens is not None:
                    idle = is_idle(fixturedef, request, freezing.in_sight(), start)  # before the method below is bound
                    self._note(fixturedef, lens, before, idle=idle)
                self.stored.note(known, request)
                if state is not None:
                    self._put_away(state.window)
            except faults.ANY as error:
                self._complain(faults.told(request.node.nodeid, error))

    def _note(self, fixturedef: Any, lens: Lens, before: frozenset[Mark], *, idle: bool) -> None:
        """Notes what a fixture made, and which of it is garbage already."""
        objects = freezing.in_sight()
        self._made = set(marks(self.made(objects)))
        inner = self._inner.pop() & self._made
        made = set(marks(objects)) - before - inner
        del objects
        if self._inner:
            self._inner[-1].update(made, inner)
        self._made |= made
        self._noted, self._collections = [], generations.collections()
        name = _name(fixturedef.argname)
        if name == fixturedef.argname and lens.origins.of_object(fixturedef.func) is Origin.HARNESS:
            return
        fixture = _Fixture(_place(fixturedef), name, fixturedef.scope, made, idle=idle)
        garbage = Snapshot(freezing.in_sight()).unreachable()
        if garbage:
            from pytest_gcguard.core.cycles import census

            fixture.leaves(census.take(garbage, lens.origins, lens.ignore, lens.said).found)
        self._active[id(fixturedef)] = fixture

    def _put_away(self, window: Window) -> None:
        """Takes what fixtures have made out of sight, unless something that the test itself has made may be there as well."""
        is_setup = os.environ.get("PYTEST_CURRENT_TEST", "").endswith("(setup)")
        if is_setup and self._only_wider and not self._inner and isinstance(window, Frozen):
            self._heap.put_away(window)
            self._made.clear()

    def ending(self) -> None:
        """Scopes are about to end: what is new from now on was made by the fixture that is ending."""
        self._there = set(marks(freezing.in_sight())) if self._active else None

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        try:
            done = self._active.pop(id(fixturedef), None)
            if done is None or (done.idle and not done.left):
                return
            self._ended.append(done)
            if self._there is not None:
                new = set(marks(freezing.in_sight())) - self._there
                done.marks |= new
                self._there |= new
        except faults.ANY as error:
            self._complain(faults.told(fixturedef.argname, error))

    def is_due(self, *, last: bool) -> bool:
        """Whether what fixtures left is to be looked at now, when some scopes have ended; ``last``: no test comes after this.

        A look takes a collection of the whole heap, which suites with many small classes cannot afford at the end of each.
        """
        self._there = None
        if not self._ended or last or not self.may_wait:
            return bool(self._ended)
        is_cheap = self._spent <= _SHARE * (time.perf_counter() - self._begun)
        return is_cheap or sum(len(fixture.marks) for fixture in self._ended) > _WAITING

    def look(self, lens: Lens, policy: Policy, relative: Callable[[str], str]) -> list[dict[str, Any]]:
        """Thaws, collects, and judges the cycles that the fixtures left which have ended; returns their records.

        They have the fixture's own name, not a test's: which test ends a scope may differ from run to run, as under
        pytest-xdist.
        """
        from pytest_gcguard.core.cycles import census
        from pytest_gcguard.core.judge import judge
        from pytest_gcguard.session.output import results

        begun = time.perf_counter()
        # what one has left is still where it was: a later one that has made something of the same mark has made that later
        ended, self._ended = self._ended[::-1], []
        freezing.thaw()
        garbage = collector.collect_and_keep()
        found = census.take(garbage, lens.origins, lens.ignore, lens.said).found if garbage else ()
        if garbage:
            del garbage
            collector.collect()
        self._heap.swept()
        freezing.freeze()
        self._spent += time.perf_counter() - begun
        told = {fixture: [*fixture.left] for fixture in ended}
        for each in found:
            if each.cycle.origin is Origin.HARNESS:
                continue  # pytest makes such for its reports too, maybe where something of the fixture has been
            maker = next((fixture for fixture in ended if fixture.made(each)), None)
            if maker is not None and each.cycle not in maker.left:
                told[maker].append(each.cycle)
        policy = policy._replace(fail_on=frozenset())  # a fixture is no test that could fail
        return [
            record | {"nodeid": fixture.nodeid(relative), "fixture": {"name": fixture.name, "scope": fixture.scope}}
            for fixture, left in told.items()
            if left
            for record in results.records(judge(_seen(fixture, left), policy, relative))
        ]


def _seen(fixture: _Fixture, left: list[Cycle]) -> Observation:
    from pytest_gcguard.core.model import Observation

    return Observation(cycles=tuple(dataclasses.replace(cycle, maker=fixture.words) for cycle in left))


_XUNIT = {
    "_xunit_setup_module_fixture_": "setup_module",
    "_xunit_setup_class_fixture_": "setup_class",
    SET_UP_CLASS: "setUpClass",
}


def _name(argname: str) -> str:
    """A fixture's name as users know it: ``setup_module``, say, for the fixture that pytest makes of that function."""
    return next((name for start, name in _XUNIT.items() if argname.startswith(start)), argname)


def _place(fixturedef: Any) -> str:
    base = str(fixturedef.baseid or "")
    if base.partition("::")[0].endswith(".py"):
        return base
    # of a conftest.py or a plugin pytest knows only the folder
    code = getattr(fixturedef.func, "__code__", None)
    return base if code is None else str(code.co_filename)
