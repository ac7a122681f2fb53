"""Whether one repeat is enough to see that a test leaks nothing: most suspects merely replace what was there before.

Rules of this file: what one repeat clears can have risen in no run; whatever is not sure of that is repeated further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import compress
from operator import not_

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import collector, counting, freezing, generations
from pytest_gcguard.core.heap.remembered import remembered
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.watch import Held


def is_cleared(repeat: Callable[[], None], window: Window, held: Held, first: Mapping[str, int]) -> bool:
    """Whether one repeat of a test shows that it leaks nothing: of a type that leaks there would be objects of the first run
    and of the repeat. ``first`` is what the first run left, counted by type.

    What is of the repeat is told by the collector's generations, so nothing is known where the test collects.
    """
    collector.collect()
    collections = generations.collections()
    repeat()
    if generations.collections() != collections:
        return False
    later = freezing.made_since()
    left = watch.remaining(window, held, later, repeat)
    left = Snapshot(left).beyond(remembered(left))
    later |= freezing.made_since()  # by finalizers
    new = [id(obj) in later for obj in left]
    return counting.are_replaced(
        first, older=window.count(list(compress(left, map(not_, new)))), newer=window.count(list(compress(left, new)))
    )
