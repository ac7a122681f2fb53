"""A method is cached by lru_cache, which keeps its arguments to compare them, and the first of them is self.
The cache belongs to the class, so it keeps every instance; `TidyPrice` keeps its answer in the instance itself."""

from __future__ import annotations

from functools import cached_property, lru_cache


class Price:
    def __init__(self, net: int) -> None:
        self.net = net

    @lru_cache(maxsize=1000)  # noqa: B019 -- the leak that is shown
    def gross(self) -> int:
        return self.net * 119 // 100


class TidyPrice:
    def __init__(self, net: int) -> None:
        self.net = net

    @cached_property
    def gross(self) -> int:
        return self.net * 119 // 100
