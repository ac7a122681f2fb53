"""Whether what is told as a leak may merely be the latest of its type, which the next run replaces.

Where each run puts its object in the place of the one before, and that one is kept elsewhere, the type rises by one a run, and
the newest of them, whose making was traced, is not held where they pile up.

Rules of this file: works on what was told, on no object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pytest_gcguard.core.model import Leak

_NAMES = re.compile(r"(\.[^\W\d]\w*)*")


def doubtful(leaks: Sequence[Leak]) -> bool:
    """Whether one more run of the test may tell another holder: one of those told has room for one object only, or of two of
    the same type only one was made by the run that was traced, or there are more that no trace tells of than a run leaves.
    """
    if any(_holds_one(leak) or any(leak.made_at and _is_older(other, leak) for other in leaks) for leak in leaks):
        return True
    untraced = [leak for leak in leaks if not leak.made_at and leak.growth]
    told = Counter(map(_label, untraced))
    return any(told[_label(leak)] > min(leak.growth[1:] or leak.growth) for leak in untraced)


def without(leaks: Sequence[Leak]) -> tuple[Leak, ...]:
    """The leaks without those that are held where there is room for one, if an older object of the type is held elsewhere."""
    return tuple(leak for leak in leaks if not _holds_one(leak) or not any(_grows(other, leak) for other in leaks))


def _grows(other: Leak, leak: Leak) -> bool:
    known = other.holder is not None and not other.holder.of_c
    return known and _is_older(other, leak) and not _holds_one(other)


def _holds_one(leak: Leak) -> bool:
    """Whether the holder is a variable of a module, or an attribute from there on, not an item of anything; and what it holds
    holds no others in turn.
    """
    path = leak.holder.path if leak.holder is not None else ()
    if leak.chained or len(path) < 3 or not path[1].type.startswith("module "):
        return False
    return all(_NAMES.fullmatch(step.edge) for step in path)


def _is_older(leak: Leak, other: Leak) -> bool:
    """Whether a leak is one of the same as another, but not of those that the traced run made."""
    return leak is not other and _label(leak) == _label(other) and not leak.made_at


def _label(leak: Leak) -> str:
    return leak.holder.path[-1].type if leak.holder is not None and leak.holder.path else leak.types[0]
