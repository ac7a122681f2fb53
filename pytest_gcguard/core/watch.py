"""The use case: a look at what was made, what of it is unreachable, what survives, and why.

Rules of this file: live objects are in local variables only, dropped before the collector runs and never returned.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping

from pytest_gcguard.core import collector, cycles, survivors, tracing
from pytest_gcguard.core.holders import Search
from pytest_gcguard.core.model import Cycle, Leak, Observation
from pytest_gcguard.core.origin import Origins
from pytest_gcguard.core.unreachable import Snapshot
from pytest_gcguard.core.window import Window

CLEAN = Observation()


@dataclasses.dataclass(frozen=True, slots=True)
class Lens:
    """How to look: whose is what, and which objects are never mentioned."""

    origins: Origins
    ignore: Callable[[object], bool] | None = None


def look(lens: Lens, window: Window, explained: Iterable[object] = ()) -> Observation:
    """Looks at all objects in sight of a window, collects the unreachable ones, and tells what was seen.

    ``explained`` are objects whose holdings are nobody's business: what is reached from them is no survivor. When everything in
    sight is reached from them, nothing is collected and nothing more is done; that is the case of most tests.
    """
    roots = [*explained]
    snapshot = Snapshot(window.objects())
    if not snapshot.beyond(roots):
        return CLEAN
    garbage = snapshot.unreachable()
    if not garbage:
        left = snapshot.beyond(roots)
        return Observation(survivors=survivors.summary(left, lens.origins), left=window.count(left))
    before = survivors.count(snapshot.objects)
    census = cycles.census(garbage, lens.origins, lens.ignore)
    del garbage, snapshot
    collected, stuck = collector.collect()
    stuck_ids = set(map(id, stuck))
    del stuck
    seen = Observation(before=before, collected=collected, nobodys=census.nobodys)
    return _after(lens, window, roots, census, stuck_ids, seen)


def _after(  # noqa: PLR0913, PLR0917 -- the second half of `look`: all it has in hand
    lens: Lens, window: Window, roots: list[object], census: cycles.Census, stuck: set[int], seen: Observation
) -> Observation:
    snapshot = Snapshot(window.objects())
    alive = set(map(id, snapshot.objects))
    uncollectable = tuple(found.cycle for found in census.found if not stuck.isdisjoint(found.ids))
    # what is still there although nothing held it was revived by a finalizer: a survivor
    gone = tuple(found.cycle for found in census.found if stuck.isdisjoint(found.ids) and not found.ids <= alive)
    after = survivors.count(snapshot.objects)
    left = _beyond(snapshot, roots, bool(stuck))
    return dataclasses.replace(
        seen,
        cycles=gone,
        uncollectable=uncollectable,
        survivors=survivors.summary(left, lens.origins),
        after=after,
        left=window.count(left),
    )


def peek(lens: Lens, window: Window) -> tuple[Cycle, ...]:
    """The cycles in sight that are unreachable now, without collecting them: asked when somebody else is about to."""
    garbage = Snapshot(window.objects()).unreachable()
    if not garbage:
        return ()
    return tuple(dataclasses.replace(found.cycle, hidden=True) for found in cycles.census(garbage, lens.origins, lens.ignore).found)


def recount(window: Window, explained: Iterable[object]) -> dict[str, int]:
    """Collects everything in sight, then counts by type what survives (objgraph's counts)."""
    return window.count(_remaining(window, [*explained]))


def diagnose(
    lens: Lens, window: Window, explained: Iterable[object], growth: Mapping[str, tuple[int, ...]]
) -> tuple[Leak, ...]:
    """Explains the types that have risen: thaws the heap, tells of what is left who holds it and where it was made.

    What only something unreachable held, older than the look, dies in the full collection here and is no leak. Freezes nothing.
    """
    wanted = set(map(id, _remaining(window, [*explained])))
    collector.thaw()
    collector.collect()
    objects = [obj for obj in collector.visible() if id(obj) in wanted]
    return survivors.explain(
        objects, growth, lens.origins, Search(lens.origins, [objects]).holder, functools.partial(tracing.made_at, origins=lens.origins)
    )


def _remaining(window: Window, roots: list[object]) -> list[object]:
    stuck = bool(collector.collect()[1]) | bool(collector.collect()[1])  # twice: finalizers may leave garbage of their own
    return _beyond(Snapshot(window.objects()), roots, stuck)


def _beyond(snapshot: Snapshot, roots: list[object], unreachable_too: bool) -> list[object]:
    """The survivors that are not explained; where some garbage could not be freed, without that garbage."""
    dead = set(map(id, snapshot.unreachable())) if unreachable_too else set()
    left = snapshot.beyond(roots)
    return [obj for obj in left if id(obj) not in dead] if dead else left
