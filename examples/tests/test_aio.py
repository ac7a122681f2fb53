"""A task waits on a loop that is kept for an event that never comes, and the test ends long before.
Each run of the test adds a pending task, so it is a leak; the tidy test cancels its task."""

from shop import aio


def test_reminder() -> None:
    assert not aio.remind("the order is due").done()


def test_tidy_reminder() -> None:
    task = aio.remind("the order is due")
    aio.cancel(task)
    assert task.cancelled()
