"""Why something survives: what grows, where it was made and who holds it.

Rules of this file: those of ``watch``: live objects are in local variables only and never returned.
"""

from __future__ import annotations

import _thread
import dataclasses
import functools
import itertools
from collections.abc import Collection, Mapping, Sequence

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import collector, counting, freezing, generations
from pytest_gcguard.core.heap.unreachable import Mark, Snapshot, marked, marks
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.leaks import bounds, containers, latest, routes, samples, survivors
from pytest_gcguard.core.leaks.backrefs import Own
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.model import Answer, Container, Holder, Leak, Place
from pytest_gcguard.core.objects import describe, paths
from pytest_gcguard.core.origins import tracing

Growth = Mapping[str, tuple[int, ...]]
Traced = Mapping[int, tracing.Frames | None]
Made = Mapping[int, tuple[Place, ...]]
_RECENT = 20_000
"""How many of the latest objects are considered."""
_TRACED = 500
"""How many of these are asked for their frames,"""
_TRACED_CONTAINERS = 200
"""and how many containers beside them: these are many, and told as a leak only where nothing else is."""


def trace(window: Window, growth: Growth) -> Traced:
    """By id, the frames in which objects in sight were made, of types that have risen; asked while allocations are traced.

    Everything done here is traced as well, and slow. So what the guard can explain is not sorted out, and of very many objects
    only the latest are asked.
    """
    collector.collect()
    objects = window.objects()[-_RECENT:]
    # no function with ``objects`` in a cell: that would be there before them, among them, and so a cycle that holds them all
    return tracing.with_short_stack(functools.partial(_frames, objects, growth))


def _frames(objects: list[object], growth: Growth) -> Traced:
    objects = counting.of_types(objects, growth)
    asked = samples.latest([obj for obj in objects if not paths.is_container(obj)], _TRACED)
    containers = [obj for obj in objects if paths.is_container(obj)]
    if len(containers) > _TRACED_CONTAINERS:
        containers = samples.outermost(containers) or containers
    asked += samples.latest(containers, _TRACED_CONTAINERS)
    return dict(zip(map(id, asked), map(tracing.frames_of, asked), strict=True))


def lines(lens: watch.Lens, traced: Traced) -> Made:
    """The lines that made what was traced, the line of the maker first; asked when nothing is traced any more."""
    known = {frames: tracing.with_maker(frames, lens.origins) for frames in set(filter(None, traced.values()))}
    return {key: places for key, frames in traced.items() if frames and (places := known[frames])}


@dataclasses.dataclass(frozen=True, slots=True)
class Grown:
    """The types that have risen, by how much in each run, and where their objects were made.

    ``lasting`` has the marks of the objects from before the last runs: only these are told, since what is newer may merely
    replace something. Where it is None, or nothing of it is left, everything is told. ``replaced`` is after how many further
    runs something that a run leaves for a while is gone, ``runs`` how many have left what is in sight.
    """

    growth: Growth
    made: Made = dataclasses.field(default_factory=dict)
    lasting: Collection[Mark] | None = None
    replaced: int = 0
    runs: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnosis:
    """The leaks, and what remains to be asked about them.

    ``doubted`` has the marks of what was looked at if one more run may show another holder, ``busy`` if another thread holds
    some of it and may let go of it soon; else these are empty. ``caches`` are the containers with a limit that hold some,
    ``weak`` those whose entries end with keys that such containers hold.
    """

    leaks: tuple[Leak, ...]
    doubted: tuple[Mark, ...] = ()
    busy: tuple[Mark, ...] = ()
    caches: frozenset[Container] = frozenset()
    weak: frozenset[Container] = frozenset()


def diagnose(lens: watch.Lens, window: Window, held: watch.Held, grown: Grown, known: Collection[Container] = ()) -> Diagnosis:
    """Explains the types that have risen: who holds what is left of them, and where it was made.

    For that the heap is thawed and searched, unless everything hangs from containers that are where the ``known`` ones are,
    and from nothing else.
    What only older garbage holds is no leak: where no root is found, a full collection frees it, and the rest is asked again.
    Freezes nothing.
    """
    places = list(dict.fromkeys(Container(each.route) for each in known))
    left = watch.remaining(window, held, grown, known, places)
    if grown.lasting is not None:
        older = _only(left, grown.lasting)
        left = older if counting.of_types(older, grown.growth) else left
        del older  # nothing else may hold what is left while it is asked what hangs from where
    among = containers.hanging(left, grown.growth, places, grown.runs)
    part = counting.of_types(left if among is None else containers.among(left, among), grown.growth)
    del left
    part = samples.of_last_run(part, grown.growth, survivors.OBJECTS, grown.made)
    leaks, search = _explained(lens, part, grown, among=among) if among is not None else ((), None)
    if search is None or not search.answers or not all(answer.reached for answer in search.answers.values()):
        among = None
        freezing.thaw()
        part = Snapshot(part).beyond(held.older())
        if not part:
            return Diagnosis(())
        leaks, search = _explained(lens, part, grown)
    # where there are answers but no leaks, all of it is in caches with a limit, or is how C keeps track of classes
    if not search.answers or not all(Answer(leak.holder, leak.cut_short).reached for leak in leaks):
        wanted = tuple(marks(part))
        del part
        collector.collect()
        part = _still_there(wanted)
        sure = {key: answer for key, answer in search.answers.items() if answer.reached}
        leaks, _ = _explained(lens, part, grown, sure)
    busy = any(leak.holder is not None and _may_be_at_work(leak.holder) for leak in leaks)
    doubted = grown.lasting is None and latest.doubtful(leaks)
    looked_at = tuple(marks(part)) if busy or doubted else ()
    return Diagnosis(
        leaks, looked_at if doubted else (), looked_at if busy else (), frozenset(search.caches), frozenset(search.weak)
    )


