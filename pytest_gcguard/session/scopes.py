"""What wider-scoped fixtures make and leave: told apart from what tests make, and charged to the fixture.

Rules of this file: objects are remembered by id, in numbers; the fixtures themselves are pytest's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pytest_gcguard.core import collector, cycles
from pytest_gcguard.core.model import Observation, Origin, Verdict
from pytest_gcguard.core.policy import Policy, judge
from pytest_gcguard.core.watch import Lens
from pytest_gcguard.session.heap import Heap


class Scopes:
    """Follows the fixtures of class, module, package and session scope: a plugin beside the guard.

    ``lens`` is the lens of the guarded test that runs, or None while there is none.
    """

    def __init__(self, heap: Heap, lens: Callable[[], Lens | None]) -> None:
        self._heap = heap
        self._lens = lens
        self._active: dict[int, tuple[str, frozenset[int]]] = {}
        self._ended: list[tuple[str, frozenset[int]]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        lens = None if fixturedef.scope == "function" else self._lens()
        if lens is None:
            return (yield)
        before = frozenset(map(id, collector.visible()))
        try:
            return (yield)
        finally:
            if lens.origins.of_object(fixturedef.func) is not Origin.HARNESS:
                ids = frozenset(map(id, collector.visible())) - before
                self._active[id(fixturedef)] = f"fixture {fixturedef.argname!r} ({fixturedef.scope} scope)", ids

    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        done = self._active.pop(id(fixturedef), None)
        if done is not None:
            self._ended.append(done)

    def look(self, lens: Lens, policy: Policy, relative: Callable[[str], str]) -> Verdict:
        """Where fixtures have ended: thaws, collects, and judges the cycles that they left."""
        if not self._ended:
            return Verdict()
        ended, self._ended = self._ended, []
        collector.thaw()
        garbage = collector.collect_and_keep()
        found = cycles.census(garbage, lens.origins, lens.ignore).found if garbage else ()
        del garbage
        collector.collect()
        self._heap.swept()
        collector.freeze()
        theirs = []
        for each in found:
            name = next(
                (name for name, ids in ended if 2 * sum(number in ids for number, _ in each.marks) > len(each.marks)), None
            )
            if name is not None:
                theirs.append(dataclasses.replace(each.cycle, maker=name))
        # a fixture is no test that could fail
        return judge(Observation(cycles=tuple(theirs)), dataclasses.replace(policy, fail_on=frozenset()), relative)
