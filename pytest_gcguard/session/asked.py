"""Collections that a test asks for itself: what they find is seen before, and other threads get their turn.

A full collection of all that there is takes so long that a thread which waits for the interpreter gets it next. Where the heap
is frozen it takes next to no time: a test that collects, and then expects that a thread which is about to end has let go,
would look too early.

Rules of this file: Python code runs before a collection only. A signal that comes while the collector works is handled by the
next Python code that runs, and what its handler raises in a callback is lost: a test that is over its time would run on.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_gcguard.core.heap import collector
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import signals, stragglers
from pytest_gcguard.session.state import State

_TURN = 0.001
_TURNS = 5
"""How often, and how many seconds each time, threads get a turn that may be about to end. In all it is as long as one of them
waits at most until the other gives way, as Python is set."""


class Asked:
    """What is done before a collection. ``state`` is that of the test that runs, ``note`` is called where it left cycles.

    The ``callback`` for `gc.callbacks` is the method ``get`` of a dictionary. The collector calls it with the word for what
    happens: the key that is compared with ``"start"`` is this object, and with any other word nothing is compared.
    """

    def __init__(
        self,
        state: Callable[[], State | None],
        note: Callable[[State], None],
        complain: Callable[[str, BaseException], object],
    ) -> None:
        self._state = state
        self._note = note
        self._complain = complain
        self.callback: collector.Callback = {self: None}.get  # type: ignore[assignment] # what it is given are keys and defaults

    def __hash__(self) -> int:
        return hash("start")

    def __eq__(self, other: object) -> bool:
        if other == "start":
            self._hear()
            return True  # else the search goes on, and may come here again
        return self is other

    def _hear(self) -> None:
        try:
            state = self._state()
            if state is None or collector.automatic():
                return
            _give_turns(state)  # in a repeat too
            if not state.looking:
                self._see(state)
        except BaseException as error:  # noqa: BLE001 -- what is raised here would be lost
            number = signals.raised_by(error)
            if number is not None:
                collector.remove_callback(self.callback)  # so that the signal does not come here again
                signals.again(number)
            else:
                self._complain("gc.collect()", error)

    def _see(self, state: State) -> None:
        state.looking = True
        try:
            if Snapshot(state.window.objects()).unreachable():
                self._note(state)
        finally:
            state.looking = False


def _give_turns(state: State) -> None:
    turns = min(_TURNS, state.turns)
    while turns and stragglers.running() > state.threads:
        time.sleep(_TURN)
        turns -= 1
        state.turns -= 1
