"""Freezes a heap while it only grows, as when modules are imported, so that no collection walks over it again and again.

Rules of this file: no setting of `gc` is touched, and nothing is left in its lists; a program that has the collector print or
keep what it finds (`gc.set_debug`) is left alone.
"""

from __future__ import annotations

import os
import types
import weakref
from collections.abc import Callable

from pytest_gcguard.core.heap import freezing, walks
from pytest_gcguard.core.unpatched import gc

_RESTS = 2
"""How many automatic collections may come between the lookup of a walk's name and its call, while arguments are made."""


class Freezer:
    """Freezes the heap right after each automatic collection of the youngest objects.

    What dies young is freed as ever, and a later collection finds no older objects to walk over. A collection that somebody
    asks for meanwhile sees what was made since the last automatic one.

    It notices a collection by a cycle that is garbage from the start: its finalizer runs then, and leaves another one.
    """

    def __init__(self) -> None:
        self._on = False
        self._rests = 0
        self._process = 0
        self._cycle: Callable[[], _Cycle | None] = lambda: None

    def begin(self) -> None:
        """From now on what survives a collection is frozen.

        >>> import gc
        >>> freezer = Freezer(); freezer.begin()
        >>> before = gc.get_freeze_count(); _ = gc.collect(0); gc.get_freeze_count() > before + 1000
        True
        >>> freezer.end(); gc.unfreeze()
        """
        self._on = True
        self._process = os.getpid()
        self._leave()

    def rest(self) -> None:
        """Freezes nothing for a moment: the heap was thawed for somebody who is about to look through it."""
        if self._on:
            self._rests = _RESTS
            freezing.forget()

    def end(self) -> None:
        """Ends that; what is frozen stays so."""
        self._on = False
        cycle = self._cycle()
        if cycle is not None:
            cycle.me = None
        kept = [obj for obj in gc.garbage if self._is_own(obj)]  # by `gc.DEBUG_SAVEALL`
        if kept:
            gc.garbage[:] = [obj for obj in gc.garbage if not self._is_own(obj)]
        for obj in kept:
            if isinstance(obj, _Cycle):
                obj.me = None

    def _is_own(self, obj: object) -> bool:
        return type(obj) is _Cycle or (type(obj) is types.MethodType and obj.__self__ is self)

    def _leave(self) -> None:
        if not gc.get_debug():
            self._cycle = weakref.ref(_Cycle(self._met))

    def _met(self) -> None:
        if self._on and os.getpid() == self._process:  # in a forked process nobody would end this
            if self._rests:
                self._rests -= 1
            elif not walks.are_held():  # else somebody may walk at any time without looking a name up
                freezing.freeze()
            self._leave()  # after that: a frozen cycle would never be met


class _Cycle:
    __slots__ = ("__weakref__", "me", "met")

    def __init__(self, met: Callable[[], None]) -> None:
        self.met = met
        self.me: _Cycle | None = self

    def __del__(self) -> None:
        self.met()
