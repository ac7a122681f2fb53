"""What only the parameters of a test hold: they are made once for it, and normally see one run of it.

Where repeats add to a parameter, that is a finding of the harness'. Where it happens in test after test, as with tables that
remember who has looked at them, further tests are not repeated for it.

Rules of this file: those of ``holdings``; what somebody else holds as well does not count.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

import pytest

from pytest_gcguard.core.heap.unreachable import HELD_BY_LIST
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Leak
from pytest_gcguard.core.unpatched import gc

_SEVERAL = 8
"""How many tests must have been repeated only for that, before it is asked what parameters hold."""
_MOST = 5_000
"""How many objects of a test's parameters are looked at."""


class Parameters:
    """Learns whether a suite's tests add to their parameters."""

    def __init__(self) -> None:
        self._told = 0

    def learn(self, item: pytest.Item, leaks: Sequence[Leak]) -> None:
        """Takes note of a repeated test and the leaks that were found."""
        if leaks and _values(item) and all(leak.origin is Origin.HARNESS for leak in leaks):
            self._told += 1

    def held(self, item: pytest.Item) -> list[object]:
        """The parameters of a test and what only they hold; empty while tests have not been seen to add to them."""
        return _owned(_values(item)) if self._told >= _SEVERAL else []


def _values(item: pytest.Item) -> list[object]:
    params: object = getattr(item.__dict__.get("callspec"), "params", None)
    return list(params.values()) if type(params) is dict else []


def _owned(values: list[object]) -> list[object]:
    """Some objects and all that only they hold, level by level: an object is added once everything that holds it has been."""
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
