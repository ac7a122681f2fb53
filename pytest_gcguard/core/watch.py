"""The use case: a look at what was made, what of it is unreachable, what survives, and why.

Rules of this file: live objects are in local variables only, dropped before the collector runs and never returned.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Mapping, Sequence

from pytest_gcguard.core import (
    collector,
    counting,
    cycles,
    describe,
    freezing,
    generations,
    latest,
    paths,
    replaced,
    routes,
    samples,
    survivors,
    tracing,
)
from pytest_gcguard.core.cuts import Bounds
from pytest_gcguard.core.holders import Budget, Search
from pytest_gcguard.core.kept import Said
from pytest_gcguard.core.model import Answer, Cycle, Leak, Observation, Place
from pytest_gcguard.core.origin import Origins
from pytest_gcguard.core.unreachable import Mark, Snapshot, marks
from pytest_gcguard.core.window import Window

CLEAN = Observation()
Roots = Callable[[list[object]], list[object]]
Growth = Mapping[str, tuple[int, ...]]


@dataclasses.dataclass(frozen=True, slots=True)
class Lens:
    """How to look: whose is what, which objects are never mentioned, and how far the searches go: for a holder, and for what
    to cut.

    ``said`` remembers from look to look what was said of cycles that are alike.
    """

    origins: Origins
    ignore: Callable[[object], bool] | None = None
    budget: Budget = Budget()  # noqa: RUF009 -- it is frozen
    bounds: Bounds = Bounds()  # noqa: RUF009 -- likewise
    said: Said = dataclasses.field(default_factory=Said, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Roots whose holdings are nobody's business, in the order in which they are asked for.

    ``first`` always; ``others`` with the objects in sight, of which somebody else answers for some; ``rest`` with those that
    are left at last, for roots that take time to find. ``own`` is what the caller itself has made.
    """

    first: Callable[[], list[object]] = list
    others: Roots = lambda _: []
    rest: Roots = lambda _: []
    own: list[object] = dataclasses.field(default_factory=list)


def look(
    lens: Lens,
    window: Window,
    objects: list[object] | None = None,
    held: Held | None = None,
    counted: bool = True,
) -> Observation:
    """Looks at all objects in sight of a window, collects the unreachable ones, and tells what was seen.

    ``objects`` is the list of what is in sight, for callers who asked the window before they made objects of their own; it
    is emptied here. What is reached from the roots that are ``held`` is no survivor; when everything in sight is, nothing is
    collected. ``counted``: whether the counts by type of all that was made are asked for.
    """
    snapshot = _snapshot(window.objects() if objects is None else objects)
    held = held or Held()
    roots = [*held.first(), *held.others(snapshot.objects), held, held.own, *held.own]
    garbage = snapshot.unreachable()
    if not garbage:
        left = snapshot.beyond(roots)
        left = _without_rest(left, left, held.rest)
        snapshot.objects.clear()
        return Observation(survivors=survivors.summary(left, lens.origins), left=window.count(left)) if left else CLEAN
    known = set(marks(snapshot.objects))
    before = counting.count(snapshot.objects) if counted else {}
    census = cycles.census(garbage, lens.origins, lens.ignore, lens.said, lens.bounds)
    snapshot.objects.clear()
    del garbage, snapshot
    collected, stuck = collector.collect()
    snapshot = _snapshot(window.objects())
    later = freezing.made_since()  # by the collection or here, maybe in the place of something of its type that was freed
    stuck_marks = set(marks(stuck))
    del stuck
    uncollectable = [found.cycle for found in census.found if not stuck_marks.isdisjoint(found.marks)]
    beyond = _beyond(snapshot, roots, bool(uncollectable))
    left = _without_rest(beyond, _of_before(beyond, known, later), held.rest)
    after = counting.count(_of_before(snapshot.objects, known, later)) if counted else {}
    # what is still there although nothing held it was revived by a finalizer: a survivor, unless only the harness holds it,
    # as it does when a finalizer fails
    revived = set(marks(left))
    return Observation(
        cycles=tuple(
            found.cycle for found in census.found if stuck_marks.isdisjoint(found.marks) and not found.marks <= revived
        ),
        uncollectable=tuple(uncollectable),
        survivors=survivors.summary(left, lens.origins),
        before=before,
        after=after,
        left=window.count(left) if left else {},
        collected=collected,
        nobodys=census.nobodys,
    )


