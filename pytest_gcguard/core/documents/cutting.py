"""What to cut of all cycles that have one signature: they look alike where they are shortest, and may hang together by more.

Rules of this file: what is said of all is true of each; the order of the cycles after the first makes no difference; those
references are the same that read alike without what the signature leaves out, as keys and numbers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from pytest_gcguard.core.model import Cut, Step
from pytest_gcguard.core.signature import blot

_MOST = 4
"""More references than so many together are no advice."""


def united(cuts: Iterable[Cut | None]) -> Cut | None:
    """One cut for all, by the first of them: where they differ, all that is to be cut of any.

    >>> one = Cut("app.Node", ".parent", verified=True)
    >>> two = Cut("app.Node", ".parent", verified=True, also=(Step("app.Node", ".mate"),))
    >>> both = united([one, two])
    >>> both.also == two.also, both.partly, united([one, one]) == one
    (True, True, True)
    """
    first, *others = cuts
    different = {cut for cut in others if cut is not first and _meant(cut) != _meant(first)}
    if first is None or not different:
        return first
    known = _references(first)
    more: dict[tuple[str, str], Step] = {}
    for part in sorted((part for cut in different if cut for part in _parts(cut)), key=_order):
        if _reference(part) not in known:
            more.setdefault(_reference(part), Step(part.type, part.edge, part.file, part.line))
    partly = any(cut.partly or _references(cut) != _references(first) for cut in (first, *different) if cut)
    verified = all(cut and cut.verified for cut in (first, *different))
    if not verified or (more and len(_parts(first)) + len(more) > _MOST):
        return dataclasses.replace(first, partly=partly, verified=False)
    hints = sorted(cut.hint for cut in (first, *different) if cut and _references(cut) == known | more.keys())
    hint = hints[0] if hints else first.hint and f"{first.hint}; where that is not enough, let go of the others as well"
    return dataclasses.replace(first, also=(*first.also, *more.values()), partly=partly, hint=hint)


def _parts(cut: Cut) -> list[Cut | Step]:
    return [cut, *cut.also]


def _references(cut: Cut) -> set[tuple[str, str]]:
    return set(map(_reference, _parts(cut)))


def _reference(part: Cut | Step) -> tuple[str, str]:
    return blot(part.type), blot(part.edge)


def _meant(cut: Cut | None) -> tuple[object, ...]:
    """What a cut says, without where that is written and how to do it."""
    return () if cut is None else (frozenset(_references(cut)), cut.verified, cut.partly)


def _order(part: Cut | Step) -> tuple[str, str, str, int]:
    return part.type, part.edge, part.file or "", part.line or 0
