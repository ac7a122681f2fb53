"""Collections until nothing is left that one of them has made garbage.

Rules of this file: a walk over the heap is made only where it can find something; what profiles the program stays where it is.
"""

from __future__ import annotations

import sys
import types

from pytest_gcguard.core import collector

_MOST = 5


def collect() -> int:
    """Collects everything in sight, and again as long as that may have left more; how many collections it took.

    A collection frees all that is unreachable when it begins. More becomes unreachable only by code that runs meanwhile:
    finalizers and callbacks of weak references. Callbacks that are built in are taken to let go of nothing.

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
    """Collects once; whether code in Python ran meanwhile, or may have."""
    if sys.getprofile() is not None:
        return bool(collector.collect()[0])
    calls = 0

    def profile(frame: types.FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(profile)
    try:
        collector.collect()
    finally:
        sys.setprofile(None)
    return calls > 1  # the first is `collector.collect` itself
