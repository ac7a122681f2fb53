"""Findings that have the same cut: where several classes inherit a line that closes a cycle, each has a finding of its own.

Rules of this file: only verified cuts, all of which are needed in each cycle, count as the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_gcguard.core.documents.document import Entry
from pytest_gcguard.core.kinds import Kind
from pytest_gcguard.core.model import Cut
from pytest_gcguard.core.signature import blot
from pytest_gcguard.reports.closing import counted

_NAMED = 3


def others(entries: Sequence[Entry]) -> Mapping[str, Sequence[Entry]]:
    """For several entries with the same cut: by the signature of the first, the others."""
    by_lines: dict[object, list[Entry]] = {}
    for entry in entries:
        lines = _lines(entry.finding.cut)
        if lines is not None and entry.finding.kind is Kind.CYCLE:
            by_lines.setdefault(lines, []).append(entry)
    return {first.finding.signature: rest for first, *rest in by_lines.values() if rest}


def different_first(entries: Sequence[Entry], movable: Sequence[Entry]) -> list[Entry]:
    """The entries, with those of ``movable`` last that have the same cut as an earlier one of these."""
    last = {entry.finding.signature for rest in others(movable).values() for entry in rest}
    return sorted(entries, key=lambda entry: entry.finding.signature in last)


def _lines(cut: Cut | None) -> frozenset[tuple[str, str, int]] | None:
    """A cut by the lines that store its references; None where a line is not known, or not all of them are needed."""
    if cut is None or not cut.verified or cut.partly:
        return None
    found = [(blot(part.edge), part.file, part.line) for part in cut.parts if part.file and part.line]
    return frozenset(found) if len(found) == len(cut.parts) else None


def told(rest: Sequence[Entry]) -> str:
    """The others in words, to be said with the first.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> from pytest_gcguard.core.model import Finding
    >>> cut = Cut("app.Leaf", ".parent")
    >>> leaf = Finding("GCG002-0a1b2c3d", Kind.CYCLE, Origin.OWN, "app.Leaf → .parent", ("app.Leaf",), cut=cut)
    >>> told([Entry(leaf, False, ())])
    'the same line makes 1 more cycle: of app.Leaf'
    """
    cuts = [entry.finding.cut for entry in rest if entry.finding.cut is not None]
    makes = "lines make" if cuts[0].also else "line makes"
    types = list(dict.fromkeys(entry.finding.types[0] for entry in rest if entry.finding.types))
    more = f" and {counted(len(types) - _NAMED, 'other type')}" if len(types) > _NAMED else ""
    return f"the same {makes} {counted(len(rest), 'more cycle')}: of {', '.join(types[:_NAMED])}{more}"


def summed_up(entries: Sequence[Entry]) -> str:
    """How many different cuts there are, to be said after the number of entries; empty where each has its own.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> from pytest_gcguard.core.model import Finding
    >>> cut = Cut("app.Leaf", ".parent", "app.py", 3, verified=True)
    >>> leaf = Finding("GCG002-0a1b2c3d", Kind.CYCLE, Origin.OWN, "app.Leaf → .parent", ("app.Leaf",), cut=cut)
    >>> entry = Entry(leaf, False, ())
    >>> summed_up([entry, entry]), summed_up([entry])
    (' with the same cut', '')
    """
    more = sum(map(len, others(entries).values()))
    different = len(entries) - more
    return "" if not more else f" with {different} different cuts" if different > 1 else " with the same cut"