def _snapshot(objects: list[object]) -> Snapshot:
    replaced.take_out(objects)
    return Snapshot(objects)


def _without_rest(among: list[object], left: list[object], rest: Roots) -> list[object]:
    """What is left beyond the roots that take time to find, reached from there by way of ``among``."""
    left = replaced.lasting(left)
    if not left:
        return left
    beyond = set(map(id, Snapshot(among).beyond(rest(left))))
    return [obj for obj in left if id(obj) in beyond]


def _of_before(objects: list[object], known: Collection[Mark], later: Collection[int]) -> list[object]:
    """The objects whose marks are known, without what was made later."""
    return [obj for obj in objects if (id(obj), id(type(obj))) in known and id(obj) not in later]


def peek(lens: Lens, window: Window) -> tuple[Cycle, ...]:
    """The cycles in sight that are unreachable now, without collecting them: asked when somebody else is about to."""
    garbage = Snapshot(window.objects()).unreachable()
    if not garbage:
        return ()
    census = cycles.census(garbage, lens.origins, lens.ignore, lens.said, lens.bounds)
    return tuple(found.cycle for found in census.found)


def rehearse(lens: Lens) -> None:
    """Looks at a cycle of its own: what a first look makes for all that follow is made then, before a test that counts."""
    first, second = _Rehearsed(), _Rehearsed()
    first.others, second.others = [second], [first]
    objects: list[object] = [first, first.others, second, second.others]
    Snapshot(objects).unreachable()
    cycles.census(objects, lens.origins, bounds=lens.bounds)
    first.others = second.others = []


class _Rehearsed:
    others: list[_Rehearsed]


def recount(window: Window, held: Held) -> dict[str, int]:
    """Collects everything in sight, then counts by type what survives (objgraph's counts)."""
    return window.count(remaining(window, held))


Traced = Mapping[int, tracing.Frames | None]
Made = Mapping[int, tuple[Place, ...]]
_RECENT = 20_000
_TRACED = 500
_TRACED_CONTAINERS = 200
"""Lists and dictionaries are many, and told as a leak only where nothing else is."""


def trace(window: Window, growth: Growth) -> Traced:
    """The frames in which what is in sight of types that have risen was made, by id; asked while allocations are traced.

    Traced, all that is done here is slow: what is explained is not told apart, and of very many only the latest are asked.
    """
    collector.collect()
    objects = window.objects()[-_RECENT:]
    return tracing.with_short_stack(lambda: _frames(objects, growth))


def _frames(objects: list[object], growth: Growth) -> Traced:
    objects = counting.of_types(objects, growth)
    asked = samples.latest([obj for obj in objects if not paths.is_container(obj)], _TRACED)
    containers = [obj for obj in objects if paths.is_container(obj)]
    if len(containers) > _TRACED_CONTAINERS:
        containers = samples.outermost(containers) or containers
    asked += samples.latest(containers, _TRACED_CONTAINERS)
    return dict(zip(map(id, asked), map(tracing.frames_of, asked), strict=True))


def lines(lens: Lens, traced: Traced) -> Made:
    """Where what was traced was made; asked when nothing is traced any more."""
    known = {frames: tracing.lines(frames, lens.origins) for frames in set(filter(None, traced.values()))}
    return {key: places for key, frames in traced.items() if frames and (places := known[frames])}


def in_sight(window: Window) -> frozenset[Mark]:
    """The marks of what is in sight."""
    return frozenset(marks(window.objects()))


@dataclasses.dataclass(frozen=True, slots=True)
class Grown:
    """The types that have risen, by how much in each run, and where their objects were made.

    ``lasting`` has the marks of what there was before the last run, so that what each run replaces is left out; where nothing
    is left then, or it is None, all is told.
    """

    growth: Growth
    made: Made = dataclasses.field(default_factory=dict)
    lasting: Collection[Mark] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnosis:
    """The leaks; where one more run may tell another holder of them, the marks of what was looked at."""

    leaks: tuple[Leak, ...]
    doubted: tuple[Mark, ...] = ()


