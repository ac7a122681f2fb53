"""Whether all that is left hangs from containers that earlier searches have met, and from nothing else.

Whether something else holds an object is told as the collector does (see `heap.unreachable`): by references to it that come
neither from what is left nor from the containers. No search is needed, so the cost depends on what is left, not on the heap.

Rules of this file: in doubt the answer is no.
"""

from __future__ import annotations

import collections
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import _lru_cache_wrapper
from itertools import compress

from pytest_gcguard.core.heap import counting
from pytest_gcguard.core.heap.decoders import hiding, may_be_hidden
from pytest_gcguard.core.heap.remembered import remembered
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.leaks import routes
from pytest_gcguard.core.leaks.backrefs import Own
from pytest_gcguard.core.leaks.routes import Route
from pytest_gcguard.core.model import Container
from pytest_gcguard.core.unpatched import gc

_GROWS = (dict, list, set, collections.deque, _lru_cache_wrapper)
_MOST = 100_000
"""How many objects on the ways to containers are looked at; further containers are left out."""


def may_grow(last: Sequence[object]) -> bool:
    """Whether the last of a chain can hold any number of objects, unlike an attribute or a link to the next.

    >>> may_grow([{}]), may_grow([object()]), may_grow([])
    (True, False, False)
    """
    return any(issubclass(type(obj), _GROWS) for obj in last)


def hanging(left: list[object], types: Collection[str], known: Iterable[Container], runs: int = 1) -> Own | None:
    """The part of the heap that is enough to find who holds what is left of some types, if that hangs from known containers.

    These are the objects that hang from the containers, and those on the way there. None where not every object of these types
    hangs from there, or where something else holds a part of that. ``types`` are names that objects are counted under. If so
    many ``runs`` have left all that, objects of a type that are fewer need not hang from there: not each run has left one.

    ``left`` has all that is left, each object once, and is the only thing beside the program itself that holds it.
    """
    ways = list(_walked(known))
    ends = {id(obj): obj for _, steps in ways for end in steps[-1] for obj in _with_parts(end)}
    if not ends:
        return None
    unreached = Snapshot(left).beyond(among(left, routes.referents(list(ends.values()))))
    beyond = Snapshot(unreached).beyond([obj for obj in unreached if may_be_hidden(type(obj))])
    # what C code remembers about classes and their subclasses holds none of them
    others = Counter(
        map(counting.counted_as, map(type, counting.of_types(Snapshot(beyond).beyond(remembered(beyond)), types)))
    )
    if others and max(others.values()) >= runs:
        return None
    apart = set(map(id, beyond))
    hidden = set(map(id, unreached)) - apart
    del unreached, beyond
    inside = Own(obj for obj in left if id(obj) not in apart)
    # a table of what is inside would hold it from outside
    ids = set(map(id, inside))
    if _is_held_from_outside(inside, [left, *(end for key, end in ends.items() if key not in ids)]):
        return None
    on_the_way = (obj for route, steps in ways for obj in (routes.namespace(route[0]), *_with_namespaces(steps)))
    inside[:] = {id(obj): obj for obj in (*inside, *ends.values(), *on_the_way) if id(obj) not in hidden}.values()
    return inside


def _is_held_from_outside(inside: Own, holders: Sequence[object]) -> bool:
    """Whether something holds an object of ``inside`` that is neither one of ``holders`` nor inside itself."""
    held = {id(obj): type(obj) for obj in Snapshot(inside).held_from_outside(holders)}
    if not held:
        return False
    if not all(map(may_be_hidden, held.values())):
        return True
    return hiding(inside) < len(held) or any(id(obj) in held for obj in Snapshot(inside).held_from_outside(holders, but=1))


def leads_on(route: Route, container: Container, left: Sequence[object]) -> bool:
    """Whether a route leads on from a container on it, by way of objects that are left, to one that is left."""
    found = [obj for _, steps in _walked([container]) for obj in steps[-1]]
    for kind in route[len(container.route) :]:
        found = routes.of_type(among(left, routes.referents(found)), kind)
    return bool(found)


def among(left: Sequence[object], others: Sequence[object]) -> list[object]:
    """Those of what is left that are among others, which may be many more: of a container that was filled in other tests.

    >>> first, second, third = [1], [1], [2]
    >>> among([first, second], [third, second])[0] is second
    True
    """
    ids = set(map(id, left)).intersection(map(id, others))
    return list(compress(left, map(ids.__contains__, map(id, left))))


def _walked(known: Iterable[Container]) -> Iterator[tuple[Route, list[list[object]]]]:
    """For each container that is still where it was, the steps to it; the last step has nothing but what is meant."""
    number = 0
    for route, key in known:
        steps = routes.walked(route)
        number += sum(map(len, steps))
        if number > _MOST:
            return
        ends = [obj for obj in steps[-1] if key in {0, id(obj)}] if steps else []
        if ends:
            yield route, [*steps[:-1], ends]


def _with_parts(container: object) -> Iterator[object]:
    """A container and its parts: the dictionary of a `functools.lru_cache`."""
    yield container
    if type(container) is _lru_cache_wrapper:
        yield from (each for each in gc.get_referents(container) if type(each) is dict)


def _with_namespaces(steps: Iterable[Sequence[object]]) -> Iterator[object]:
    for objects in steps:
        yield from objects
        yield from (obj for obj in gc.get_referents(*objects) if type(obj) is dict)
