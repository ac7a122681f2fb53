"""Things that a test framework is given to hold, and a function with an example in its documentation."""

from __future__ import annotations

import warnings


class Thing:
    """What the tests make.

    >>> thing = Thing("a name")
    >>> thing.name
    'a name'
    """

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.parts: list[Thing] = []

    def fail(self) -> None:
        raise LookupError(self.name)

    def warn(self) -> None:
        warnings.warn("going away", ResourceWarning, source=self, stacklevel=2)


class Store:
    def fetch(self) -> Thing:
        return Thing("fetched")

    async def fetch_slowly(self) -> Thing:
        return Thing("fetched slowly")


KEPT: list[object] = []
"""What the leaky twins put away."""
