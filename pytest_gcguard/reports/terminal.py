"""The section at the end of a pytest run, as lines of text.

Rules of this file: each signature once; what failed a test is always shown; the last line comes at every verbosity; plain
words, because most who read this have never heard of a garbage collector.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Literal

from pytest_gcguard.core.documents.document import Document, Entry
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.reports import same_cut, words
from pytest_gcguard.reports.closing import counted

GAP = 3  # the least number of spaces between a title and its number of tests
NAMED_TESTS = 3

Mark = Literal["title", "detail", "summary"]


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line without its newline; ``mark`` is what the pytest side turns into a colour."""

    text: str
    mark: Mark


def render(document: Document, verbosity: int, limit: int = 10, width: int = 80) -> list[Line]:
    """The lines of a run: below 0 the last line; at 0 the worst of the project's own findings; at 1 all of these; then all.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> document = Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5)
    >>> [line.text for line in render(document, verbosity=0)]
    ['gcguard: 0 tests checked · nothing found · guard cost 0.00 s']
    """
    lines: list[Line] = []
    if verbosity >= 0:
        near = [entry for entry in document.entries if _is_near(entry, verbosity)]
        others = same_cut.others(near)
        if verbosity == 0:
            near = same_cut.different_first(near, [entry for entry in near if not entry.failed])
        shown = [entry for place, entry in enumerate(near) if verbosity > 0 or place < limit or entry.failed]
        lines += [line for entry in shown for line in _entry(entry, width, others.get(entry.finding.signature, ()))]
        if len(shown) < len(near):
            lines.append(Line(_more(len(near) - len(shown), words.of_libraries(document.entries)), "detail"))
    if verbosity == 0:
        lines += _known(document.entries, limit)
    if verbosity > 1:
        apart = [entry for entry in document.entries if not _is_near(entry, verbosity)]
        lines += [Line("not the project's own:", "title")] if apart else []
        lines += [line for entry in apart for line in _entry(entry, width)]
    return [*lines, Line(words.last_line(document, tools=verbosity > 1), "summary")]


def _is_near(entry: Entry, verbosity: int) -> bool:
    """Whether an entry concerns the project: it failed a test, or is the project's own; a known one only with verbosity."""
    return entry.failed or (entry.finding.origin is Origin.OWN and (verbosity > 0 or not entry.baseline))


def _known(entries: Sequence[Entry], limit: int) -> Iterator[Line]:
    """The findings that the baseline lets through, one a line."""
    known = [entry for entry in entries if entry.baseline and not entry.failed]
    if known:
        yield Line("in the baseline:", "title")
    for entry in known[:limit]:
        why = f": {words.reason(entry)}" if words.reason(entry) else ""
        yield Line(f"    {words.title(entry.finding)}, {counted(len(entry.tests), 'test')}{why}", "detail")
    if len(known) > limit:
        yield Line(f"    … and {len(known) - limit} more (-v shows all)", "detail")


def _more(hidden: int, libraries: Sequence[Entry]) -> str:
    others = f", {len(libraries)} of libraries: -vv" if libraries else ""
    return f"… and {counted(hidden, 'more own finding')} (-v shows all{others})"


def _entry(entry: Entry, width: int, others: Sequence[Entry] = ()) -> Iterator[Line]:
    title, tests = words.title(entry.finding), counted(len(entry.tests), "test")
    gap = max(GAP, width - len(title) - len(tests))
    yield Line(title + " " * gap + tests, "title")
    for label, text in (*words.details(entry, others), ("tests", words.named_tests(entry.tests, NAMED_TESTS))):
        yield Line(f"    {label:<9}{text}", "detail")
