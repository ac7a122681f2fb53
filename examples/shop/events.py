"""A display listens to the stock it shows: it holds the stock, and the stock holds its bound method, which holds the display.
They keep each other alive: `TidyDisplay` is listened to by weakref.WeakMethod, which holds nothing."""

from __future__ import annotations

import weakref
from collections.abc import Callable

Handler = Callable[[int], None]


class Stock:
    def __init__(self) -> None:
        self.handlers: list[Callable[[], Handler | None]] = []

    def add_handler(self, handler: Handler) -> None:
        self.handlers.append(lambda: handler)

    def add_weak_handler(self, handler: Handler) -> None:
        self.handlers.append(weakref.WeakMethod(handler))

    def sell(self, amount: int) -> None:
        for reference in self.handlers:
            handler = reference()
            if handler is not None:
                handler(amount)


class Display:
    def __init__(self, stock: Stock) -> None:
        self.stock = stock
        self.sold = 0
        self.listen()

    def listen(self) -> None:
        self.stock.add_handler(self.on_sale)

    def on_sale(self, amount: int) -> None:
        self.sold += amount


class TidyDisplay(Display):
    def listen(self) -> None:
        self.stock.add_weak_handler(self.on_sale)
