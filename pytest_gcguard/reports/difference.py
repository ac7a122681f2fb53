"""What differs between two runs, as text, Markdown or JSON.

Rules of this file: the new findings come first; what a baseline lets through is named as such.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pytest_gcguard.core.documents.document import Document, Entry, arranged
from pytest_gcguard.core.documents.merging import Difference
from pytest_gcguard.core.documents.written import as_json
from pytest_gcguard.reports import prose
from pytest_gcguard.reports.closing import counted
from pytest_gcguard.reports.text import one_line, writable

_TITLES = ("new", "gone", "still there")


def text(difference: Difference) -> str:
    """For a terminal.

    >>> print(text(Difference((), (), ())), end="")
    gcguard: 0 new (0 own), 0 gone, 0 still there
    """
    lines = []
    for title, rows in zip(_TITLES, _rows(difference), strict=True):
        lines += [f"{title}:"] if rows else []
        lines += [f"  {entry.finding.signature}  {_subject(entry)}  {tests}" for entry, tests in rows]
    return writable("\n".join([*lines, f"gcguard: {_summary(difference)}", ""]))


def markdown(difference: Difference) -> str:
    """For a pull request.

    >>> print(markdown(Difference((), (), ())), end="")
    ### gcguard: 0 new (0 own), 0 gone, 0 still there
    """
    parts = [f"### gcguard: {_summary(difference)}"]
    for title, rows in zip(_TITLES, _rows(difference), strict=True):
        if rows:
            table = [f"| {title} | finding | tests |", "|---|---|---|"]
            table += [f"| {entry.finding.signature} | {prose.cell(_subject(entry))} | {tests} |" for entry, tests in rows]
            parts.append("\n".join(table))
    return writable("\n\n".join(parts)) + "\n"


def as_data(difference: Difference, head: Document) -> str:
    """For programs: ``new``, ``gone`` and ``same``, each a list of findings as in a JSON report."""
    lists = {
        "new": difference.new,
        "gone": difference.gone,
        "same": [after for _, after in difference.still],
    }
    found = {name: as_json(arranged(head, entries))["findings"] for name, entries in lists.items()}
    own = {"new_own": len(difference.new_own)}
    return writable(json.dumps(own | found, indent=2, ensure_ascii=False)) + "\n"


def _rows(difference: Difference) -> Iterator[Sequence[tuple[Entry, str]]]:
    yield [(entry, counted(len(entry.tests), "test")) for entry in difference.new]
    yield [(entry, counted(len(entry.tests), "test")) for entry in difference.gone]
    yield [(after, _change(len(before.tests), len(after.tests))) for before, after in difference.still]


def _subject(entry: Entry) -> str:
    apart = "" if entry.finding.origin.value == "own" else f" ({entry.finding.origin.value})"
    known = " (in the baseline)" if entry.baseline else ""
    return f"{entry.finding.kind.value} {one_line(entry.finding.title)}{apart}{known}"


def _summary(difference: Difference) -> str:
    new, own = len(difference.new), len(difference.new_own)
    return f"{new} new ({own} own), {len(difference.gone)} gone, {len(difference.still)} still there"


def _change(before: int, after: int) -> str:
    tests = counted(after, "test")
    return tests if before == after else f"{tests}, {before} before"
