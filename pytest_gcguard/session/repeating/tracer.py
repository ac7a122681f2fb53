"""One more run of a test whose allocations are traced, for the lines that make what leaks.

Rules of this file: a trace costs by the line and by the allocation, so it begins as late as possible, and ends once it was
used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from pytest_gcguard.core import diagnosis
from pytest_gcguard.core.diagnosis import Growth, Made
from pytest_gcguard.core.heap import collector
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.origins import tracing
from pytest_gcguard.core.watch import Lens
from pytest_gcguard.session.plugins import clock
from pytest_gcguard.session.repeating.progress import Progress

_TRACED_SLOWER = 4.0
"""How many times longer a traced repeat is expected to take, at least; the last one gives the factor."""
_TELLING = 0.05
"""A repeat must take so many seconds for its factor to count."""
_DEAR = 2.0
"""A traced repeat that is expected to take more seconds is made only where its lines may decide whose a leak is."""
_DEPTHS = ((0.01, 10), (0.1, 6))
"""How many frames are traced in a repeat that takes up to so many seconds untraced, since each frame costs;"""
_SHALLOW = 4
"""how many in a longer one,"""
_SHORT = 0.0015
"""and in one that takes no longer than this, all that are ever traced, where the first ones have no line of the project."""


class Tracer:
    """Runs tests with a trace, and remembers how long that takes."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._slower = _TRACED_SLOWER

    def is_dear(self, seconds: float) -> bool:
        """Whether it would take long to trace one more run, which takes so many seconds untraced."""
        return not tracing.running() and self._slower * seconds > _DEAR

    def run(self, progress: Progress, window: Window, growth: Growth) -> Made:
        """Runs the test once more with a trace: the lines that made what leaks, by id; empty where there is no time for that.

        A run that is traced from the start needs no further run.
        """
        if tracing.running():
            return diagnosis.lines(self._lens, diagnosis.trace(window, growth))
        untraced = progress.slowest
        if progress.over(ahead=self._slower * untraced):
            return {}
        begun = progress.seconds
        depth = _depth(untraced)
        made = self._repeat(progress.repeat, depth, window, growth)
        if untraced <= _SHORT and not self._reaches_own(made, depth):
            deeper = self._repeat(progress.repeat, tracing.FRAMES, window, growth)
            made = deeper or made
        if untraced > _TELLING:
            self._slower = max(_TRACED_SLOWER, (progress.seconds - begun) / untraced)
        return made

    def repeat(self, run: Callable[[Callable[[], object]], object], seconds: float, window: Window, growth: Growth) -> Made:
        """The lines that made what a run leaves of some types. ``run`` is given what begins the trace; an untraced run takes
        so many ``seconds``.
        """
        return self._repeat(run, _depth(seconds), window, growth)

    def _repeat(self, run: Callable[[Callable[[], object]], object], depth: int, window: Window, growth: Growth) -> Made:
        with contextlib.ExitStack() as stack:
            run(clock.nothing if tracing.running() else _beginning(stack, depth))
            traced = diagnosis.trace(window, growth)
        return diagnosis.lines(self._lens, traced)

    def _reaches_own(self, made: Made, depth: int) -> bool:
        """Whether a line of the project is among the first ``depth`` lines of each object, or no more can be had."""
        own = self._lens.origins.of_file
        lines = {places for places in made.values() if len(places) >= depth}
        return all(any(own(place.file) is Origin.OWN for place in places) for places in lines)


def _beginning(stack: contextlib.ExitStack, frames: int) -> Callable[[], None]:
    """A function that begins a trace, to be called last before a repeat; the trace ends with the stack."""

    def begin() -> None:
        collector.collect()  # empties the free lists: what is made from these would not be traced
        stack.enter_context(tracing.tracing(frames))

    return begin


def _depth(seconds: float) -> int:
    return next((frames for most, frames in _DEPTHS if seconds <= most), _SHALLOW)
