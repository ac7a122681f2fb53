"""Which of some objects are still there later: by their marks, and by what was made meanwhile at the address of one.

Rules of this file: holds numbers, never the program's objects.
"""

from __future__ import annotations

from types import TracebackType

from pytest_gcguard.core.heap import collector, freezing, generations
from pytest_gcguard.core.heap.unreachable import Mark, marked, marks
from pytest_gcguard.core.heap.window import Window


class Lasting:
    """What is in sight of a window at the beginning of a block; `marks` tells what of it may still be there at the end.

    What is made in the block is young then, or was when somebody collected; where there are no generations that tell, one of
    the marks may be of a younger object.

    >>> from pytest_gcguard.core.heap.window import Frozen
    >>> window = Frozen(); window.open(); old = [[]]
    >>> with Lasting(window) as lasting:
    ...     new = [[]]
    >>> [marked(mark) == id(old[0]) for mark in lasting.marks if marked(mark) in (id(old[0]), id(new[0]))]
    [True]
    >>> window.close()
    """

    def __init__(self, window: Window) -> None:
        collector.collect()
        self.marks: frozenset[Mark] = frozenset(marks(window.objects()))
        self._newer: set[int] = set()
        self._callback = self._about_to_collect  # made once: a bound method is a new object each time it is asked for

    def __enter__(self) -> Lasting:
        collector.add_callback(self._callback)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        collector.remove_callback(self._callback)
        del self._callback  # it refers to what has it
        if freezing.has_generations():
            self._newer.update(map(id, generations.young()))
        self.marks = _without(self.marks, self._newer)

    def _about_to_collect(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start" and freezing.has_generations():
            self._newer.update(map(id, generations.young()))


def _without(found: frozenset[Mark], newer: set[int]) -> frozenset[Mark]:
    return frozenset(mark for mark in found if marked(mark) not in newer)
