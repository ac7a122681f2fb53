"""Threads, executors and timers: as long as they run, they hold what their functions hold."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Delivery:
    """Has a thread that waits until it is told to stop."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="delivery", daemon=True)
        self._thread.start()

    def _drive(self) -> None:
        self._stopped.wait()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


class Reminder:
    """Has a timer that goes off in an hour."""

    def __init__(self) -> None:
        self.timer: threading.Timer | None = threading.Timer(3600, self.remind)
        self.timer.name = "reminder"
        self.timer.daemon = True
        self.timer.start()

    def remind(self) -> None:
        pass

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer.join()
            self.timer = None


# --- one thread for the whole program ---------------------------------------------------------------------------------------


class Job:
    def __init__(self, name: str) -> None:
        self.name = name


class _Memory(threading.local):
    def __init__(self) -> None:
        self.jobs: list[Job] = []


class Worker:
    """Does one job after the other, and forgets each when it is done."""

    def __init__(self) -> None:
        self.memory = _Memory()
        self.tasks: queue.SimpleQueue[tuple[Callable[[Job], None], Job, threading.Event]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="worker", daemon=True).start()

    def do(self, task: Callable[[Job], None], job: Job) -> None:
        done = threading.Event()
        self.tasks.put((task, job, done))
        assert done.wait(10)

    def remember(self, job: Job) -> None:
        self.memory.jobs.append(job)

    def forget(self, job: Job) -> None:
        self.memory.jobs.append(job)
        self.memory.jobs.remove(job)

    def _work(self) -> None:
        while True:
            task, job, done = self.tasks.get()
            task(job)
            del task, job
            done.set()
            del done


WORKER = Worker()


class Printer:
    """Does one job after the other. The local variable of its loop keeps the last one, until there is another."""

    def __init__(self) -> None:
        self.jobs: queue.Queue[Job] = queue.Queue()
        threading.Thread(target=self._print, name="printer", daemon=True).start()

    def print(self, job: Job) -> None:
        self.jobs.put(job)
        self.jobs.join()

    def _print(self) -> None:
        while True:
            job = self.jobs.get()
            assert job.name
            self.jobs.task_done()


PRINTER = Printer()

# --- executors --------------------------------------------------------------------------------------------------------------

POOL = ThreadPoolExecutor(1, thread_name_prefix="pool")
RESULTS: list[Future[Job]] = []


def work(name: str) -> Job:
    return Job(name)


def submit(name: str) -> Job:
    """Keeps the future, and it its result."""
    RESULTS.append(POOL.submit(work, name))
    return RESULTS[-1].result()


def submit_tidily(name: str) -> Job:
    return POOL.submit(work, name).result()


EXIT = threading.Event()
"""Set at the very end, so that the process can end."""


class Import:
    """Waits in a pool of threads of its own for a start that never comes."""

    def __init__(self, started: threading.Event = EXIT) -> None:
        self.started = started
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="import")
        self.pool.submit(self.run)

    def run(self) -> None:
        self.started.wait()

    def close(self) -> None:
        self.started.set()
        self.pool.shutdown()
