"""What a test made and left alive: its survivors by type, and which of the objects whose types have risen are leaks.

Rules of this file: works on live objects and returns inert values.
"""

from __future__ import annotations

import math
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from pytest_gcguard.core.cycles import graph
from pytest_gcguard.core.heap.constants import may_be_constants
from pytest_gcguard.core.heap.counting import census, counted_as
from pytest_gcguard.core.heap.unreachable import kept_by_abc
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import repetitions
from pytest_gcguard.core.leaks.ranking import RANK
from pytest_gcguard.core.leaks.telling import Telling, first_of, is_noted
from pytest_gcguard.core.model import Answer, Holder, Leak, Place, Survivor
from pytest_gcguard.core.objects import describe, paths, reading, referents
from pytest_gcguard.core.objects.classes import has_weak_references
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.signature import blot
from pytest_gcguard.core.unpatched import gc

_LEAKS = 10
"""How many leaks of one test are explained."""
OBJECTS = 20_000
"""How many objects are looked at to tell leaks from what hangs from them."""
_SEARCHES = 2
"""For how many objects of one type a holder is searched: two registries may leak the same type."""
_GUARD = __name__.partition(".")[0] + "."
"""Types of the guard hang from an error that was raised in a repeat, by way of the frames that it passed."""
_STARTED = "unittest.mock._patch._active_patches["
"""Where `unittest.mock` has the patches that were started, until they are stopped."""
_LISTS_IN_BUFFERS = sys.version_info < (3, 12)


def summary(objects: Sequence[object], origins: Origins) -> tuple[Survivor, ...]:
    """The objects counted by type, the project's first, then the most frequent."""
    whose: dict[str, Origin | None] = {}
    counts: Counter[str] = Counter()
    for obj in objects:
        name = describe.type_name(type(obj))
        counts[name] += 1
        if name not in whose:
            whose[name] = origins.of_type(type(obj))
    order = sorted(counts, key=lambda name: (RANK[whose[name]], -counts[name], name))
    return tuple(Survivor(name, counts[name], whose[name]) for name in order)


def explain(
    part: list[object],
    growth: Mapping[str, tuple[int, ...]],
    origins: Origins,
    find_holders: Callable[[Iterator[object]], Iterable[Answer]],
    find_origin: Callable[[object], tuple[Place, ...]],
) -> tuple[Leak, ...]:
    """The leaks among objects whose types have risen.

    Of objects that hang together, the one that something else holds is the leak. It is named by the nearest object of the
    project's that hangs from it, since a list says less than the session in it.

    ``part`` are the objects, ``growth`` has the rise of each type (by `counted_as`) in the first run and in each repeat.
    ``find_holders`` says who holds each of some objects. ``find_origin`` says where one was made: the maker's line first, then
    the others without those of the harness.
    """
    index = dict(zip(map(id, part), range(len(part)), strict=True))
    successors, owned = _graph(part, index)
    telling = Telling(part, successors, origins, find_origin)
    per_run = {name: min(steps[1:] or steps) for name, steps in growth.items()}
    apart = _apart(part, successors, per_run, owned)
    told_by = {top: telling.below(top) for top in apart}
    # those whose making was traced come first: they can be told with their lines
    order = sorted(told_by, key=lambda top: (not find_origin(part[told_by[top]]), -top))
    tops = (top for top in order if not _tells_nothing(part, successors, top, index, growth))
    suspects = _a_few_of_each((top, told_by[top], describe.label(part[told_by[top]])) for top in tops)
    found: dict[tuple[str, str], Leak] = {}
    own: set[str] = set()
    while some := list(islice(suspects, _LEAKS - len(found))):
        answers = find_holders(map(part.__getitem__, [chosen for _, chosen, _ in some]))
        for (top, chosen, label), answer in zip(some, answers, strict=True):
            holder = answer.holder
            if holder is not None and (holder.bounded or holder.per_thread):
                continue  # a cache that is still filling; goes with the thread, which is told
            if holder is not None and holder.of_c and _is_kept_by_c(part[chosen]):
                continue
            key = (label, blot(holder.expression) if holder else "")
            if key in found:
                continue
            if origins.of_object(part[chosen]) is Origin.OWN:
                own.add(label)
            name = counted_as(type(part[chosen]))
            hanging = graph.reachable(successors, [top])
            made_at = find_origin(part[chosen])
            types_below = (name for name in paths.telling_types(part[node] for node in hanging) if not name.startswith(_GUARD))
            origin = _whose(part[chosen], holder, made_at, origins)
            share = (apart[top], per_run[name]) if counted_as(type(part[top])) == name else (1, 1)
            steps = share_of(growth[name], share)
            found[key] = Leak(
                types=tuple(dict.fromkeys([describe.type_name(type(part[chosen])), *types_below])),
                growth=steps,
                origin=origin,
                objects=steps[-1],
                retained=len(hanging - owned) - 1,
                holder=holder,
                made_at=tracing.own_first(made_at, origins),
                cut_short=answer.cut_short,
                counted=name,
                share=share,
                held_beside=top not in graph.reachable(successors, [chosen]) and not (holder is not None and holder.outermost),
                chained=_counted_in(part, hanging, name) > growth[name][-1],
                by_line=_whose(part[chosen], holder, (), origins) is not origin,
                weak=has_weak_references(type(part[chosen])),
            )
    return tuple(repetitions.without(found, {key for key in found if key[0] in own}))


