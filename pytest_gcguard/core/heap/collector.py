"""The switchboard of module `gc`: pauses, collects and restores.

Rules of this file: whoever changes a setting here gets it back through `Settings.restore`. Nothing else in the package changes
a setting of `gc` or collects; ``freezing`` freezes and thaws, and the fixture ``gc_disabled`` does what its name says.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from typing import Literal, NamedTuple

from pytest_gcguard.core.unpatched import gc

Callback = Callable[[Literal["start", "stop"], dict[str, int]], object]


def unsupported() -> str | None:
    """Why this interpreter cannot be watched, or None where it can.

    >>> unsupported() is None
    True
    """
    if sys.implementation.name != "cpython":
        return f"{platform.python_implementation()} does not count references; only CPython can be guarded"
    return None


class Settings(NamedTuple):
    """What a program can set in `gc`, as it was when `take` was called.

    The callbacks are not part of it: what a program puts among them is meant to stay.

    >>> before = Settings.take()
    >>> gc.set_threshold(5); gc.disable()
    >>> before.restore()
    >>> Settings.take() == before
    True
    """

    enabled: bool
    threshold: tuple[int, ...]
    debug: int
    garbage: int

    @classmethod
    def take(cls) -> Settings:
        """The settings in force, and the length of `gc.garbage`."""
        return cls(gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.garbage))

    def restore(self) -> None:
        """Puts every setting back; what was added to `gc.garbage` since is dropped from it."""
        if gc.get_debug() != self.debug:
            gc.set_debug(self.debug)
        if gc.get_threshold() != self.threshold:
            gc.set_threshold(*self.threshold)
        if len(gc.garbage) > self.garbage:
            del gc.garbage[self.garbage :]
        if gc.isenabled() != self.enabled:
            (gc.enable if self.enabled else gc.disable)()


def pause() -> None:
    """Switches automatic collections off."""
    gc.disable()


def automatic() -> bool:
    """Whether automatic collections are on."""
    return gc.isenabled()


def add_callback(callback: Callback) -> None:
    """From now on a function is called before and after each collection, whoever asks for it."""
    gc.callbacks.append(callback)


def remove_callback(callback: Callback) -> None:
    """Takes a callback off again; that somebody else has done so already is no error."""
    # by identity: another callback may be equal to whatever it likes, and run code to tell
    gc.callbacks[:] = [each for each in gc.callbacks if each is not callback]


def collect() -> tuple[int, list[object]]:
    """Collects everything in sight; returns what ``gc.collect()`` returned, and the objects that could not be freed.

    These are taken off `gc.garbage` again. Nothing can free them, so they stay alive.
    """
    garbage = len(gc.garbage)
    debug = gc.get_debug()
    gc.set_debug(debug & ~gc.DEBUG_SAVEALL)
    try:
        found = gc.collect()
    finally:
        gc.set_debug(debug)
    uncollectable = gc.garbage[garbage:]
    del gc.garbage[garbage:]
    return found, uncollectable


def collect_and_keep() -> list[object]:
    """Collects everything in sight but frees nothing (`gc.DEBUG_SAVEALL`); returns the unreachable objects, to be looked at.

    Their finalizers have run and their weak references are cleared. Drop the list and call `collect` to free them.
    """
    garbage = len(gc.garbage)
    debug = gc.get_debug()
    gc.set_debug((debug & ~gc.DEBUG_STATS) | gc.DEBUG_SAVEALL)
    try:
        gc.collect()
    finally:
        gc.set_debug(debug)
    kept = gc.garbage[garbage:]
    del gc.garbage[garbage:]
    return kept