def diagnose(lens: Lens, window: Window, held: Held, grown: Grown) -> Diagnosis:
    """Explains the types that have risen: thaws the heap and tells of what is left who holds it and where it was made.

    What only older garbage holds is no leak: where what is left is not reached from a root, a full collection frees that.
    Freezes nothing.
    """
    part = counting.of_types(remaining(window, held, grown), grown.growth)
    if grown.lasting is not None:
        part = _only(part, grown.lasting) or part
    part = samples.of_last_run(part, grown.growth, survivors.OBJECTS, grown.made)
    freezing.thaw()
    leaks, answers = _explained(lens, part, grown)
    if not leaks or not all(Answer(leak.holder, leak.cut_short).reached for leak in leaks):
        wanted = tuple(marks(part))
        del part
        collector.collect()
        part = _still_there(wanted)
        known = {key: answer for key, answer in answers.items() if answer.reached}
        leaks, _ = _explained(lens, part, grown, known)
    if grown.lasting is None and latest.doubtful(leaks):
        return Diagnosis(leaks, tuple(marks(part)))
    return Diagnosis(leaks)


def diagnose_again(lens: Lens, window: Window, grown: Grown, doubted: Collection[Mark]) -> tuple[Leak, ...]:
    """The same of what is left of ``doubted`` when the test was run once more, in a window that was opened before; none where
    nothing is.
    """
    new = set(marks(window.objects()))  # one of them may be in the place of an older one
    wanted = [mark for mark in doubted if mark not in new]
    freezing.thaw()
    collector.collect()
    return _explained(lens, _still_there(wanted), grown)[0]


def _only(objects: list[object], wanted: Collection[Mark]) -> list[object]:
    return list(itertools.compress(objects, map(wanted.__contains__, marks(objects))))


def _still_there(wanted: Sequence[Mark]) -> list[object]:
    """What there is of some objects after a full collection, in their order: it mixes them, and what a list holds is met from
    its end on.
    """
    objects = generations.visible()
    later = freezing.made_since()  # maybe in the place of something of its type that was freed
    ids = {key for key, _ in wanted if key not in later}
    objects = list(itertools.compress(objects, map(ids.__contains__, map(id, objects))))
    found = dict(zip(marks(objects), objects, strict=True))
    return [found[mark] for mark in wanted if mark in found]


def _explained(
    lens: Lens, part: list[object], grown: Grown, known: Mapping[int, Answer] | None = None
) -> tuple[tuple[Leak, ...], Mapping[int, Answer]]:
    """The leaks, and who holds which object, by id, beside those that are ``known``."""
    with Search(lens.origins, part, lens.budget, known) as search:
        leaks = survivors.explain(part, grown.growth, lens.origins, search.find_all, lambda obj: grown.made.get(id(obj), ()))
    return leaks, search.answers


def held_again(window: Window, held: Held, growth: Growth, leaks: Collection[Leak]) -> bool:
    """Whether all that is left of the types of some leaks of before is held where these were, each type at its own place."""
    left = counting.of_types(remaining(window, held, growth, leaks), {leak.counted for leak in leaks})
    for leak in leaks:
        of_its_type = [obj for obj in left if describe.type_name(type(obj)) == leak.types[0]]
        if leak.holder is None or not routes.leads_to(leak.holder.route, of_its_type):
            return False
    return bool(leaks)


def remaining(window: Window, held: Held, *own: object) -> list[object]:
    """Collects everything in sight: the survivors that are not explained."""
    found, stuck = collector.collect()
    left = bool(stuck)
    if found:  # finalizers may leave garbage of their own
        left |= bool(collector.collect()[1])
    del stuck
    beyond = _beyond(_snapshot(window.objects()), [*held.first(), held, held.own, *held.own, own, *own], left)
    return _without_rest(beyond, beyond, held.rest)


def _beyond(snapshot: Snapshot, roots: list[object], unreachable_too: bool) -> list[object]:
    """The survivors that are not explained; where some garbage could not be freed, without that garbage."""
    dead = set(map(id, snapshot.unreachable())) if unreachable_too else set()
    left = snapshot.beyond(roots)
    return [obj for obj in left if id(obj) not in dead] if dead else left
