"""A parent and its child refer to each other, and the test only drops its own references to them.
The first test is told of the cycle, the marked one fails by it; the tidy tree refers to its parent weakly."""

import pytest
from shop.tree import Category, TidyCategory


def test_categories() -> None:
    books = Category("books")
    assert Category("novels", books).parent is books


@pytest.mark.no_cycles
def test_categories_allow_no_cycle() -> None:
    books = Category("books")
    assert Category("novels", books).parent is books


@pytest.mark.no_cycles
def test_tidy_categories() -> None:
    books = TidyCategory("books")
    assert TidyCategory("novels", books).parent is books
