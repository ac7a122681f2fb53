"""One thread works for the whole process, and others are started for one delivery each.
A running thread holds all that its function and its thread-locals hold: what is not stopped or cleared, stays."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Job:
    """A parcel to pack; the thread that packs it remembers it."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Memory(threading.local):
    def __init__(self) -> None:
        self.jobs: list[Job] = []


class Packer:
    """A thread that lives as long as the process, and does what it is told."""

    def __init__(self) -> None:
        self._memory = _Memory()
        self._tasks: queue.SimpleQueue[tuple[Callable[[Job], None], Job, threading.Event]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="packer", daemon=True).start()

    def pack(self, job: Job) -> None:
        self._do(self._remember, job)

    def pack_tidily(self, job: Job) -> None:
        self._do(self._remember_and_forget, job)

    def _do(self, task: Callable[[Job], None], job: Job) -> None:
        done = threading.Event()
        self._tasks.put((task, job, done))
        done.wait(10)

    def _remember(self, job: Job) -> None:
        self._memory.jobs.append(job)

    def _remember_and_forget(self, job: Job) -> None:
        self._memory.jobs.append(job)
        self._memory.jobs.remove(job)

    def _work(self) -> None:
        while True:
            task, job, done = self._tasks.get()
            task(job)
            del task, job
            done.set()
            del done


class Delivery:
    """A delivery whose thread waits until it is told to stop."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="delivery", daemon=True)
        self._thread.start()

    def _drive(self) -> None:
        self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


PACKER = Packer()
