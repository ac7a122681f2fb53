"""Exceptions that are kept.

An exception holds its traceback, which holds the frames that it went through, and they hold their local variables. So an
exception in a local variable of one of these frames, or in an attribute of an object that one of them uses, holds itself.
``except … as error`` is safe: Python deletes ``error`` at the end of the block.
"""

from __future__ import annotations

import inspect
import sys
import types
from concurrent.futures import Future


class OutOfStockError(Exception):
    pass


def take() -> None:
    raise OutOfStockError("no pears")


# --- in a local variable ----------------------------------------------------------------------------------------------------


def try_to_take() -> str:
    failure = None
    try:
        take()
    except OutOfStockError as error:
        failure = error
    return str(failure)


def try_to_take_tidily() -> str:
    failure = None
    try:
        take()
    except OutOfStockError as error:
        failure = error
    try:
        return str(failure)
    finally:
        del failure


def try_several_times() -> int:
    """Collects what went wrong to tell all of it at the end."""
    errors: list[Exception] = []
    for _ in range(3):
        try:
            take()
        except OutOfStockError as error:
            errors.append(error)
    return len(errors)


def try_several_times_tidily() -> int:
    errors: list[str] = []
    for _ in range(3):
        try:
            take()
        except OutOfStockError as error:
            errors.append(str(error))
    return len(errors)


def where_it_failed() -> int:
    try:
        take()
    except OutOfStockError:
        traceback = sys.exc_info()[2]
    return traceback.tb_lineno if traceback is not None else 0


def where_it_failed_tidily() -> int:
    try:
        take()
    except OutOfStockError as error:
        return error.__traceback__.tb_lineno if error.__traceback__ is not None else 0
    return 0


def raise_later() -> str:
    """Raises the error again when something has been cleaned up; the frame's own variable outlives that."""
    try:
        take()
    except OutOfStockError as error:
        pending = error
    try:
        raise pending
    except OutOfStockError as error:
        return str(error)


def raise_at_once() -> str:
    try:
        try:
            take()
        finally:
            pass
    except OutOfStockError as error:
        return str(error)
    return ""


# --- in an attribute --------------------------------------------------------------------------------------------------------


class Shop:
    def __init__(self) -> None:
        self.problem: Exception | None = None

    def sell(self) -> bool:
        try:
            take()
        except OutOfStockError as error:
            self.problem = error
        return self.problem is None

    def sell_tidily(self) -> bool:
        try:
            take()
        except OutOfStockError as error:
            self.problem = error.with_traceback(None)
        return self.problem is None


class RequestError(Exception):
    """Knows the request that failed, and the request keeps the last error."""

    def __init__(self, request: Request | None) -> None:
        super().__init__("refused")
        self.request = request


class Request:
    def __init__(self) -> None:
        self.error: Exception | None = None


def refused() -> Request:
    request = Request()
    request.error = RequestError(request)
    return request


def refused_tidily() -> Request:
    request = Request()
    request.error = RequestError(None)
    return request


# --- errors that name each other --------------------------------------------------------------------------------------------


def explained() -> Exception:
    """Two errors of which each is given as the other's reason: one when it was raised, the other by hand afterwards."""
    cause, effect = OutOfStockError("no pears"), LookupError("nothing to sell")
    effect.__cause__ = cause
    cause.__context__ = effect
    return effect


def explained_tidily() -> Exception:
    effect = LookupError("nothing to sell")
    effect.__cause__ = OutOfStockError("no pears")
    return effect


# --- in a future ------------------------------------------------------------------------------------------------------------


def run_now() -> Future[None]:
    """Does at once what others do in a pool of threads, and returns the same kind of answer."""
    future: Future[None] = Future()
    try:
        take()
    except OutOfStockError as error:
        future.set_exception(error)
    return future


def run_now_tidily() -> Future[None]:
    """The frame that is in the traceback forgets the future before it returns."""
    future: Future[None] = Future()
    try:
        try:
            take()
        except OutOfStockError as error:
            future.set_exception(error)
        return future
    finally:
        del future


# --- frames -----------------------------------------------------------------------------------------------------------------


def caller() -> str:
    """The name of the function that called this one."""
    frame = inspect.currentframe()
    return _name_of(frame.f_back) if frame is not None else ""


def tidy_caller() -> str:
    frame = inspect.currentframe()
    try:
        return _name_of(frame.f_back) if frame is not None else ""
    finally:
        del frame


def _name_of(frame: types.FrameType | None) -> str:
    return frame.f_code.co_name if frame is not None else ""
