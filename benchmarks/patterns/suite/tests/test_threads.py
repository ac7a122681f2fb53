import threading
import time
from concurrent.futures import ThreadPoolExecutor

from app import threads


def test_leaky_running_thread():
    threads.Delivery()


def test_tidy_running_thread():
    threads.Delivery().stop()


def test_lookalike_running_thread():
    """A thread that ends a little later than the test."""
    threading.Thread(target=time.sleep, args=(0.02,)).start()


def test_leaky_timer():
    threads.Reminder()


def test_tidy_timer():
    threads.Reminder().cancel()


def test_leaky_thread_local():
    threads.WORKER.do(threads.WORKER.remember, threads.Job("parcel"))


def test_tidy_thread_local():
    threads.WORKER.do(threads.WORKER.forget, threads.Job("parcel"))


def test_lookalike_thread_local():
    """The thread's local variable holds its last job, one at a time."""
    threads.PRINTER.print(threads.Job("parcel"))


def test_leaky_kept_future():
    assert threads.submit("parcel").name == "parcel"


def test_tidy_kept_future():
    assert threads.submit_tidily("parcel").name == "parcel"


def test_leaky_waiting_job():
    threads.Import()


def test_tidy_waiting_job():
    threads.Import(threading.Event()).close()


def test_lookalike_waiting_job():
    """A pool that nobody shuts down: its threads end by themselves when it has gone."""
    assert list(ThreadPoolExecutor(2).map(len, ["ab", "abc"])) == [2, 3]
