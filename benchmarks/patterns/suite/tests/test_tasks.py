import asyncio

from app import tasks


def test_leaky_pending_task():
    assert not tasks.remind().done()


def test_tidy_pending_task():
    task = tasks.remind()
    tasks.cancel(task)
    assert task.cancelled()


def test_lookalike_pending_task():
    """asyncio.run cancels what is pending at its end."""

    async def forget():
        asyncio.create_task(asyncio.sleep(3600), name="forgotten")

    asyncio.run(forget())


def test_leaky_timer_of_loop():
    tasks.Poll()


def test_tidy_timer_of_loop():
    tasks.Poll().cancel()


def test_leaky_callback_of_future():
    assert not tasks.Reply().future.done()


def test_tidy_callback_of_future():
    tasks.Reply().cancel()


def test_leaky_done_tasks():
    assert tasks.ask() == "42"


def test_tidy_done_tasks():
    assert tasks.ask_tidily() == "42"


def test_lookalike_done_tasks():
    """A group of tasks that are gathered, one of which fails."""

    async def fail():
        raise KeyError("no answer")

    async def gather():
        return await asyncio.gather(fail(), asyncio.sleep(0), return_exceptions=True)

    assert isinstance(asyncio.run(gather())[0], KeyError)


def test_leaky_own_task():
    assert not tasks.Watcher().task.done()


def test_tidy_own_task():
    watcher = tasks.Watcher()
    watcher.stop()
    assert watcher.task is None
