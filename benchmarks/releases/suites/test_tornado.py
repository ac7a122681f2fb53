"""A method that runs on an executor: tornado 6.3.3 closes over the future in the future's own callback."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

from tornado.concurrent import run_on_executor


class Worker:
    def __init__(self, executor):
        self.executor = executor
        self.awaited = threading.Event()

    @run_on_executor
    def double(self, number):
        self.awaited.wait()
        return 2 * number


async def double(number):
    with ThreadPoolExecutor(1) as executor:
        worker = Worker(executor)
        future = worker.double(number)
        worker.awaited.set()  # not earlier: a future that is done already is given no callback
        return await future


def test_run_on_executor():
    assert asyncio.run(double(21)) == 42
