"""The class keeps a list of all its baskets, to count them.
A class lives as long as its module, and the list with it: `TidyBasket` counts by weak references."""

from __future__ import annotations

import weakref
from typing import ClassVar


class Basket:
    every: ClassVar[list[Basket]] = []

    def __init__(self) -> None:
        self.every.append(self)


class TidyBasket:
    every: ClassVar[weakref.WeakSet[TidyBasket]] = weakref.WeakSet()

    def __init__(self) -> None:
        self.every.add(self)
