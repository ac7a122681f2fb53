"""Whether what is told as a leak may merely be the latest of its type, which the next run replaces.

Where each run puts its object in the place of the one before, and that one is kept elsewhere, the type rises by one a run, and
the newest of them, whose making was traced, is not held where they pile up.

Rules of this file: works on what was told, on no object.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pytest_gcguard.core.model import Holder, Leak

_NAMES = re.compile(r"(\.[^\W\d]\w*)*")


def doubtful(leaks: Sequence[Leak]) -> bool:
    """Whether one more run of the test may tell another holder: one of those told has room for one object only, or of two of
    the same type only one was made by the run that was traced.
    """
    return any(
        _holds_one(leak.holder) or any(_same(leak, other) and leak.made_at and not other.made_at for other in leaks)
        for leak in leaks
    )


def without(leaks: Sequence[Leak]) -> tuple[Leak, ...]:
    """The leaks without those that are held where there is room for one, if an older object of the type is held elsewhere."""
    return tuple(
        leak
        for leak in leaks
        if not _holds_one(leak.holder)
        or not any(_same(leak, other) and not other.made_at and not _holds_one(other.holder) for other in leaks)
    )


def _holds_one(holder: Holder | None) -> bool:
    """Whether a holder is a variable of a module, or an attribute from there on: not an item of anything.

    >>> from pytest_gcguard.core.model import Step
    >>> chain = [Step("app", ""), Step("module app", ".SERVER"), Step("app.Server", ".session"), Step("app.Session", "")]
    >>> _holds_one(Holder("app.SERVER.session", tuple(chain), None))
    True
    >>> chain[2] = Step("app.Server", ".sessions[-1]")
    >>> _holds_one(Holder("app.SERVER.sessions[-1]", tuple(chain), None))
    False
    """
    if holder is None or len(holder.path) < 3 or not holder.path[1].type.startswith("module "):
        return False
    return all(_NAMES.fullmatch(step.edge) for step in holder.path)


def _same(leak: Leak, other: Leak) -> bool:
    return leak is not other and _label(leak) == _label(other)


def _label(leak: Leak) -> str:
    return leak.holder.path[-1].type if leak.holder is not None and leak.holder.path else leak.types[0]
