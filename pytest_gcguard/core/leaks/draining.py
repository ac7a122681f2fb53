"""Which containers another thread may be about to empty: what is in them has not leaked yet.

A thread that sends what was collected, once a second say, runs a function of the file that the container belongs to, and that
function, or one that it calls, takes things out of it.

Rules of this file: no code of an object that is looked at runs; in doubt no thread empties it.
"""

from __future__ import annotations

import _thread
import sys
from collections.abc import Collection, Sequence
from itertools import pairwise
from types import FrameType

from pytest_gcguard.core.files import limits
from pytest_gcguard.core.leaks import bounds


def places(chain: Sequence[object], leaked: Collection[int]) -> tuple[tuple[str, str], ...]:
    """The sources that may speak of the containers before the first leaked object of a chain, each with a name there.

    ``chain`` is without the ``__dict__`` of instances. ``leaked`` has the ids of what leaks.
    """
    kept = chain[: bounds.first_of_many(chain, leaked)]
    return tuple(found for owner, obj in pairwise(kept) for found in bounds.names_of(owner, obj))


def may_be_emptied(named: Collection[tuple[str, str]]) -> bool:
    """Whether another thread may take things out of a container with one of these `places`."""
    running = _running() if named and _thread._count() else {}
    return any(name in limits.emptied(file, frozenset(running[file])) for file, name in named if file in running)


def _running() -> dict[str, set[str]]:
    """The files whose code other threads run, down to where they began, each with the functions that they run."""
    files: dict[str, set[str]] = {}
    tops = sys._current_frames()
    del tops[_thread.get_ident()]  # a function whose variables hold its own frame would be a cycle
    for top in tops.values():
        frame: FrameType | None = top
        while frame is not None:
            files.setdefault(frame.f_code.co_filename, set()).add(frame.f_code.co_name)
            frame = frame.f_back
    return files
