"""What the parameters of a test hold that nobody else holds: they are made once for it, and see one run of it.

A test whose repeats add to one of its parameters is told, as the harness's. Where that happens in test after test, as with
tables that remember who has looked at them, the others are not repeated for it.

Rules of this file: as those of ``holdings``; what somebody else holds as well is none of a parameter's.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from pytest_gcguard.core.heap.unreachable import HELD_BY_LIST
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Leak

_SEVERAL = 8
"""After so many tests that were repeated for nothing else it is asked what parameters hold."""
_MOST = 5_000
"""So many objects of a test's parameters are looked at."""


class Parameters:
    """Learns whether a suite's tests add to their parameters."""

    def __init__(self) -> None:
        self._told = 0

    def learn(self, item: pytest.Item, leaks: Sequence[Leak]) -> None:
        """Takes note of a test that was repeated, and of what that told."""
        if leaks and _values(item) and all(leak.origin is Origin.HARNESS for leak in leaks):
            self._told += 1

    def held(self, item: pytest.Item) -> list[object]:
        """The parameters of a test and what only these hold; nothing where tests do not add to them."""
        return _owned(_values(item)) if self._told >= _SEVERAL else []


def _values(item: pytest.Item) -> list[object]:
    params: object = getattr(item.__dict__.get("callspec"), "params", None)
    return list(params.values()) if type(params) is dict else []


def _owned(values: list[object]) -> list[object]:
    """Some objects with all that these hold and nobody else does, level by level: each when all that hold it were met."""
    found = list(values)
    seen = set(map(id, found))
    times: Counter[int] = Counter()
    level = found
    while level and len(found) < _MOST:
        referents = gc.get_referents(*level)
        times.update(map(id, referents))
        each = list({id(obj): obj for obj in referents if gc.is_tracked(obj) and id(obj) not in seen}.values())
        del referents
        counts = list(map(sys.getrefcount, each))
        level = [obj for obj, count in zip(each, counts, strict=True) if count - HELD_BY_LIST <= times[id(obj)]]
        seen.update(map(id, level))
        found += level
    return found
