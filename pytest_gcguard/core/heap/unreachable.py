"""The collector's own algorithm, over a set of objects instead of a generation, and before anything is collected.

CPython's cyclic collector copies the reference count of each object it looks at, subtracts every reference that comes from
inside of the set, and takes what is left above zero, with all that can be reached from it, as alive; the rest is unreachable
(Python Developer's Guide, "Garbage collector design", section "Identifying reference cycles"). Done from outside, with
`sys.getrefcount` and `gc.get_referents`, it names the same objects, but *before* a finalizer has run, a weak reference was
cleared or a generator closed. So it sees what the collector's own count hides: a cycle through the frame of a suspended
generator is broken by closing the generator, and `gc.collect()` returns 0 for it.

Rules of this file: each step is one pass in C over the whole set (`map`, `compress`, set operations), so the cost is about a
microsecond for an object and nothing depends on the size of the heap; no code of an object runs; nothing is kept.
"""

from __future__ import annotations

import sys
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from operator import add, mul, sub
from types import BuiltinFunctionType
from typing import Any

from pytest_gcguard.core.unpatched import gc

_CHUNK = 50_000
"""How many objects are asked for their references at once: the list of answers should not rival the heap."""


def _count_in_a_list() -> int:
    probe = [object()]
    return next(map(sys.getrefcount, probe))


HELD_BY_LIST = _count_in_a_list()
"""What `map(sys.getrefcount, …)` says of an object that only a list holds: measured, since it depends on the interpreter."""


Mark = int
"""The ids of an object and of its type, in one number: what is made at the address of a freed object is seldom of the same
type. The collector does not track numbers, so the marks of a million objects are not a million more to look at."""
_ADDRESSES = 1 << 64


def marks(objects: Sequence[object]) -> Iterator[Mark]:
    """The mark of each object.

    >>> any(map(gc.is_tracked, marks([[], {}])))
    False
    """
    return map(add, map(id, objects), map(mul, map(id, map(type, objects)), repeat(_ADDRESSES)))


def marked(mark: Mark) -> int:
    """The id of the object that had a mark.

    >>> [marked(mark) == id(marks) for mark in marks([marks])]
    [True]
    """
    return mark % _ADDRESSES


def kept_by_abc(objects: Iterable[object]) -> bool:
    """Whether all of some objects are parts of what abstract classes remember about other classes.

    >>> kept_by_abc([]), kept_by_abc([[]])
    (True, False)
    """
    return all(is_abc_callback(obj.__callback__ if type(obj) is weakref.ref else obj) for obj in objects)


def is_abc_callback(obj: Any) -> bool:
    """Whether this is the callback that module `_abc` has for the end of a class that it remembers.

    >>> is_abc_callback(len)
    False
    """
    return type(obj) is BuiltinFunctionType and obj.__name__ == "_destroy" and type(obj.__self__) is weakref.ref


class Snapshot:
    """A set of live objects under examination; drop it before collecting, since it holds them.

    ``objects`` is the list to examine, and must be the only thing beside the program itself that holds them:
    `gc.get_objects()` gives such a list.
    """

    __slots__ = ("_by_id", "objects")

    def __init__(self, objects: list[object]) -> None:
        self.objects = objects
        self._by_id: dict[int, object] = {}

    def beyond(self, roots: Iterable[object]) -> list[object]:
        """The objects that no chain of references from ``roots`` reaches (by way of objects of the set only), in order.

        >>> a, b, c = [], [], []; a.append(b)
        >>> [x is c for x in Snapshot([a, b, c]).beyond([a])]
        [True]
        """
        if not self._by_id:
            self._by_id = dict(zip(map(id, self.objects), self.objects, strict=True))
        pending = set(self._by_id)
        frontier = list(roots)
        pending.difference_update(map(id, frontier))
        while frontier and pending:
            found = pending.intersection(map(id, gc.get_referents(*frontier)))
            pending -= found
            frontier = list(map(self._by_id.__getitem__, found))
        if not pending:
            return []
        return list(compress(self.objects, map(pending.__contains__, map(id, self.objects))))

    def unreachable(self) -> list[object]:
        """The objects that nothing outside of the set holds, directly or through others of the set: the garbage, in order.

        >>> import gc
        >>> class Node: pass
        >>> def leave_a_cycle():
        ...     node = Node()
        ...     node.me = node
        >>> gc.disable(); _ = gc.collect(); gc.freeze(); leave_a_cycle()
        >>> [type(x).__name__ for x in Snapshot(gc.get_objects()).unreachable()][:1]
        ['Node']
        >>> gc.unfreeze(); gc.enable()
        """
        found = self.beyond(self.held_from_outside())
        self._by_id = {}  # as large as all that is made of what was found
        return found

    def held_from_outside(self, beside: Sequence[object] = (), but: int = 0) -> list[object]:
        """The objects with more references than ``but`` from outside of the set, in order.

        Those from objects that are ``beside`` the set do not count as from outside.

        >>> kept = [[], []]
        >>> [found is kept for found in Snapshot([kept, *kept]).held_from_outside()]
        [True]
        >>> Snapshot([*kept]).held_from_outside(beside=[kept]), Snapshot([*kept]).held_from_outside(but=1)
        ([], [])
        """
        # A reference that the table of ids holds would look like one from outside.
        self._by_id = {}
        counts = list(map(sys.getrefcount, self.objects))
        inside: Counter[int] = Counter()
        for start in range(0, len(self.objects), _CHUNK):
            inside.update(map(id, gc.get_referents(*self.objects[start : start + _CHUNK])))
        if beside:
            ids = frozenset(map(id, self.objects))
            inside.update(filter(ids.__contains__, map(id, gc.get_referents(*beside))))
        outside = map(sub, counts, map(inside.get, map(id, self.objects), repeat(0)))
        return list(compress(self.objects, map((HELD_BY_LIST + but).__lt__, outside)))
