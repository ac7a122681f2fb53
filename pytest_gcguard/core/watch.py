"""The use case: a look at what was made, what of it is unreachable, and what survives.

Rules of this file: live objects are in local variables only, dropped before the collector runs and never returned.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import compress

from pytest_gcguard.core.cycles import census
from pytest_gcguard.core.cycles.cuts import Bounds
from pytest_gcguard.core.cycles.kept import Said
from pytest_gcguard.core.heap import collector, constants, counting, decoders, exits, freezing, replaced
from pytest_gcguard.core.heap.unreachable import Mark, Snapshot, marks
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.leaks import survivors
from pytest_gcguard.core.leaks.chains import Budget
from pytest_gcguard.core.model import Cycle, Observation
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.unpatched import gc

CLEAN = Observation()
Roots = Callable[[list[object]], list[object]]


@dataclasses.dataclass(frozen=True, slots=True)
class Lens:
    """How to look: ``origins`` says whose an object is, ``ignore`` which objects are never mentioned.

    ``budget`` bounds the search for a holder, ``bounds`` the search for what to cut. ``said`` remembers from look to look how
    cycles were described, for those that are like them.
    """

    origins: Origins
    ignore: Callable[[object], bool] | None = None
    budget: Budget = Budget()  # noqa: RUF009 -- it is frozen
    bounds: Bounds = Bounds()  # noqa: RUF009 -- likewise
    said: Said = dataclasses.field(default_factory=Said, compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Roots by which objects of a test are explained, as those of pytest itself, in the order in which they are asked for.

    ``first`` is always asked. ``others`` is given the objects in sight, and answers with those that somebody else is to
    explain. Each of ``rest`` is given what is left by then: these take time, so they are asked last. ``older`` is asked only
    where the heap was thawed, for roots that were out of sight before. ``own`` is what the caller itself has made.
    """

    first: Callable[[], list[object]] = list
    others: Roots = lambda _: []
    rest: Sequence[Roots] = ()
    older: Callable[[], Sequence[object]] = tuple
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
    is emptied here. What is reached from the roots in ``held`` is no survivor. Where nothing is unreachable, nothing is
    collected. ``counted``: also count by type all that was made.
    """
    snapshot = _snapshot(window.objects() if objects is None else objects)
    held = held or Held()
    roots = [*held.first(), *held.others(snapshot.objects), held, held.own, *held.own]
    garbage = snapshot.unreachable()
    if not garbage:
        left = snapshot.beyond(roots)
        left = _lasting(_without_rest(left, left, held.rest), snapshot.objects)
        snapshot.objects.clear()
        return Observation(survivors=survivors.summary(left, lens.origins), left=window.count(left)) if left else CLEAN
    before = counting.count(snapshot.objects) if counted else {}
    taken = census.take(garbage, lens.origins, lens.ignore, lens.said, lens.bounds)
    known = set(marks(snapshot.objects))  # after the census, which of many objects takes much memory too
    snapshot.objects.clear()
    del garbage, snapshot
    collected, stuck = collector.collect()
    snapshot = _snapshot(window.objects())
    later = freezing.made_since()  # by the collection or here, maybe at the address of something of its type that was freed
    stuck_marks = set(marks(stuck))
    del stuck
    uncollectable = [found.cycle for found in taken.found if stuck_marks and not stuck_marks.isdisjoint(found.marks)]
    beyond = _beyond(snapshot, roots, bool(uncollectable))
    left = _lasting(_without_rest(beyond, _of_before(beyond, known, later), held.rest), snapshot.objects)
    after = counting.count(_of_before(snapshot.objects, known, later)) if counted else {}
    # what is still there although nothing held it was revived by a finalizer: a survivor, unless only the harness holds it,
    # as it does when a finalizer fails
    revived = set(marks(left))
    cycles: Iterable[census.Found] = taken.found
    if stuck_marks or revived:
        cycles = (found for found in taken.found if stuck_marks.isdisjoint(found.marks) and not found.marks <= revived)
    return Observation(
        cycles=tuple(found.cycle for found in cycles),
        uncollectable=tuple(uncollectable),
        survivors=survivors.summary(left, lens.origins),
        before=before,
        after=after,
        left=window.count(left) if left else {},
        collected=collected,
        nobodys=taken.nobodys,
    )


def _snapshot(objects: list[object]) -> Snapshot:
    replaced.take_out(objects)
    return Snapshot(objects)


def _without_rest(among: list[object], left: list[object], rest: Sequence[Roots]) -> list[object]:
    """What is left when the roots that take time to find are asked too, one after another while anything is left.

    ``among`` has the objects by way of which something may be reached from them.
    """
    left = replaced.lasting(left)
    for roots in rest:
        if not left:
            break
        # what an earlier root has reached leads to nothing that it has not reached too
        among = Snapshot(among).beyond(roots(left))
        beyond = set(map(id, among))
        left = [obj for obj in left if id(obj) in beyond]
    return left


def _lasting(left: list[object], objects: Sequence[object]) -> list[object]:
    """What is left of some objects and does survive: it is no hidden part of another one, and is still tracked later on."""
    return _tracked(_without_hidden(left, objects))


def _without_hidden(left: list[object], objects: Sequence[object]) -> list[object]:
    """What is left of some objects, without what others or running functions hold so that the collector does not see it."""
    left = constants.without_constants(decoders.without_explained(left, objects), objects)
    return exits.without_running(left, objects)


def _tracked(left: list[object]) -> list[object]:
    """What is left; if it is only tuples and dictionaries of atoms, those that the collector still tracks after a collection.

    Each count of a repeat comes after a collection as well.
    """
    if left and all(map(_is_of_atoms, left)):
        collector.collect()  # finds nothing
        left = list(filter(gc.is_tracked, left))
    return left


def _is_of_atoms(obj: object) -> bool:
    """Whether an object is a tuple or a dictionary of nothing but texts, numbers and the like.

    Up to Python 3.11, C code makes such a tuple at the first call of a function with keywords, and keeps it where nobody can
    see. Up to 3.13, an older dictionary, such as a registry, is tracked anew when something is put into it, and stays tracked
    when that is taken out again.
    """
    return (type(obj) is tuple or type(obj) is dict) and not any(map(gc.is_tracked, gc.get_referents(obj)))


def _of_before(objects: list[object], known: Collection[Mark], later: Collection[int]) -> list[object]:
    """The objects whose marks are known, without what was made later."""
    return [obj for obj in compress(objects, map(known.__contains__, marks(objects))) if id(obj) not in later]


def peek(lens: Lens, window: Window) -> tuple[Cycle, ...]:
    """The cycles in sight that are unreachable now. They are not collected: somebody else is about to do that."""
    garbage = Snapshot(window.objects()).unreachable()
    if not garbage:
        return ()
    taken = census.take(garbage, lens.origins, lens.ignore, lens.said, lens.bounds)
    return tuple(found.cycle for found in taken.found)


def rehearse(lens: Lens) -> None:
    """Looks at a cycle of its own, so that what a first look makes and keeps is there before a test that counts objects."""
    first, second = _Rehearsed(), _Rehearsed()
    first.others, second.others = [second], [first]
    objects: list[object] = [first, first.others, second, second.others]
    Snapshot(objects).unreachable()
    census.take(objects, lens.origins, bounds=lens.bounds)
    first.others = second.others = []


class _Rehearsed:
    others: list[_Rehearsed]


def recount(window: Window, held: Held) -> dict[str, int]:
    """Collects everything in sight, then counts by type what survives (objgraph's counts)."""
    return window.count(remaining(window, held))


def remaining(window: Window, held: Held, *own: object) -> list[object]:
    """The survivors that are not explained, after a collection; ``own`` are further objects of the caller's."""
    found, stuck = collector.collect()
    left = bool(stuck)
    if found:  # finalizers may leave garbage of their own
        left |= bool(collector.collect()[1])
    del stuck
    snapshot = _snapshot(window.objects())
    beyond = _beyond(snapshot, [*held.first(), held, held.own, *held.own, own, *own], left)
    return _without_hidden(_without_rest(beyond, beyond, held.rest), snapshot.objects)


def _beyond(snapshot: Snapshot, roots: list[object], unreachable_too: bool) -> list[object]:
    """The objects that the roots do not reach; with ``unreachable_too``, without garbage that could not be freed."""
    dead = set(map(id, snapshot.unreachable())) if unreachable_too else set()
    left = snapshot.beyond(roots)
    return [obj for obj in left if id(obj) not in dead] if dead else left