def _is_kept_by_c(obj: object) -> bool:
    """Whether an object that only C code holds is one that it always holds: a reference of a class to its subclass, or what
    code refers to that is in a cache, say.
    """
    return issubclass(type(obj), weakref.ref) or may_be_constants(obj)


def _tells_nothing(
    part: Sequence[object],
    successors: Sequence[Sequence[int]],
    top: int,
    index: Mapping[int, int],
    growth: Mapping[str, tuple[int, ...]],
) -> bool:
    obj = part[top]
    return _only_a_weak_reference(part, top, successors, index) or _of_a_buffer(obj, growth) or kept_by_abc((obj,))


def _a_few_of_each(suspects: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The suspects, with no more than `_SEARCHES` of each label."""
    searched: Counter[str] = Counter()
    for suspect in suspects:
        searched[suspect[2]] += 1
        if searched[suspect[2]] <= _SEARCHES:
            yield suspect


def _graph(part: Sequence[object], index: Mapping[int, int]) -> tuple[list[list[int]], set[int]]:
    """For each object what it refers to, directly or by its ``__dict__``; and which objects are the ``__dict__`` of another.

    A ``__dict__`` may not be in ``part``, since the number of dictionaries need not have risen. Python 3.13 shows one without
    a reference to it from its instance.
    """
    reader = reading.Reader()
    successors: list[list[int]] = []
    owned: set[int] = set()
    for obj in part:
        found = referents.held(obj)
        namespace = None if paths.is_container(obj) else reader.instance_dict(obj)
        if namespace is not None:
            if id(namespace) in index:
                owned.add(index[id(namespace)])
            else:
                found += gc.get_referents(namespace)
        successors.append([index[key] for key in map(id, found) if key in index])
    return successors, owned


def _of_a_buffer(obj: object, growth: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a list may hold the text of a leaked StringIO, which does not tell the collector so before Python 3.12."""
    return _LISTS_IN_BUFFERS and type(obj) is list and "_io.StringIO" in growth and not gc.get_referents(obj)


def _tops(part: Sequence[object], successors: Sequence[Sequence[int]], owned: Collection[int]) -> list[int]:
    """One object of each component that no object outside of it refers to, the latest first, but none that is ``owned``."""
    groups = graph.components(successors)
    group_of = {node: number for number, group in enumerate(groups) for node in group}
    held = {
        group_of[target] for node, targets in enumerate(successors) for target in targets if group_of[target] != group_of[node]
    }
    outermost = (group for number, group in enumerate(groups) if number not in held)
    fit = ([node for node in group if node not in owned] for group in outermost)
    return sorted((first_of(part, group) for group in fit if group), reverse=True)


def _apart(
    part: Sequence[object], successors: Sequence[Sequence[int]], per_run: Mapping[str, int], owned: set[int]
) -> dict[int, int]:
    """The outermost objects, each with how many of its type a run leaves beside those that hang from other outermost objects.

    Plain containers of which none are left then are dropped. A rise says that there are more lists, not which ones: where each
    leaked object has a list of its own, a list that pytest merely replaces does not leak.
    """
    tops = set(_tops(part, successors, owned))
    containers = {top for top in tops if all(paths.is_container(part[node]) for node in graph.reachable(successors, [top]))}
    covered = census([part[node] for node in graph.reachable(successors, tops - containers)]) if containers else {}
    runs = _runs(part, per_run) if containers else 1
    apart: dict[int, int] = {}
    for top in tops:
        name = counted_as(type(part[top]))
        left = per_run[name] - math.ceil(covered.get(name, 0) / runs) if top in containers else per_run[name]
        if left > 0:
            apart[top] = left
    return apart


def _runs(part: Sequence[object], per_run: Mapping[str, int]) -> int:
    """How many runs have left these objects, by the type that gives the lowest number.

    Other types have more objects: those that each run replaces.
    """
    return max(min((number // per_run[name] for name, number in census(part).items()), default=1), 1)


def _counted_in(part: Sequence[object], nodes: Iterable[int], name: str) -> int:
    return sum(counted_as(type(part[node])) == name for node in nodes)


def share_of(growth: Sequence[int], share: tuple[int, int]) -> tuple[int, ...]:
    """The part of a type's growth that other leaks do not explain (see `Leak.share`).

    >>> share_of((7, 7, 14), (1, 7))
    (1, 1, 2)
    """
    own, every = share
    return tuple(max(step * own // every, 1) for step in growth)


def _only_a_weak_reference(
    part: Sequence[object], top: int, successors: Sequence[Sequence[int]], index: Mapping[int, int]
) -> bool:
    """Whether an object is a weak reference to another leaked one: a registry of weak references is no holder.

    Unless its callback leads back to that object, and so keeps it alive.
    """
    obj = part[top]
    if not issubclass(type(obj), weakref.ref):  # isinstance() would ask the object's own __class__
        return False
    watched = index.get(id(weakref.ref.__call__(obj)))  # type: ignore[arg-type] # narrowed by hand
    return watched is not None and watched not in graph.reachable(successors, [top])


def _whose(obj: object, holder: Holder | None, made_at: Iterable[Place], origins: Origins) -> Origin:
    """Whose a leak is: the project's when its type, its holder or the innermost line that made it is the project's.

    What the harness makes for a test counts as made by the line that asked for it. There are two exceptions: objects of a
    standard type that only C code holds, as the decoder of a file in which pytest captures output, and what a mock has
    recorded of a call, are the harness'. What the harness holds is its own, but for a patch that a test has started and not
    stopped. What a cache with a limit keeps of the calls of a library's method is the library's: no line of the project can
    keep it out, and it goes when the cache is full.
    """
    makers = [origins.of_file(place.file) for place in made_at]
    made_by = next((origin for origin in makers if origin is not Origin.HARNESS), None)
    held_by = holder.origin if holder is not None else None
    itself = origins.of_object(obj)
    is_part = holder is not None and holder.of_c and makers[:1] == [Origin.HARNESS] and itself in {Origin.STDLIB, None}
    is_note = holder is not None and itself is not Origin.OWN and is_noted(holder.path)
    is_started = holder is not None and holder.expression.startswith(_STARTED)
    if (held_by is Origin.HARNESS and not is_started) or is_part or is_note:
        return Origin.HARNESS
    if holder is not None and holder.on_method and held_by in {Origin.LIBRARY, Origin.STDLIB}:
        return held_by
    parts = {itself, made_by, held_by}
    return next((origin for origin in (Origin.OWN, Origin.LIBRARY, Origin.STDLIB) if origin in parts), Origin.STDLIB)
