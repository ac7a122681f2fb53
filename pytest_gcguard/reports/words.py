"""The words that the reports for people share: the title of a finding and the details on it, as plain text.

Rules of this file: everything is worded once, here, so that the terminal, Markdown and HTML never say different things about a
finding; nothing is escaped or laid out here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_gcguard.core.documents.document import REASON, Document, Entry, TestEntry
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Step
from pytest_gcguard.core.shapes import pages
from pytest_gcguard.reports import same_cut
from pytest_gcguard.reports.closing import closing, counted

OWN_NAMES = {
    Kind.LEAK: ("leak", "leaks"),
    Kind.UNCOLLECTABLE: ("uncollectable", "uncollectable"),
    Kind.CYCLE: ("own cycle", "own cycles"),
    Kind.MEMORY: ("memory leak", "memory leaks"),
}
ORIGINS = {
    Origin.OWN: "the project's own",
    Origin.LIBRARY: "of a library",
    Origin.STDLIB: "of the standard library",
    Origin.HARNESS: "of the test tools",
}
SENTENCES = frozenset({"also", "fix", "note", "shape"})  # the labels of details that are text, not code
PARTIAL = "the run ended early, so this report is partial: what the tests after its end would have shown is missing"


def title(finding: Finding) -> str:
    """A finding in one line: its rule, its kind, what it is about, and how it grows.

    >>> title(Finding("GCG003-0a1b2c3d", Kind.LEAK, Origin.OWN, "app.A", ("app.A",), growth=(1, 1)))
    'GCG003 leak  app.A  +1 a run (+1 +1)'
    """
    grown = growth(finding)
    return f"{finding.kind.rule} {finding.kind.value}  {finding.title}" + (f"  {grown}" if grown else "")


def growth(finding: Finding) -> str:
    """By how much a finding's type grows in a run, or by how many bytes; empty where nothing is counted.

    The first run may fill something that is filled only once: where it differs from the others, it is shown apart.

    >>> growth(Finding("GCG003-0a1b2c3d", Kind.LEAK, Origin.OWN, "app.A", ("app.A",), growth=(2, 1, 1)))
    '+1 a run (+2 at first, then +1 +1)'
    """
    if not finding.growth:
        return ""
    shown = [_bytes(number) if finding.kind is Kind.MEMORY else f"{number:+d}" for number in finding.growth]
    if len(shown) == 1:
        return f"{shown[0]} in its only run"
    first, *repeats = finding.growth
    low, high = (shown[1 + repeats.index(number)] for number in (min(repeats), max(repeats)))
    rise = low if low == high else f"{low} to {high}"
    within = min(repeats) <= first <= max(repeats) or shown[0] in (low, high)  # bytes may differ by less than is shown
    runs = " ".join(shown) if within else f"{shown[0]} at first, then {' '.join(shown[1:])}"
    return f"{rise} a run ({runs})"


def _bytes(number: int) -> str:
    """A number of bytes in the unit that suits it, as in ``+1.5 kB``."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if abs(number) >= size:
            return f"{number / size:+.1f} {unit}"
    return f"{number:+d} bytes"


def details(entry: Entry, others: Sequence[Entry] = ()) -> Iterator[tuple[str, str]]:
    """What helps to end a finding, as pairs of a label and a text, without its tests.

    ``others`` are the findings that the same lines make.
    """
    yield from facts(entry.finding)
    if others:
        yield "also", same_cut.told(others)
    if entry.baseline and not reason(entry):
        yield "note", "known: it is in the baseline"


def details_and_shape(entry: Entry, others: Sequence[Entry] = ()) -> Iterator[tuple[str, str]]:
    """The same with the pattern that the finding follows, for reports that are read without a shell at hand."""
    yield from details(entry, others)
    shape = entry.finding.shape
    if shape:
        told = pages.line(shape)  # a report of another version can have a shape that has no page here
        yield "shape", f"{shape}: {told}" if told else shape


def facts(finding: Finding) -> Iterator[tuple[str, str]]:
    """What helps to end a finding, as far as the finding itself says so.

    >>> found = Finding("GCG003-0a1b2c3d", Kind.LEAK, Origin.OWN, "app.A", ("app.A",), holder="app.KEPT[0]", notes=("seen",))
    >>> list(facts(found))
    [('held by', 'app.KEPT[0]'), ('note', 'seen')]
    """
    what = finding.cut
    if finding.holder:
        yield "held by", finding.holder
    if finding.made_at:
        yield "made at", str(finding.made_at[0])
    if what and finding.kind in (Kind.CYCLE, Kind.UNCOLLECTABLE):
        yield "cut", cut(what, finding.objects + finding.retained)
    if what and what.hint:
        yield "fix", what.hint
    for note in finding.notes:
        yield "note", note


