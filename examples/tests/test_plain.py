"""Objects are made, put into lists and into each other, and dropped; no path leads from any of them back to itself.
Reference counting frees them at once, without the collector, so there is nothing to find."""

import pytest
from shop.session import Session
from shop.tree import Category


def test_many_objects() -> None:
    assert len([Category(str(number)) for number in range(1000)]) == 1000


def test_nested_objects() -> None:
    rows = {"sessions": [Session("alice"), Session("bob")], "counts": (1, 2)}
    assert rows["counts"] == (1, 2)


def test_errors_are_caught() -> None:
    with pytest.raises(KeyError):
        {"books": Category("books")}["novels"]
