"""Collections until none of them can have left more garbage.

Rules of this file: a further walk over the heap is made only where it can find something; a profiler stays in place.
"""

from __future__ import annotations

import functools
import sys
import types

from pytest_gcguard.core.heap import collector
from pytest_gcguard.core.objects.classes import class_items, find
from pytest_gcguard.core.unpatched import gc

_MOST = 5


def collect() -> int:
    """Collects everything in sight, and again while a collection may have left more; returns how many it took.

    A collection frees all that is unreachable when it begins. More becomes unreachable only by code that runs meanwhile:
    finalizers and callbacks of weak references. Built-in callbacks are assumed to let go of nothing.

    >>> class Node:
    ...     def __del__(self): pass
    >>> def leave_a_cycle():
    ...     node = Node()
    ...     node.me = node
    >>> _ = collect()
    >>> collect()
    1
    >>> leave_a_cycle(); collect()
    2
    """
    done = 1
    while _code_ran() and done < _MOST:
        done += 1
    return done


def _code_ran() -> bool:
    """Collects once; whether Python code ran meanwhile, or may have, apart from what is in `gc.callbacks`."""
    if sys.getprofile() is not None:
        return bool(collector.collect()[0])
    told = set(map(_code, gc.callbacks))
    ran = False

    def profile(frame: types.FrameType, event: str, _: object) -> None:
        nonlocal ran
        caller = frame.f_back
        if event == "call" and caller is not None and caller.f_code is collector.collect.__code__:
            ran |= frame.f_code not in told

    sys.setprofile(profile)
    try:
        collector.collect()
    finally:
        sys.setprofile(None)
    return ran


def _code(callback: object) -> types.CodeType | None:
    """What runs when a function, a method, a `functools.partial` or an instance is called."""
    while isinstance(callback, (functools.partial, types.MethodType)):
        callback = callback.func if isinstance(callback, functools.partial) else callback.__func__
    if not isinstance(callback, types.FunctionType):
        callback = find(class_items(type(callback)), "__call__")
    return callback.__code__ if isinstance(callback, types.FunctionType) else None
