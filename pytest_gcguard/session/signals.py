"""Signals whose handlers raise where that would be lost: they come once more.

The collector only reports what a callback raises. So a test that is over its time while it collects would run on, and so would
a run that somebody interrupts.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found] # the public one makes an enum of each handler that it is asked for
import _thread
from types import CodeType, FunctionType, MethodType

from pytest_gcguard.core.unpatched import time

_PAUSE = 0.001
"""Seconds after which a signal comes again: by then the callback is over."""


def raised_by(error: BaseException) -> int | None:
    """The number of the signal whose handler has raised an error; None if none has.

    >>> raised_by(ValueError()) is None
    True
    """
    codes: list[CodeType] = []
    at = error.__traceback__
    while at is not None:
        codes.append(at.tb_frame.f_code)
        at = at.tb_next
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if handler is signal.default_int_handler:  # of C, so no frame tells of it
            if type(error) is KeyboardInterrupt:
                return int(number)
        elif any(code is _code_of(handler) for code in codes):
            return int(number)
    return None


def _code_of(handler: object) -> CodeType | None:
    function = handler.__func__ if type(handler) is MethodType else handler
    return function.__code__ if type(function) is FunctionType else None


def again(number: int) -> None:
    """Has the handler of a signal called once more, in a moment."""
    _thread.start_new_thread(_interrupt, (number,))


def _interrupt(number: int) -> None:
    time.sleep(_PAUSE)
    _thread.interrupt_main(number)  # type: ignore[arg-type] # any number will do
