"""Breaks off a repeat that does not come to its end, such as one that waits for what happens only once in a process.

Only a signal interrupts what waits in C. So nothing is broken off where there is no SIGALRM, where somebody else uses it, as
pytest-timeout does, or where tests do not run in the main thread.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # the public one makes an enum of each handler that it is asked for
import threading
from collections.abc import Callable
from types import FrameType

_ALARM: int | None = getattr(signal, "SIGALRM", None)


class OverdueError(BaseException):
    """A repeat of a test has taken far too long; no ``except Exception`` of the test gets hold of it."""


def within(seconds: float, function: Callable[[], None]) -> None:
    """Calls a function, and raises `OverdueError` out of it when the time is over, and again each time that it is once more.

    >>> import time
    >>> within(0.01, lambda: time.sleep(60))
    Traceback (most recent call last):
        ...
    pytest_gcguard.session.repeating.overdue.OverdueError
    """
    if _ALARM is None or not _is_free(_ALARM):
        function()
        return
    signal.signal(_ALARM, _break_off)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
        function()
    finally:
        if signal.getsignal(_ALARM) is _break_off:  # else the test has an alarm of its own
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(_ALARM, signal.SIG_DFL)


def _is_free(alarm: int) -> bool:
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(alarm) != signal.SIG_DFL:
        return False
    left: float = signal.getitimer(signal.ITIMER_REAL)[0]
    return left == 0


def _break_off(number: int, frame: FrameType | None) -> None:
    raise OverdueError
