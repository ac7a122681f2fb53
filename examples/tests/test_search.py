"""A tree is counted by a nested function that calls itself, and so refers to itself.
It is a cycle, which is reported; the tidy function is one of the module."""

from shop.search import count, count_tidily


def test_count() -> None:
    assert count({"books": {"novels": {}}}) == 3


def test_tidy_count() -> None:
    assert count_tidily({"books": {"novels": {}}}) == 3
