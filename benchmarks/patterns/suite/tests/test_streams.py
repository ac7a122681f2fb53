import asyncio

from app import streams


def test_leaky_generator():
    assert next(streams.Table().rows) == "first"


def test_tidy_generator():
    table = streams.Table()
    assert next(table.rows) == "first"
    table.close()


def test_lookalike_generator():
    """An unfinished generator that its object does not keep."""
    average = streams.averager()
    next(average)
    assert average.send(3) == 3


def test_leaky_generator_expression():
    assert next(streams.Squares([3, 4]).values) == 9


def test_tidy_generator_expression():
    assert next(streams.TidySquares([3, 4]).values) == 9


def test_leaky_generator_that_knows_itself():
    assert streams.schedule() != 0


def test_tidy_generator_that_knows_itself():
    assert streams.schedule_tidily() != 0


def test_leaky_coroutine():
    streams.Transfer().start()


def test_tidy_coroutine():
    transfer = streams.Transfer()
    transfer.start()
    transfer.finish()


def test_lookalike_coroutine():
    """Coroutines that wait for each other, and are done."""

    async def inner():
        await asyncio.sleep(0)
        return 1

    async def outer():
        return await inner() + await inner()

    assert asyncio.run(outer()) == 2


def test_leaky_async_generator():
    assert streams.Ticker().first() == 1


def test_tidy_async_generator():
    ticker = streams.Ticker()
    assert ticker.first() == 1
    ticker.close()


def test_lookalike_async_generator():
    """An asynchronous generator that is left in the middle: asyncio closes it."""

    async def numbers():
        yield 1
        yield 2

    async def first():
        async for number in numbers():
            return number
        return None

    assert asyncio.run(first()) == 1


def test_leaky_context_manager():
    streams.Connection()


def test_tidy_context_manager():
    streams.Connection().close()


def test_leaky_exit_stack():
    streams.Service()


def test_tidy_exit_stack():
    streams.Service().close()
