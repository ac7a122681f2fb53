"""Several runs as one, and one run beside another.

Rules of this file: documents in, values out; the order of the documents makes no difference; the same signature is the same
finding, whichever machine, shard or version of Python saw it.
"""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from pytest_gcguard.core.documents.cutting import for_all
from pytest_gcguard.core.documents.document import Document, Entry, Summary, TestEntry, arranged, failing_first, worse
from pytest_gcguard.core.kinds import Origin


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """The findings of a run beside those of an earlier one; ``still`` has each with its entry of before."""

    new: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    still: tuple[tuple[Entry, Entry], ...]

    @property
    def new_own(self) -> tuple[Entry, ...]:
        """The new findings that are the project's and that no baseline lets through."""
        return tuple(entry for entry in self.new if entry.finding.origin is Origin.OWN and not entry.baseline)


def merge(documents: Sequence[Document]) -> Document:
    """One document of several: tests united, numbers added up; a test of two runs keeps its worse outcome.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> shards = []
    >>> for name in ("test_a.py::test_1", "test_b.py::test_2"):
    ...     tally = Tally("1.0", "3.14.0")
    ...     tally.add(name, [], checked=True, seconds=0.5)
    ...     shards.append(tally.document("2030-01-31T12:00:00Z", seconds=3.5))
    >>> merged = merge(shards)
    >>> merged.summary.tests, merged.summary.guard_seconds, merged.seconds, merged.python
    (2, 1.0, 7.0, '3.14.0')
    """
    groups: defaultdict[str, list[Entry]] = defaultdict(list)
    for document in documents:
        for entry in document.entries:
            groups[entry.finding.signature].append(entry)
    summaries = [document.summary for document in documents]
    merged = Document(
        started=min(document.started for document in documents),
        seconds=round(math.fsum(document.seconds for document in documents), 6),
        python=_several(document.python for document in documents),
        version=_several(document.version for document in documents),
        summary=Summary(
            tests=sum(summary.tests for summary in summaries),
            checked=sum(summary.checked for summary in summaries),
            failed=sum(summary.failed for summary in summaries),
            guard_seconds=round(math.fsum(summary.guard_seconds for summary in summaries), 6),
            findings={},
            origins={},
        ),
        partial=any(document.partial for document in documents),
        entries=(),
    )
    return arranged(merged, map(_united, groups.values()))


def difference(base: Document, head: Document) -> Difference:
    """What is new, gone and still there in ``head``; each in the order of its document, the worst first."""
    before = {entry.finding.signature: entry for entry in base.entries}
    now = {entry.finding.signature for entry in head.entries}
    return Difference(
        new=tuple(entry for entry in head.entries if entry.finding.signature not in before),
        gone=tuple(entry for entry in base.entries if entry.finding.signature not in now),
        still=tuple((before[entry.finding.signature], entry) for entry in head.entries if entry.finding.signature in before),
    )


def _united(entries: Sequence[Entry]) -> Entry:
    """One entry of several with the same signature; the finding of the first test by name stands for all."""
    tests: dict[str, TestEntry] = {}
    for test in (test for entry in entries for test in entry.tests):
        known = tests.get(test.nodeid, test)
        # the same test in two jobs is one test: its objects are those of one run
        tests[test.nodeid] = TestEntry(test.nodeid, worse(known.outcome, test.outcome), max(known.objects, test.objects))
    first = min(entries, key=lambda entry: (min(test.nodeid for test in entry.tests), repr(entry.finding)))
    example = for_all(first.finding, (entry.finding.cut for entry in entries))
    finding = dataclasses.replace(example, objects=tests[min(tests)].objects)
    return Entry(finding, all(entry.baseline for entry in entries), failing_first(tests.values()))


def _several(texts: Iterable[str]) -> str:
    """One version, or all that took part: ``3.9, 3.10``, merged ones taken apart first."""
    parts = {part for text in texts for part in text.split(", ")}
    return ", ".join(sorted(parts, key=_by_number))


def _by_number(version: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(part) if part.isdigit() else -1, part) for part in version.split("."))
