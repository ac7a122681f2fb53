"""Whether some objects can have a cycle among them at all, asked before a graph of them is made.

Rules of this file: in doubt there may be one; no code of an object runs, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

from pytest_gcguard.core.unpatched import gc

_PEELED = 16
"""How many times objects are taken away: for a longer chain, making a graph of all the objects costs less."""
_MANY = 256
"""With more objects than this the graph is made at once: where there is a cycle, asking first would cost a tenth more."""


def may_be_cyclic(objects: Sequence[object]) -> bool:
    """Whether there may be a cycle among some objects. Where there is none, this mostly says so without a graph.

    An object that refers to none of the others is in no cycle, nor is one that none of the others refers to. Such objects are
    taken away until none is left (A. Kahn, "Topological sorting of large networks", CACM 5, 1962).

    >>> inner = []; outer = [inner]
    >>> may_be_cyclic([outer, inner]), inner.append(outer), may_be_cyclic([outer, inner])
    (False, None, True)
    """
    if len(objects) > _MANY:
        return True
    present = set(map(id, objects))
    left = [obj for obj in objects if not present.isdisjoint(map(id, gc.get_referents(obj)))]
    for _ in range(_PEELED):
        held = set(map(id, left)).intersection(map(id, gc.get_referents(*left)))
        if len(held) == len(left):
            break
        left = list(compress(left, map(held.__contains__, map(id, left))))
    return bool(left)
