"""Wraps functions so that each call runs in a block of its own, whatever kind of function it is.

Rules of this file: a wrapped function stays the kind of function that it was, also for `inspect` and pytest.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])
Block = Callable[[], AbstractContextManager[object]]


def around(function: Function, block: Block) -> Function:
    """The function, wrapped so that each call runs in a new block.

    For a coroutine function the block ends when it has been awaited, for a generator function when its generator has ended.

    >>> import contextlib
    >>> @contextlib.contextmanager
    ... def told():
    ...     print("begin")
    ...     yield
    ...     print("end")
    >>> list(around(lambda: range(2), told)())
    begin
    end
    [0, 1]
    >>> def numbers():
    ...     yield from range(2)
    >>> for number in around(numbers, told)():
    ...     print(number)
    begin
    0
    1
    end
    """
    if inspect.isasyncgenfunction(function):
        wrapped = _around_async_generator(function, block)
    elif inspect.iscoroutinefunction(function):
        wrapped = _around_coroutine(function, block)
    elif inspect.isgeneratorfunction(function):
        wrapped = _around_generator(function, block)
    else:
        wrapped = _around_call(function, block)
    return cast("Function", functools.wraps(function)(wrapped))


# the frames of these are no part of what a failed test shows: `__tracebackhide__` is the name that pytest looks for


def _around_call(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with block():
            return function(*args, **kwargs)

    return call


def _around_coroutine(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with block():
            return await function(*args, **kwargs)

    return call


def _around_generator(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        __tracebackhide__ = True
        with block():
            return (yield from function(*args, **kwargs))

    return call


def _around_async_generator(function: Callable[..., Any], block: Block) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        __tracebackhide__ = True
        with block():
            async with aclosing(function(*args, **kwargs)) as inner:
                try:
                    value = await inner.asend(None)
                    while True:
                        try:
                            sent = yield value
                        except GeneratorExit:
                            raise  # the inner one is closed on the way out
                        except BaseException as error:  # noqa: BLE001 -- whatever is thrown in is for the inner one
                            value = await inner.athrow(error)
                        else:
                            value = await inner.asend(sent)
                except StopAsyncIteration:
                    value = sent = None  # what it has given and got is not to be held when the block ends
                    return

    return call
