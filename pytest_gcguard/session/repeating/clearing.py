"""Whether one repeat is enough to see that a test leaks nothing: most suspects merely replace what was there before.

Rules of this file: a test is cleared only if nothing of it can have risen in every run; in doubt it is repeated further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import compress
from operator import not_

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import collector, counting, freezing, generations
from pytest_gcguard.core.heap.remembered import remembered
from pytest_gcguard.core.heap.unreachable import Snapshot, marks
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.watch import Held


def is_cleared(repeat: Callable[[], None], window: Window, held: Held, first: Mapping[str, int]) -> bool:
    """Whether one repeat of a test shows that it leaks nothing. ``first`` is what the first run left, counted by type.

    Of a type that leaks, there would be objects of the first run and objects of the repeat. The collector's generations tell
    which is which, unless the test itself collects: then what is at the address of an older object may be new.
    """
    collector.collect()
    known = frozenset(marks(window.objects()))
    collections = generations.collections()
    repeat()
    is_told = generations.collections() == collections
    later = freezing.made_since() if is_told else frozenset()
    left = watch.remaining(window, held, known, later, repeat)
    left = Snapshot(left).beyond(remembered(left))
    # not by a comprehension: up to Python 3.11 what it closes over would be in a cell, which is older than the repeat
    if is_told:
        later |= freezing.made_since()  # by finalizers
        new = list(map(later.__contains__, map(id, left)))
    else:
        new = list(map(not_, map(known.__contains__, marks(left))))
    older, newer = window.count(list(compress(left, map(not_, new)))), window.count(list(compress(left, new)))
    # of a type that leaks there are two at least
    return counting.are_replaced(first, older, newer) and (is_told or max(older.values(), default=1) == 1)
