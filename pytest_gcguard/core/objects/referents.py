"""What an object refers to, the same on every version of Python.

Rules of this file: those of ``references``: no code of an object that is looked at may run.
"""

from __future__ import annotations

import sys
from collections import Counter

from pytest_gcguard.core.objects.reading import callbacks, instance_dict, is_future, slots
from pytest_gcguard.core.unpatched import gc

__all__ = ["SAYS_MORE", "held"]


def held(obj: object) -> list[object]:
    """What `gc.get_referents` says of an object, without the awaiters of a future that has a callback for them.

    From 3.14 on asyncio's C futures also refer to their awaiters directly, for ``python -m asyncio ps``. That is shorter than
    by way of a callback, so each path through a future would read differently than before, and end in a reference that nobody
    can cut. A future without callbacks is left as it is.

    >>> box = []
    >>> held([box])[0] is box
    True
    """
    found = gc.get_referents(obj)
    if SAYS_MORE and is_future(type(obj)) and callbacks(obj):
        return _without_awaiters(obj, found)
    return found


SAYS_MORE = sys.version_info >= (3, 14)
"""Whether `gc.get_referents` says more of some objects than `held`."""


def _without_awaiters(future: object, found: list[object]) -> list[object]:
    """The references without those to futures, or to a set, that are no attribute or callback."""
    named = Counter(id(value) for _, value in slots(future))
    named.update(id(part) for pair in callbacks(future) for part in pair)
    namespace = instance_dict(future)
    if namespace is not None:  # its truth may be code
        named.update(map(id, dict.values(namespace)))
    kept = []
    for each in found:
        named[id(each)] -= 1
        if named[id(each)] >= 0 or not (type(each) is set or is_future(type(each))):
            kept.append(each)
    return kept
