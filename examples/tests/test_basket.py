"""Each basket is appended to a list that is an attribute of its class, and nobody removes it.
Each run of the test adds one, so it is a leak; the tidy basket is in a WeakSet, which keeps nothing alive."""

from shop.basket import Basket, TidyBasket


def test_basket() -> None:
    assert Basket() in Basket.every


def test_tidy_basket() -> None:
    basket = TidyBasket()
    assert basket in TidyBasket.every
