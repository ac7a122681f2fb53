"""A price is asked for its gross value, which lru_cache remembers together with the price.
Each run of the test adds one, so it is a leak; the tidy price remembers its value itself."""

from shop.cache import Price, TidyPrice


def test_price() -> None:
    assert Price(100).gross() == 119


def test_tidy_price() -> None:
    assert TidyPrice(100).gross == 119
