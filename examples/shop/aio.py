"""A reminder waits in a task until the shop closes, on a loop that runs as long as the shop is open.
The event holds all who wait for it, so the task stays pending: who needs it no more must cancel it."""

from __future__ import annotations

import asyncio
import contextlib

LOOP = asyncio.new_event_loop()
CLOSING = asyncio.Event()


class Reminder:
    def __init__(self, text: str) -> None:
        self.text = text

    async def wait(self) -> str:
        await CLOSING.wait()
        return self.text


async def _start(reminder: Reminder) -> asyncio.Task[str]:
    task = asyncio.create_task(reminder.wait())
    await asyncio.sleep(0)  # so that it begins to wait
    return task


async def _cancel(task: asyncio.Task[str]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def remind(text: str) -> asyncio.Task[str]:
    return LOOP.run_until_complete(_start(Reminder(text)))


def cancel(task: asyncio.Task[str]) -> None:
    LOOP.run_until_complete(_cancel(task))
