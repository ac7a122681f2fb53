"""The section at the end of a pytest run, as lines of text.

Rules of this file: each signature once; what failed a test is always shown; the last line comes at every verbosity; plain
words, because most who read this have never heard of a garbage collector.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pytest_gcguard.core.document import Document, Entry, TestEntry
from pytest_gcguard.core.model import Cut, Finding, Kind, Origin, Step

GAP = 3  # the least number of spaces between a title and its number of tests
NAMED_TESTS = 3
OWN_NAMES = {
    Kind.LEAK: ("leak", "leaks"),
    Kind.UNCOLLECTABLE: ("uncollectable", "uncollectable"),
    Kind.CYCLE: ("own cycle", "own cycles"),
    Kind.MEMORY: ("memory leak", "memory leaks"),
}

Mark = Literal["title", "detail", "summary"]


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line without its newline; ``mark`` is what the pytest side turns into a colour."""

    text: str
    mark: Mark


def render(document: Document, verbosity: int, limit: int = 10, width: int = 80) -> list[Line]:
    """What a run shows: below 0 the last line; at 0 the worst of the project's own; at 1 all of those; from 2 on everything.

    >>> from pytest_gcguard.core.document import Tally
    >>> document = Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5)
    >>> [line.text for line in render(document, verbosity=0)]
    ['gcguard: 0 tests checked · nothing found · guard cost 0.00 s']
    """
    lines: list[Line] = []
    if verbosity >= 0:
        near = [entry for entry in document.entries if _is_near(entry, verbosity)]
        shown = [entry for place, entry in enumerate(near) if verbosity > 0 or place < limit or entry.failed]
        lines += [line for entry in shown for line in _entry(entry, width)]
        if len(shown) < len(near):
            lines.append(Line(_more(len(near) - len(shown), _of_libraries(document.entries)), "detail"))
    if verbosity > 1:
        apart = [entry for entry in document.entries if not _is_near(entry, verbosity)]
        lines += [Line("not the project's own:", "title")] if apart else []
        lines += [line for entry in apart for line in _entry(entry, width)]
    return [*lines, Line(_last_line(document, verbosity), "summary")]


def _is_near(entry: Entry, verbosity: int) -> bool:
    """Whether the project is to look at it: what failed a test and what is its own, what it knows already only if asked."""
    return entry.failed or (entry.finding.origin is Origin.OWN and (verbosity > 0 or not entry.baseline))


def _of_libraries(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.finding.origin in (Origin.LIBRARY, Origin.STDLIB) and not entry.baseline]


def _more(hidden: int, libraries: Sequence[Entry]) -> str:
    others = f", {len(libraries)} of libraries: -vv" if libraries else ""
    return f"… and {_counted(hidden, 'more own finding')} (-v shows all{others})"


def _entry(entry: Entry, width: int) -> Iterator[Line]:
    title, tests = _title(entry.finding), _counted(len(entry.tests), "test")
    gap = max(GAP, width - len(title) - len(tests))
    yield Line(title + " " * gap + tests, "title")
    for label, text in _details(entry):
        yield Line(f"    {label:<9}{text}", "detail")


def _title(finding: Finding) -> str:
    subject = finding.types[0] if finding.kind is Kind.LEAK and finding.types else finding.title
    grown = growth(finding)
    return f"{finding.kind.rule} {finding.kind.value}  {subject}" + (f"  {grown}" if grown else "")


def growth(finding: Finding) -> str:
    """By how much a finding's type grows in a run, or by how many bytes; empty where nothing is counted.

    >>> growth(Finding("GCG003-0a1b2c3d", Kind.LEAK, Origin.OWN, "app.A", ("app.A",), growth=(2, 1, 1)))
    '+1 a run (+2 +1 +1)'
    """
    if not finding.growth:
        return ""
    shown = [_bytes(number) if finding.kind is Kind.MEMORY else f"{number:+d}" for number in finding.growth]
    if len(shown) == 1:
        return f"{shown[0]} in its only run"
    repeats = finding.growth[1:]
    low, high = (shown[1 + repeats.index(number)] for number in (min(repeats), max(repeats)))
    rise = low if low == high else f"{low} to {high}"
    return f"{rise} a run ({' '.join(shown)})"


