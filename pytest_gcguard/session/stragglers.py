"""Threads that a test started and that are about to end: they get a moment before what they hold counts as left.

Rules of this file: a look costs one number, waiting is for tests that are suspect already; at most a fifth of a second.
"""

from __future__ import annotations

import _thread
import time

_PAUSES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def running() -> int:
    """How many threads run that Python code has started.

    >>> running() >= 0
    True
    """
    return _thread._count()


def settle(before: int) -> bool:
    """Waits, longer each time, until no more threads run than ``before``; whether it waited and they have ended.

    >>> settle(running())
    False
    """
    if running() <= before:
        return False
    for pause in _PAUSES:
        time.sleep(pause)
        if running() <= before:
            return True
    return False
