"""What to cut of all cycles that have one signature: their shortest cycles are alike, but there may be more to each of them.

Rules of this file: what is said of all is true of each; the order of the cycles after the first makes no difference; two
references are the same if they read alike without what a signature leaves out (keys, numbers); where one item of a container
(``.kids[0]``) is not enough for each cycle, all of them are named (``.kids``); what one line stores, for several classes that
inherit it, is one reference.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable

from pytest_gcguard.core.model import Cut, Finding, Step
from pytest_gcguard.core.signature import LAST_ITEMS, blot

_MOST = 4
"""More references than so many together are no advice."""


def united(cuts: Iterable[Cut | None]) -> Cut | None:
    """One cut for all, worded as the first of them; where they differ, it has what is to be cut in any of them.

    >>> one = Cut("app.Node", ".parent", verified=True)
    >>> two = Cut("app.Node", ".parent", verified=True, also=(Step("app.Node", ".mate"),))
    >>> both = united([one, two])
    >>> both.also == two.also, both.partly, united([one, one]) == one
    (True, True, True)
    >>> one, all_of_them = (Cut("app.Node", edge, verified=True) for edge in (".kids[0]", ".kids"))
    >>> united([one, all_of_them]) == all_of_them
    True
    """
    first, *others = _widened(_by_line(list(cuts)))
    different = {cut for cut in others if cut is not first and _meant(cut) != _meant(first)}
    if first is None or not different:
        return first
    known = _references(first)
    more: dict[tuple[str, str], Step] = {}
    for part in sorted((part for cut in different if cut for part in cut.parts), key=_order):
        if _reference(part) not in known:
            more.setdefault(_reference(part), Step(part.type, part.edge, part.file, part.line))
    partly = any(cut.partly or _references(cut) != _references(first) for cut in (first, *different) if cut)
    verified = all(cut and cut.verified for cut in (first, *different))
    if not verified or (more and len(first.parts) + len(more) > _MOST):
        return dataclasses.replace(first, partly=partly, verified=False)
    hints = sorted(cut.hint for cut in (first, *different) if cut and _references(cut) == known | more.keys())
    hint = hints[0] if hints else first.hint and f"{first.hint}; where that is not enough, let go of the others as well"
    return dataclasses.replace(first, also=(*first.also, *more.values()), partly=partly, hint=hint)


def for_all(finding: Finding, cuts: Iterable[Cut | None]) -> Finding:
    """A finding that stands for all that have its signature, with what is to be cut in any of them."""
    return dataclasses.replace(finding, cut=united([finding.cut, *cuts])) if finding.growth is None else finding


def _by_line(cuts: list[Cut | None]) -> list[Cut | None]:
    """The cuts, with one name for the class of all references that the same line stores."""
    parts = (*(cuts[0].parts if cuts[0] else ()), *sorted((part for cut in cuts[1:] if cut for part in cut.parts), key=_order))
    names: dict[object, str] = {}
    for part in parts:
        if part.line:
            names.setdefault(_stored(part), part.type)
    return [cut and _reworded(cut, lambda part: (names.get(_stored(part), part.type), part.edge)) for cut in cuts]


def _stored(part: Cut | Step) -> object:
    return _reference(part)[1], part.file, part.line


def _widened(cuts: list[Cut | None]) -> list[Cut | None]:
    """The cuts, with all items of a container where a cut names one of them and another cut needs them all."""
    whole = {_reference(part): part.edge for cut in cuts if cut for part in cut.parts if not LAST_ITEMS.search(part.edge)}
    wide = [cut and _reworded(cut, lambda part: (part.type, whole.get(_reference(part), part.edge))) for cut in cuts]
    hints: dict[frozenset[tuple[str, str]], str] = {}
    for cut in sorted((cut for cut in cuts if cut and cut in wide), key=lambda cut: cut.hint):
        hints.setdefault(frozenset(_references(cut)), cut.hint)
    return [
        dataclasses.replace(new, hint=hints.get(frozenset(_references(new)), new.hint)) if new and new != cut else new
        for cut, new in zip(cuts, wide, strict=True)
    ]


def _reworded(cut: Cut, words: Callable[[Cut | Step], tuple[str, str]]) -> Cut:
    """The cut with other words, a class and an edge, for its references; each of them once."""
    tp, edge = words(cut)
    also = (dataclasses.replace(part, type=new[0], edge=new[1]) for part in cut.also for new in [words(part)])
    others = (part for part in dict.fromkeys(also) if (part.type, part.edge) != (tp, edge))
    hint = re.sub(rf"{re.escape(f'{cut.edge} of {cut.type}')}(?![\w.])", lambda _: f"{edge} of {tp}", cut.hint)
    return dataclasses.replace(cut, type=tp, edge=edge, also=tuple(others), hint=hint)


def _references(cut: Cut) -> set[tuple[str, str]]:
    return set(map(_reference, cut.parts))


def _reference(part: Cut | Step) -> tuple[str, str]:
    edge = blot(part.edge)
    return blot(part.type), LAST_ITEMS.sub("", edge) or edge


def _meant(cut: Cut | None) -> tuple[object, ...]:
    """What a cut says, without the lines and the hint."""
    return () if cut is None else (frozenset(_references(cut)), cut.verified, cut.partly)


def _order(part: Cut | Step) -> tuple[str, str, str, int]:
    return part.type, part.edge, part.file or "", part.line or 0
