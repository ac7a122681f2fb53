"""Collections that a test asks for itself: what they find is seen before, and other threads get their turn after.

A full collection of all that there is takes so long that a thread which waits for the interpreter gets it next. Where the heap
is frozen it takes next to no time: a test that collects, and then expects that a thread which is about to end has let go,
would look too early.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_gcguard.core.heap import collector
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import faults, stragglers
from pytest_gcguard.session.state import State

_FULL = 2
"""The generation that ``gc.collect()`` collects."""
_TURN = 0.001
_TURNS = 5
"""How often, and how many seconds each time, threads get a turn that may be about to end. In all it is as long as one of them
waits at most until the other gives way, as Python is set."""


class Asked:
    """A callback of the collector. ``state`` is that of the test that runs, ``note`` is called where it left cycles."""

    def __init__(
        self,
        state: Callable[[], State | None],
        note: Callable[[State], None],
        complain: Callable[[str, BaseException], object],
    ) -> None:
        self._state = state
        self._note = note
        self._complain = complain

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        state = self._state()
        if state is None or collector.automatic():
            return
        if phase == "stop":  # in a repeat too
            turns = _TURNS if info["generation"] == _FULL else 0
            while turns and stragglers.running() > state.threads:
                time.sleep(_TURN)
                turns -= 1
        elif not state.looking:
            self._see(state)

    def _see(self, state: State) -> None:
        state.looking = True
        try:
            if Snapshot(state.window.objects()).unreachable():
                self._note(state)
        except faults.ANY as error:
            self._complain("gc.collect()", error)
        finally:
            state.looking = False
