"""The heap during a run: paused and frozen for each test, thawed now and then and at the end.

Rules of this file: the only owner of freezing and thawing on the pytest side; whatever happens, `end` leaves `gc` as it was.
"""

from __future__ import annotations

from pytest_gcguard.core import collector
from pytest_gcguard.core.window import Frozen, Whole, Window

_SOME = 100_000
"""As many new objects may be frozen before it is worth asking how large the heap is."""
_ROUNDS = 5
_SHARE = 4
"""A full collection is due when what was frozen since the last one exceeds this part of the heap: a quarter."""


class Heap:
    """Opens a window for each test, and keeps the memory flat.

    What is garbage when it is frozen stays in memory until the next thaw, so a thaw is due from time to time; it is done when
    its cost is small beside what has been made since the last one.
    """

    def __init__(self) -> None:
        self._was_frozen = collector.is_frozen()
        self.freezes = collector.can_freeze()
        self._size: int | None = None
        self._frozen_since = 0
        self._begun = False
        self._full = (0, 0)

    def grown(self) -> None:
        """Freezes what has been collected so far: it stays, and no automatic collection is to walk over it again and again."""
        if self.freezes:
            collector.freeze()

    def window(self, freeze: bool) -> Window:
        """A window to be opened: automatic collections are off, and the heap is ready for it."""
        collector.pause()
        if not self.freezes or not freeze:
            collector.thaw()
            return Whole(thaws=True)
        if not self._begun:
            self._begun = True  # what is older than the first test is frozen as it is: to count it would walk over all of it
            return Frozen()
        self._frozen_since += collector.made()
        if self._frozen_since > _SOME and self._frozen_since * _SHARE > self._heap_size():
            self.sweep()
        return Frozen()

    def _heap_size(self) -> int:
        if self._size is None:
            self._size = collector.frozen()
        return self._size

    def sweep(self) -> None:
        """Thaws everything and frees what is unreachable."""
        collector.thaw()
        collector.collect()
        self.swept()

    def swept(self) -> None:
        """Notes that the heap is thawed and was collected in full."""
        self._size = len(collector.visible())
        self._frozen_since = 0

    def settle(self) -> None:
        """After the last test: frees what is unreachable until there is nothing more, and freezes the rest.

        pytest collects in full up to five times before it ends, to see what finalizers raise, and of some versions it has done
        so once when this is asked for; the others then find nothing left to walk over.
        """
        if not (self.freezes and self._begun):
            return
        collector.thaw()
        collections, freed = collector.full_collections()
        if collections == self._full[0] or freed > self._full[1]:
            for _ in range(_ROUNDS):
                if not collector.collect()[0]:
                    break
        collector.freeze()

    def end(self) -> None:
        """Gives the heap back as it was: thawed, or frozen where the program had frozen it."""
        collector.thaw()
        self._full = collector.full_collections()
        if self._was_frozen:
            collector.freeze()
