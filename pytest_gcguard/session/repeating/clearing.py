"""Whether one repeat is enough to see that a test leaks nothing: most suspects merely replace what was there before.

Rules of this file: a test is cleared only if nothing of it can have risen in every run; in doubt it is repeated further.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import compress
from operator import not_

from pytest_gcguard.core import watch
from pytest_gcguard.core.heap import counting
from pytest_gcguard.core.heap.lasting import Lasting
from pytest_gcguard.core.heap.remembered import remembered
from pytest_gcguard.core.heap.unreachable import Snapshot, marks
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.watch import Held


def is_cleared(repeat: Callable[[], None], window: Window, held: Held, first: Mapping[str, int]) -> bool:
    """Whether one repeat of a test shows that it leaks nothing. ``first`` is what the first run left, counted by type.

    Of a type that leaks, there would be objects of the first run and objects of the repeat.
    """
    lasting = Lasting(window)
    with lasting:
        repeat()
        left = watch.remaining(window, held, lasting, repeat)
        left = Snapshot(left).beyond(remembered(left))
    # not by a comprehension: up to Python 3.11 what it closes over would be in a cell, which is older than the repeat
    old = list(map(lasting.marks.__contains__, marks(left)))
    return counting.are_replaced(
        first, older=window.count(list(compress(left, old))), newer=window.count(list(compress(left, map(not_, old))))
    )
