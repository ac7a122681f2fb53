"""A test that collects by itself hides its cycle from whoever looks afterwards, not from the guard.
What was freed needed the garbage collector all the same; the tidy test needs none."""

import gc

from shop.tree import Category, TidyCategory


def test_collected_by_hand() -> None:
    fiction = Category("fiction")
    Category("crime", fiction)
    del fiction
    assert gc.collect() >= 2


def test_nothing_to_collect() -> None:
    fiction = TidyCategory("fiction")
    TidyCategory("crime", fiction)
    del fiction
    gc.collect()