def cut(what: Cut, frees: int) -> str:
    """Which reference to cut, where, and what that does.

    >>> cut(Cut("app.Node", ".parent", "app/tree.py", 18, verified=True), frees=3)
    '.parent of app.Node (app/tree.py:18): the only cut needed; frees 3 objects a test'
    """
    freed = f"frees {counted(frees, 'object')} a test"
    if what.partly:
        effect = "enough for all of these cycles, some need a part of it only"
        effect = effect if what.verified else "enough for some of these cycles, others need another cut"
    elif not what.verified:
        effect = "a likely cut, not verified"
    elif not what.also:
        effect = f"the only cut needed; {freed}"
    else:
        effect = f"{'both' if len(what.also) == 1 else 'all'} needed; {freed}"
    return f"{' and '.join(f'{part.edge} of {part.type}{_at(part)}' for part in what.parts)}: {effect}"


def _at(part: Cut | Step) -> str:
    return f" ({part.file}:{part.line})" if part.file and part.line else f" ({part.file})" if part.file else ""


def named_tests(tests: Sequence[TestEntry], limit: int) -> str:
    """The first tests by name, and how many more there are."""
    names = ", ".join(test.nodeid for test in tests[:limit])
    rest = len(tests) - limit
    return f"{names} (and {rest} more)" if rest > 0 else names


def reason(entry: Entry) -> str:
    """Why a known finding is let through, as a person wrote it into the baseline; empty if nobody did."""
    notes = (note.removeprefix(REASON) for note in entry.finding.notes if note.startswith(REASON))
    return next(notes, "")


def last_line(document: Document, tools: bool = False) -> str:
    """The line that sums a run up. The failed tests are counted with the findings that failed them, if these are of one kind.

    ``tools``: findings of the test tools are counted, too.
    """
    failed = f" ({counted(document.summary.failed, 'test')} failed)" if document.summary.failed else ""
    parts = list(_parts(document.entries, tools))
    culprits = [text for text, entries in parts if any(entry.failed for entry in entries)]
    checked = f"{counted(document.summary.checked, 'test')} checked"
    found = [f"{text}{failed}" if culprits == [text] else text for text, _ in parts]
    return closing(checked if len(culprits) == 1 else f"{checked}{failed}", found, document.summary.guard_seconds)


def _parts(entries: Sequence[Entry], tools: bool) -> Iterator[tuple[str, Sequence[Entry]]]:
    """The findings in the groups that the last line counts, without the empty ones."""
    fresh = [entry for entry in entries if not entry.baseline]
    for kind, (one, many) in OWN_NAMES.items():
        own = [entry for entry in fresh if entry.finding.origin is Origin.OWN and entry.finding.kind is kind]
        if own:
            yield f"{counted(len(own), one, many)}{same_cut.summed_up(own)}", own
    libraries = of_libraries(entries)
    if libraries:
        yield f"{len(libraries)} of libraries", libraries
    harness = [entry for entry in fresh if entry.finding.origin is Origin.HARNESS and (tools or entry.failed)]
    if harness:
        yield f"{len(harness)} of the test tools", harness
    known = [entry for entry in entries if entry.baseline]
    if known:
        yield f"{len(known)} in the baseline", known


def of_libraries(entries: Iterable[Entry]) -> list[Entry]:
    """The findings that are neither the project's nor the test tools', without the known ones."""
    return [entry for entry in entries if entry.finding.origin in (Origin.LIBRARY, Origin.STDLIB) and not entry.baseline]


def counts(entries: Sequence[Entry]) -> Iterator[tuple[str, list[int]]]:
    """Whose findings there are, each origin with how many it has of each kind, in the order of `Kind`."""
    for origin, whose in ORIGINS.items():
        kinds = [entry.finding.kind for entry in entries if entry.finding.origin is origin]
        if kinds:
            yield whose, [kinds.count(kind) for kind in Kind]


def outcome(entry: Entry) -> str:
    """What became of a finding's tests: the word of the worst of them."""
    return "failed" if entry.failed else "baselined" if entry.baseline else "reported"
