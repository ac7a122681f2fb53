"""The heap during a run: frozen while it grows, paused and frozen for each test, thawed now and then and at the end.

Rules of this file: whatever happens, `end` leaves the heap as it was.
"""

from __future__ import annotations

import contextlib

import pytest

from pytest_gcguard.core.heap import collector, freezing, generations, thorough, walks
from pytest_gcguard.core.heap.freezer import Freezer
from pytest_gcguard.core.heap.window import Frozen, Whole, Window

_SOME = 100_000
"""How many new objects may be frozen before it is worth asking how large the heap is."""
_SHARE = 4
"""A full collection is due when what was frozen since the last one exceeds this part of the heap: a quarter."""


class Heap:
    """Makes a window for each test, and keeps the memory flat.

    What is garbage when it is frozen stays in memory until the next thaw. So the heap is thawed from time to time, when that
    costs little beside all that was made since the last thaw.
    """

    def __init__(self) -> None:
        self._was_frozen = freezing.is_frozen()
        self.freezes = freezing.can_freeze()
        self._size: int | None = None
        self._frozen_since = 0
        self._begun = False
        self._from_the_start = False
        self._freezer = Freezer()
        self._listens = False

    def load(self) -> None:
        """Freezes what is made from now on, until all tests are collected: modules and tests stay anyway."""
        if self.freezes and not self._was_frozen:
            self._from_the_start = True
            self._listen()
            self._freezer.begin()

    def _listen(self) -> None:
        """From now on the heap is thawed when somebody else looks through all of it."""
        if not self._listens:
            self._listens = True
            walks.listen(self._give_way)

    def _give_way(self) -> None:
        freezing.give_way()
        self._freezer.rest()

    def window(self, freeze: bool) -> Window:
        """A window that can be opened; switches automatic collections off, and makes the heap ready for it."""
        collector.pause()
        if not self.freezes or not freeze:
            freezing.thaw()
            return Whole(thaws=True)
        if walks.are_held():
            walks.audit()
        if not self._begun:
            self._listen()
            self._begun = True  # what is older than the first test is frozen as it is: to count it would walk over all of it
            return Frozen()
        self._frozen_since += generations.made()
        if self._frozen_since > _SOME and self._frozen_since * _SHARE > self._heap_size():
            self.sweep()
        return Frozen()

    def put_away(self, window: Frozen) -> None:
        """Takes all that is in sight of an open window out of it: it is older than what comes now."""
        self._frozen_since += generations.made()
        window.open()

    def _heap_size(self) -> int:
        if self._size is None:
            self._size = freezing.frozen()
        return self._size

    def sweep(self) -> None:
        """Thaws everything and frees what is unreachable."""
        freezing.thaw()
        collector.collect()
        self.swept()

    def swept(self) -> None:
        """Notes that the heap was collected in full; its size is asked for when it matters."""
        self._size = None
        self._frozen_since = 0

    def end(self) -> None:
        """Gives the heap back as it was: thawed, or frozen where the program had frozen it."""
        self._freezer.end()
        freezing.thaw()
        if self._was_frozen:
            freezing.freeze()

    def leave(self) -> None:
        """The last thing of all: gives the heap back, and listens to nobody any more."""
        self.end()
        walks.unlisten(self._give_way)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        self._freezer.end()  # also where the tests run in other processes: this one makes garbage while it waits

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self.end()

    def pytest_unconfigure(self) -> None:
        """After the last test: frees what is unreachable until nothing more is, and freezes the rest.

        pytest collects in full up to five times before it ends, to see what finalizers raise; it finds nothing to walk over
        then. A ``conftest.py`` has already let go of what it holds: its hook runs first, since the heap was registered before
        it.
        """
        if self._from_the_start and self._begun:
            freezing.thaw()
            with contextlib.suppress(Exception):  # a test may have left a builtin broken; pytest collects all the same
                thorough.collect()
                freezing.freeze()


HEAP = "gcguard-heap"


def load(config: pytest.Config) -> None:
    """Begins to freeze the heap of a run before the first conftest.py, unless the interpreter cannot be watched."""
    if collector.unsupported() is None:
        of(config).load()


def of(config: pytest.Config) -> Heap:
    """The heap of a run, registered when it is first asked for."""
    heap: Heap | None = config.pluginmanager.get_plugin(HEAP)
    if heap is None:
        heap = Heap()
        config.pluginmanager.register(heap, HEAP)
        config.add_cleanup(heap.leave)  # the last thing, whatever happens: a frozen heap at exit has crashed processes
    return heap
