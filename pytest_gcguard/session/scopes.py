"""What wider-scoped fixtures make and leave: told apart from what tests make, and charged to the fixture.

Rules of this file: objects are remembered by id, in numbers; the fixtures themselves are pytest's.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pytest_gcguard.core import collector, cycles
from pytest_gcguard.core.model import Observation, Origin
from pytest_gcguard.core.origin import Origins
from pytest_gcguard.core.watch import Lens
from pytest_gcguard.session.heap import Heap


class Scopes:
    """Follows the fixtures of class, module, package and session scope."""

    def __init__(self) -> None:
        self.origins: Origins | None = None
        self._active: dict[int, tuple[str, frozenset[int]]] = {}
        self._ended: list[tuple[str, frozenset[int]]] = []

    def before(self) -> frozenset[int]:
        """The ids of what is in sight before a fixture is set up."""
        return frozenset(map(id, collector.visible()))

    def made(self, fixturedef: Any, before: frozenset[int]) -> None:
        """Notes what a fixture made."""
        if self.origins is not None and self.origins.of_object(fixturedef.func) is Origin.HARNESS:
            return
        ids = frozenset(map(id, collector.visible())) - before
        self._active[id(fixturedef)] = f"fixture {fixturedef.argname!r} ({fixturedef.scope} scope)", ids

    def finished(self, fixturedef: Any) -> None:
        """Notes that a fixture has ended."""
        done = self._active.pop(id(fixturedef), None)
        if done is not None:
            self._ended.append(done)

    def ended(self, heap: Heap, lens: Lens) -> Observation | None:
        """Where fixtures have ended: thaws, collects, and tells of the cycles that they left; else None."""
        if not self._ended:
            return None
        ended, self._ended = self._ended, []
        collector.thaw()
        garbage = collector.collect_and_keep()
        found = cycles.census(garbage, lens.origins, lens.ignore).found if garbage else ()
        del garbage
        collector.collect()
        heap.swept()
        collector.freeze()
        theirs = []
        for each in found:
            name = next(
                (name for name, ids in ended if 2 * sum(number in ids for number, _ in each.marks) > len(each.marks)), None
            )
            if name is not None:
                theirs.append(dataclasses.replace(each.cycle, maker=name))
        return Observation(cycles=tuple(theirs))
