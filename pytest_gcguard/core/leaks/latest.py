"""Whether the object that was explained as a leak may merely be the latest of its type, which the next run replaces.

Say each run puts its object into a variable, and the one that was there into a list. Then the type rises by one a run, but
the newest object, whose making was traced, is not held by the list, where they pile up.

Rules of this file: works on leaks in words, on no object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pytest_gcguard.core.model import Leak

_NAMES = re.compile(r"(\.[^\W\d]\w*)*")


def doubtful(leaks: Sequence[Leak]) -> bool:
    """Whether one more run of the test may show another holder.

    That is so if a holder has room for one object only, if of two objects of one type only one was made in the traced run, or
    if more untraced objects of a type were explained than a run leaves.
    """
    if any(_holds_one(leak) or any(leak.made_at and _is_older(other, leak) for other in leaks) for leak in leaks):
        return True
    untraced = [leak for leak in leaks if not leak.made_at and leak.growth]
    told = Counter(map(_label, untraced))
    return any(told[_label(leak)] > min(leak.growth[1:] or leak.growth) for leak in untraced)


def without(leaks: Sequence[Leak]) -> tuple[Leak, ...]:
    """The leaks, without those whose holder has room for one object if an older object of the type is held elsewhere."""
    return tuple(leak for leak in leaks if not _holds_one(leak) or not any(_grows(other, leak) for other in leaks))


def _grows(other: Leak, leak: Leak) -> bool:
    known = other.holder is not None and not other.holder.of_c
    return known and _is_older(other, leak) and not _holds_one(other)


def _holds_one(leak: Leak) -> bool:
    """Whether the holder has room for one object: a module's variable or an attribute, no item, and the object itself holds
    no others of its type.
    """
    path = leak.holder.path if leak.holder is not None else ()
    if leak.chained or len(path) < 3 or not path[1].type.startswith("module "):
        return False
    return all(_NAMES.fullmatch(step.edge) for step in path)


def _is_older(leak: Leak, other: Leak) -> bool:
    """Whether a leak is of the same type as another one, but was not made in the traced run."""
    return leak is not other and _label(leak) == _label(other) and not leak.made_at


def _label(leak: Leak) -> str:
    return leak.holder.path[-1].type if leak.holder is not None and leak.holder.path else leak.types[0]
