"""Threads that may be about to be done with a test get a moment before what they hold counts as left.

A thread that a test started may be about to end; a thread of a pool may be older than the test, and stays.

Rules of this file: asking costs next to nothing; only suspect tests are waited for, at most a fifth of a second, and not
where all threads wait themselves.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Collection
from types import FrameType
from typing import Any

from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import asleep

_PAUSES = (0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
_SHORT = _PAUSES[1:-1]


def running() -> int:
    """How many threads run that Python code has started.

    >>> running() >= 0
    True
    """
    return _thread._count()


def known() -> frozenset[int]:
    """The threads that `threading` knows, by their numbers.

    >>> threading.get_ident() in known()
    True
    """
    active: Any = vars(threading).get("_active")  # `threading.enumerate` would wait for a lock
    return frozenset(dict(active))


def may_end(before: Collection[int]) -> bool:
    """Whether some thread that is not among those ``before`` may end by itself.

    >>> may_end(known())
    False
    """
    new = known().difference(before)
    return any(key in new and not _waits_for_ever(frame) for key, frame in sys._current_frames().items())


def _waits_for_ever(frame: FrameType) -> bool:
    """Whether a thread waits for an event, a queue or a condition without a timeout, so that somebody has to end it."""
    return frame.f_code is threading.Condition.wait.__code__ and frame.f_locals.get("timeout", 0) is None


def settle(before: int) -> bool:
    """Waits, longer each time, until no more threads run than ``before``; True if it waited and they have ended.

    >>> settle(running())
    False
    """
    if running() <= before:
        return False
    for pause in _PAUSES:
        time.sleep(pause)
        if running() <= before:
            return True
        if pause and asleep.all_others():
            break
    return running() <= before  # one may have ended while the others were looked at


def pause(number: int) -> int:
    """Waits for the ``number``-th time, longer each time, if any thread runs; returns the number of the next time.

    0 after the last time, or if none runs. Where all threads wait by now, this was the last time: what they have dropped until
    then is to be looked at once more. Nothing tells when a thread of a pool has dropped its work: whoever waits for the result
    goes on before that.

    >>> pause(100)
    0
    """
    if number >= len(_SHORT) or not running():
        return 0
    time.sleep(_SHORT[number])
    return len(_SHORT) if asleep.all_others() else number + 1
