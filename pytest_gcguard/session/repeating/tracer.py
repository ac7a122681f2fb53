"""One more run of a test whose allocations are traced, for the lines that make what leaks.

Rules of this file: a trace costs by the line and by the allocation: it begins as late as may be, and ends once it was asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from pytest_gcguard.core import diagnosis
from pytest_gcguard.core.diagnosis import Growth, Made
from pytest_gcguard.core.heap import collector
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.watch import Lens
from pytest_gcguard.session.repeating.progress import Progress

_TRACED_SLOWER = 4.0
"""So much longer at least a repeat is taken to need while its allocations are traced; the last one tells how much it was."""
_TELLING = 0.05
"""Of a repeat that takes less seconds it says little."""
_DEAR = 2.0
"""A traced repeat that is taken to need more seconds is made only where its lines may say whose a leak is."""
_DEPTHS = ((0.0015, tracing.FRAMES), (0.01, 10), (0.1, 6))
"""With how many frames a repeat is traced that takes up to so many seconds untraced: what it costs grows with them."""
_SHALLOW = 4
"""With so many one that takes longer."""


class Tracer:
    """Runs tests with a trace, and remembers how long that takes."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._slower = _TRACED_SLOWER

    def is_dear(self, progress: Progress) -> bool:
        """Whether it would take long to trace one more run."""
        return not tracing.running() and self._slower * progress.slowest > _DEAR

    def run(self, progress: Progress, window: Window, growth: Growth) -> Made:
        """Runs the test once more: where what leaks was made, by id; nothing where there is no time for it.

        What is traced from the start of the run is known without.
        """
        if tracing.running():
            return diagnosis.lines(self._lens, diagnosis.trace(window, growth))
        untraced = progress.slowest
        if progress.over(ahead=self._slower * untraced):
            return {}
        begun = progress.seconds
        with contextlib.ExitStack() as stack:
            progress.repeat(_beginning(stack, _depth(untraced)))
            traced = diagnosis.trace(window, growth)
        if untraced > _TELLING:
            self._slower = max(_TRACED_SLOWER, (progress.seconds - begun) / untraced)
        return diagnosis.lines(self._lens, traced)


def _beginning(stack: contextlib.ExitStack, frames: int) -> Callable[[], None]:
    """What begins a trace that ends with a stack: to be called when all is done that the guard itself does for a repeat."""

    def begin() -> None:
        collector.collect()  # it empties the lists of free objects: what is taken from there is not traced
        stack.enter_context(tracing.tracing(frames))

    return begin


def _depth(seconds: float) -> int:
    return next((frames for most, frames in _DEPTHS if seconds <= most), _SHALLOW)
