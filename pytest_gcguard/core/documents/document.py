"""The document of a run: what every report is rendered from.

Rules of this file: inert values; entries are ordered and counted here and nowhere else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from pytest_gcguard.core.kinds import Kind, Origin

if TYPE_CHECKING:  # who only counts tests needs no more
    from pytest_gcguard.core.heap.pauses import Pauses
    from pytest_gcguard.core.model import Finding

Outcome = Literal["failed", "reported", "baselined"]
OUTCOMES: tuple[Outcome, ...] = ("failed", "reported", "baselined")
"""The worst first."""
REASON = "in the baseline: "
"""The note that gives the reason of a known finding begins with this."""
WORST_FIRST = (Kind.LEAK, Kind.UNCOLLECTABLE, Kind.CYCLE, Kind.MEMORY)


@dataclasses.dataclass(frozen=True, slots=True)
class TestEntry:
    """A test that has a finding, what became of it, and how many objects it concerns there."""

    __test__: ClassVar[bool] = False  # the name is no invitation to pytest

    nodeid: str
    outcome: Outcome
    objects: int


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One signature, with the finding that stands for all its tests, and the tests; those that it fails come first."""

    finding: Finding
    baseline: bool
    tests: tuple[TestEntry, ...]

    @property
    def objects(self) -> int:
        """The objects in all of its tests together."""
        return sum(test.objects for test in self.tests)

    @property
    def failed(self) -> bool:
        """Whether it failed at least one test."""
        return any(test.outcome == "failed" for test in self.tests)


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a run. ``findings`` counts signatures by kind, ``origins`` by origin; both have every key."""

    tests: int
    checked: int
    failed: int
    guard_seconds: float
    findings: Mapping[str, int]
    origins: Mapping[str, int]


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A run as reports see it: ``started`` is ISO 8601 in UTC, ``version`` the one of pytest-gcguard, entries worst first.

    ``pauses`` is there only for a run that timed automatic gc. ``partial``: the run did not come to its end, so what later
    tests would have shown is missing.
    """

    started: str
    seconds: float
    python: str
    version: str
    summary: Summary
    entries: tuple[Entry, ...]
    pauses: Pauses | None = None
    partial: bool = False


def _rank(entry: Entry) -> tuple[bool, int, int, int, str]:
    finding = entry.finding
    origin, kind = list(Origin).index(finding.origin), WORST_FIRST.index(finding.kind)
    return not entry.failed, origin, kind, -len(entry.tests), finding.signature


def _count_kinds(entries: Iterable[Entry]) -> dict[str, int]:
    kinds = [entry.finding.kind for entry in entries]
    return {kind.value: kinds.count(kind) for kind in Kind}


def count_origins(entries: Iterable[Entry]) -> dict[str, int]:
    """How many findings there are of each origin."""
    origins = [entry.finding.origin for entry in entries]
    return {origin.value: origins.count(origin) for origin in Origin}


def worse(one: Outcome, other: Outcome) -> Outcome:
    """The outcome that stands where the same test has two.

    >>> worse("reported", "failed")
    'failed'
    """
    return min(one, other, key=OUTCOMES.index)


def failing_first(tests: Iterable[TestEntry]) -> tuple[TestEntry, ...]:
    """The tests of a finding in the order of an entry: those that it fails, then the others, each by name."""
    return tuple(sorted(tests, key=lambda test: (test.outcome != "failed", test.nodeid)))


def arranged(document: Document, entries: Iterable[Entry]) -> Document:
    """The document with other entries, worst first, and with their numbers by kind and origin."""
    ranked = tuple(sorted(entries, key=_rank))
    summary = dataclasses.replace(document.summary, findings=_count_kinds(ranked), origins=count_origins(ranked))
    return dataclasses.replace(document, summary=summary, entries=ranked)
