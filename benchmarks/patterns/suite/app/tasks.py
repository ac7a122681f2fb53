"""Tasks, futures and timers of asyncio, on a loop that is kept as long as the program runs."""

from __future__ import annotations

import asyncio
import contextlib

LOOP = asyncio.new_event_loop()
CLOSING = asyncio.Event()


class Reminder:
    async def wait(self) -> None:
        await CLOSING.wait()


async def _start(reminder: Reminder) -> asyncio.Task[None]:
    task = asyncio.create_task(reminder.wait())
    await asyncio.sleep(0)  # so that it begins to wait
    return task


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def remind() -> asyncio.Task[None]:
    return LOOP.run_until_complete(_start(Reminder()))


def cancel(task: asyncio.Task[None]) -> None:
    LOOP.run_until_complete(_cancel(task))


class Watcher:
    """Keeps its own task, which waits for something that nobody else knows of."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = LOOP.create_task(self.watch())
        LOOP.run_until_complete(asyncio.sleep(0))  # so that it begins to wait

    async def watch(self) -> None:
        await asyncio.Event().wait()

    def stop(self) -> None:
        if self.task is not None:
            cancel(self.task)
            self.task = None


class Poll:
    """Is to be called by the loop in an hour."""

    def __init__(self) -> None:
        self.handle = LOOP.call_later(3600, self.poll)

    def poll(self) -> None:
        pass

    def cancel(self) -> None:
        self.handle.cancel()
        LOOP._scheduled.remove(self.handle)  # a cancelled timer stays there until the loop comes by


class Reply:
    """Waits for a future that calls it back."""

    def __init__(self) -> None:
        self.future = LOOP.create_future()
        self.future.add_done_callback(self.arrived)

    def arrived(self, future: asyncio.Future[str]) -> None:
        pass

    def cancel(self) -> None:
        self.future.remove_done_callback(self.arrived)


DONE: set[asyncio.Task[str]] = set()
"""Tasks are kept here so that they are not collected while they run."""


async def _answer() -> str:
    return "42"


async def _ask() -> str:
    task = asyncio.create_task(_answer())
    DONE.add(task)
    return await task


async def _ask_tidily() -> str:
    task = asyncio.create_task(_answer())
    DONE.add(task)
    task.add_done_callback(DONE.discard)
    return await task


def ask() -> str:
    return LOOP.run_until_complete(_ask())


def ask_tidily() -> str:
    return LOOP.run_until_complete(_ask_tidily())
