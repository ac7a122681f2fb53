"""Findings that one line ends: each class that inherits the line which stores a reference has a finding of its own by it.

Rules of this file: only cuts that are verified, and enough by themselves, are taken for the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_gcguard.core.documents.document import Entry
from pytest_gcguard.core.signature import blot
from pytest_gcguard.reports.closing import counted

_NAMED = 3


def others(entries: Sequence[Entry]) -> Mapping[str, Sequence[Entry]]:
    """By the signature of the first of several entries with the same cut, the others."""
    by_cut: dict[object, list[Entry]] = {}
    for entry in entries:
        cut = entry.finding.cut
        if cut is not None and cut.verified and cut.file and cut.line and not cut.also:
            by_cut.setdefault((blot(cut.edge), cut.file, cut.line), []).append(entry)
    return {first.finding.signature: rest for first, *rest in by_cut.values() if rest}


def told(rest: Sequence[Entry]) -> str:
    """What to say of the others beside the first.

    >>> from pytest_gcguard.core.kinds import Kind, Origin
    >>> from pytest_gcguard.core.model import Cut, Finding
    >>> cut = Cut("app.Leaf", ".parent")
    >>> leaf = Finding("GCG002-0a1b2c3d", Kind.CYCLE, Origin.OWN, "app.Leaf → .parent", ("app.Leaf",), cut=cut)
    >>> told([Entry(leaf, False, ())])
    'the same line makes 1 more cycle: of app.Leaf'
    """
    types = list(dict.fromkeys(entry.finding.cut.type for entry in rest if entry.finding.cut is not None))
    more = f" and {counted(len(types) - _NAMED, 'other type')}" if len(types) > _NAMED else ""
    return f"the same line makes {counted(len(rest), 'more cycle')}: of {', '.join(types[:_NAMED])}{more}"
