"""A feed is read up to its first line only, or its download is begun and not finished: the frame waits and holds the feed.
They are cycles, which are reported; the tidy tests close the feed."""

from shop.stream import Feed


def test_generator() -> None:
    assert Feed().read() == "first of Feed"


def test_tidy_generator() -> None:
    feed = Feed()
    assert feed.read() == "first of Feed"
    feed.close()


def test_coroutine() -> None:
    Feed().start()


def test_tidy_coroutine() -> None:
    feed = Feed()
    feed.start()
    feed.close()
