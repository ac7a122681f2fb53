"""Threads that are about to be done with a test: they get a moment before what they hold counts as left.

A thread that a test started may be about to end; one of a pool may be older than the test, and stays.

Rules of this file: a look costs one number, waiting is for tests that are suspect already; at most a fifth of a second.
"""

from __future__ import annotations

import _thread
import time

_PAUSES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
_SHORT = _PAUSES[1:-1]


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


def pause(number: int) -> bool:
    """Waits for the ``number``-th time, longer each time, if any thread runs; false after the last time, or if none does.

    Nothing tells that a thread of a pool has no more to do: who waits for a result goes on before its work is dropped.

    >>> pause(100)
    False
    """
    if number >= len(_SHORT) or not running():
        return False
    time.sleep(_SHORT[number])
    return True
