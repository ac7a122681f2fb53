"""A display listens to a stock and refers to it, so each keeps the other alive.
It is a cycle, which is reported; the tidy display is called by a weak method."""

from shop.events import Display, Stock, TidyDisplay


def test_display() -> None:
    stock = Stock()
    display = Display(stock)
    stock.sell(2)
    assert display.sold == 2


def test_tidy_display() -> None:
    stock = Stock()
    display = TidyDisplay(stock)
    stock.sell(2)
    assert display.sold == 2