def hangs_from(window: Window, held: watch.Held, growth: Growth, known: Collection[Container]) -> bool:
    """Whether all that is left of the types that have risen hangs from containers that are known, and from nowhere else."""
    return _hanging(window, held, growth, known) is not None


def hangs_from_caches(window: Window, held: watch.Held, growth: Growth, known: Collection[Container], runs: int) -> bool:
    """The same for known caches with a limit, unless one is on a method of what it holds: then another test has merely left
    results there. ``runs`` is how many runs have left it: see `containers.hanging`.
    """
    found = _hanging(window, held, growth, known, runs)
    return found is not None and not any(map(functools.partial(bounds.is_on_method_of, found), found))


def _hanging(window: Window, held: watch.Held, growth: Growth, known: Collection[Container], runs: int = 1) -> Own | None:
    # the roots that take time to find are not asked: if one of them holds some of it, the answer is no
    soon = dataclasses.replace(held, rest=())
    return containers.hanging(watch.remaining(window, soon, growth, known), growth, known, runs)


def _may_be_at_work(holder: Holder) -> bool:
    """Whether another thread holds it, or may, or may be about to take it out of where it is.

    What a function is about to store is on a stack that nobody can see.
    """
    return holder.of_thread or holder.drained or (holder.of_c and _thread._count() > 0)


def diagnose_again(lens: watch.Lens, window: Window, grown: Grown, doubted: Collection[Mark]) -> tuple[Leak, ...]:
    """The leaks among what is left of ``doubted`` now that the test was run once more, or some time has passed.

    ``window`` was opened before that.
    """
    new = set(marks(window.objects()))  # one of them may have the address, and so the mark, of an older one
    wanted = tuple(itertools.filterfalse(new.__contains__, doubted))
    freezing.thaw()
    collector.collect()
    return _explained(lens, _still_there(wanted, (id(new), id(wanted))), grown)[0]


def _only(objects: list[object], wanted: Collection[Mark]) -> list[object]:
    return list(itertools.compress(objects, map(wanted.__contains__, marks(objects))))


def _still_there(wanted: Sequence[Mark], own: Collection[int] = ()) -> list[object]:
    """Those of some marked objects that are there after a full collection, in the order of ``wanted``.

    The collection mixes the order of the heap. ``own`` has the ids of what the guard has made since they were marked, maybe at
    the address of one of them.
    """
    objects = generations.visible()
    later = freezing.made_since()  # maybe at the address of something of its type that was freed
    ids = {key for key in map(marked, wanted) if key not in later and key not in own}
    objects = list(itertools.compress(objects, map(ids.__contains__, map(id, objects))))
    found = dict(zip(marks(objects), objects, strict=True))
    return [found[mark] for mark in wanted if mark in found]


def _explained(
    lens: watch.Lens,
    part: list[object],
    grown: Grown,
    known: Mapping[int, Answer] | None = None,
    among: Own | None = None,
) -> tuple[tuple[Leak, ...], Search]:
    """The leaks, and the search that was made; ``known`` are answers of before, ``among`` what is searched for holders."""
    with Search(lens.origins, part, lens.budget, known, among) as search:
        leaks = survivors.explain(part, grown.growth, lens.origins, search.find_all, lambda obj: grown.made.get(id(obj), ()))
    return leaks, search


def held_again(window: Window, held: watch.Held, growth: Growth, leaks: Collection[Leak]) -> bool:
    """Whether all that is left of the types of some earlier leaks is held where these were, each type at its own place."""
    # the roots that take time to find are not asked: if one of them holds some of it, the route does not lead there
    soon = dataclasses.replace(held, rest=())
    holders = [leak.holder for leak in leaks if leak.holder is not None]
    known = [holder.container for holder in holders if holder.container is not None]
    counted = {leak.counted for leak in leaks}
    left = watch.remaining(window, soon, held, growth, leaks, holders, known, counted)
    if len(known) == len(leaks) and containers.hanging(left, counted, known) is not None:
        return all(containers.leads_on(holder.route, each, left) for holder, each in zip(holders, known, strict=True))
    left = counting.of_types(left, counted)
    for leak in leaks:
        of_its_type = [obj for obj in left if describe.type_name(type(obj)) == leak.types[0]]
        if leak.holder is None or not routes.leads_to(leak.holder.route, of_its_type):
            return False
    return bool(leaks)