def _bytes(number: int) -> str:
    """A number of bytes in the unit that suits it, as in ``+1.5 kB``."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if abs(number) >= size:
            return f"{number / size:+.1f} {unit}"
    return f"{number:+d} bytes"


def _details(entry: Entry) -> Iterator[tuple[str, str]]:
    finding, cut = entry.finding, entry.finding.cut
    if finding.holder:
        yield "held by", finding.holder
    if finding.made_at:
        yield "made at", str(finding.made_at[0])
    if cut and finding.kind in (Kind.CYCLE, Kind.UNCOLLECTABLE):
        yield "cut", _cut(cut, finding.objects + finding.retained)
    if cut and cut.hint:
        yield "fix", cut.hint
    for note in finding.notes:
        yield "note", note
    if entry.baseline:
        yield "note", "known: it is in the baseline"
    yield "tests", _tests(entry.tests)


def _cut(cut: Cut, frees: int) -> str:
    freed = f"frees {_counted(frees, 'object')} a test"
    if not cut.verified:
        effect = "a likely cut, not verified"
    elif not cut.also:
        effect = f"the only cut needed; {freed}"
    else:
        effect = f"{'both' if len(cut.also) == 1 else 'all'} needed; {freed}"
    parts: list[Cut | Step] = [cut, *cut.also]
    return f"{' and '.join(f'{part.edge} of {part.type}{_at(part)}' for part in parts)}: {effect}"


def _at(part: Cut | Step) -> str:
    return f" ({part.file}:{part.line})" if part.file and part.line else f" ({part.file})" if part.file else ""


def _tests(tests: Sequence[TestEntry]) -> str:
    names = ", ".join(test.nodeid for test in tests[:NAMED_TESTS])
    rest = len(tests) - NAMED_TESTS
    return f"{names} (and {rest} more)" if rest > 0 else names


def _last_line(document: Document, verbosity: int) -> str:
    """The one line that every run ends with; the tests that failed are named where it is plain what failed them."""
    failed = f" ({_counted(document.summary.failed, 'test')} failed)" if document.summary.failed else ""
    parts = list(_parts(document.entries, verbosity))
    culprits = [text for text, entries in parts if any(entry.failed for entry in entries)]
    checked = f"{_counted(document.summary.checked, 'test')} checked"
    said = [f"{checked}{failed}" if len(culprits) != 1 else checked]
    said += [f"{text}{failed}" if culprits == [text] else text for text, _ in parts] or ["nothing found"]
    return f"gcguard: {' · '.join(said)} · guard cost {document.summary.guard_seconds:.2f} s"


def _parts(entries: Sequence[Entry], verbosity: int) -> Iterator[tuple[str, Sequence[Entry]]]:
    """The findings in the groups that the last line counts, without the empty ones."""
    fresh = [entry for entry in entries if not entry.baseline]
    for kind, (one, many) in OWN_NAMES.items():
        own = [entry for entry in fresh if entry.finding.origin is Origin.OWN and entry.finding.kind is kind]
        if own:
            yield _counted(len(own), one, many), own
    libraries = _of_libraries(entries)
    if libraries:
        yield f"{len(libraries)} of libraries", libraries
    harness = [entry for entry in fresh if entry.finding.origin is Origin.HARNESS and (verbosity > 1 or entry.failed)]
    if harness:
        yield f"{len(harness)} of the test tools", harness
    known = [entry for entry in entries if entry.baseline]
    if known:
        yield f"{len(known)} in the baseline", known


def _counted(number: int, name: str, plural: str = "") -> str:
    return f"{number} {name if number == 1 else plural or name + 's'}"
