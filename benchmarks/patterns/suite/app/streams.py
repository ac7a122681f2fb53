"""Generators and coroutines that wait.

Between two steps a generator keeps its frame, with all its local variables, ``self`` among them. An object that keeps its own
unfinished generator is held by it; running it to its end, or closing it, frees both.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator


@types.coroutine
def pause() -> Iterator[None]:
    yield


# --- generators -------------------------------------------------------------------------------------------------------------


class Table:
    def __init__(self) -> None:
        self.rows = self._rows()

    def _rows(self) -> Generator[str, None, None]:
        yield "first"
        yield "last"

    def close(self) -> None:
        self.rows.close()


class Squares:
    """The same in one expression."""

    def __init__(self, numbers: list[int]) -> None:
        self.values = (self.square(number) for number in numbers)

    def square(self, number: int) -> int:
        return number * number


class TidySquares:
    def __init__(self, numbers: list[int]) -> None:
        self.values = (number * number for number in numbers)


def averager() -> Generator[float, float, None]:
    """Yields the average of what it is sent."""
    total, number = 0.0, 0
    average = 0.0
    while True:
        total += yield average
        number += 1
        average = total / number


def scheduled() -> Generator[int, object, None]:
    """Is told by its scheduler who it is, and remembers it."""
    me = yield 0
    while True:
        yield id(me)


def schedule() -> int:
    step = scheduled()
    next(step)
    return step.send(step)


def schedule_tidily() -> int:
    step = scheduled()
    next(step)
    return step.send(None)


# --- coroutines -------------------------------------------------------------------------------------------------------------


class Transfer:
    def __init__(self) -> None:
        self.running: Coroutine[None, None, None] | None = None

    def start(self) -> None:
        self.running = self._transfer()
        self.running.send(None)

    async def _transfer(self) -> None:
        await pause()

    def finish(self) -> None:
        if self.running is not None:
            with contextlib.suppress(StopIteration):
                self.running.send(None)
            self.running = None


class Ticker:
    def __init__(self) -> None:
        self.ticks = self._ticks()

    async def _ticks(self) -> AsyncGenerator[int, None]:
        yield 1
        yield 2

    def first(self) -> int:
        try:
            self.ticks.asend(None).send(None)
        except StopIteration as stop:
            return stop.value
        return 0

    def close(self) -> None:
        with contextlib.suppress(StopIteration):
            self.ticks.aclose().send(None)


# --- context managers that are entered and kept -----------------------------------------------------------------------------


class Connection:
    """Enters a context manager of its own when it opens, and leaves it when it closes."""

    def __init__(self) -> None:
        self._opened = self._open()
        self._opened.__enter__()

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        yield

    def close(self) -> None:
        self._opened.__exit__(None, None, None)


class Service:
    """Collects what is to be undone at its end."""

    def __init__(self) -> None:
        self.stack = contextlib.ExitStack()
        self.stack.callback(self.stop)

    def stop(self) -> None:
        pass

    def close(self) -> None:
        self.stack.close()
