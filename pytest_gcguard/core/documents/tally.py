"""Adds up what the tests of a run leave, into the run's document.

Rules of this file: the same records give the same document, in whatever order they come; a run that finds nothing does not
import what findings need.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_gcguard.core.documents.document import Document
    from pytest_gcguard.core.documents.gathered import Gathered


class Tally:
    """Adds up the records of tests, in whatever order they come.

    >>> from pytest_gcguard import Finding, Kind, Origin
    >>> from pytest_gcguard.core.documents.written import finding_to_dict
    >>> leak = Finding("GCG003-0a1b2c3d", Kind.LEAK, Origin.OWN, "app.Session", ("app.Session",), growth=(1, 1), objects=2)
    >>> tally = Tally("1.0")
    >>> tally.add("test_a.py::test_login", [finding_to_dict(leak, "failed")], checked=True, seconds=0.25)
    >>> tally.add("test_a.py::test_logout", [], checked=True, seconds=0.25)
    >>> document = tally.document("2030-01-31T12:00:00Z", seconds=3.5)
    >>> document.summary.checked, document.summary.failed, document.summary.guard_seconds
    (2, 1, 0.5)
    >>> [(entry.finding.signature, entry.objects) for entry in document.entries]
    [('GCG003-0a1b2c3d', 2)]
    """

    def __init__(self, version: str, python: str | None = None) -> None:
        self._version = version
        self._python = python or platform.python_version()
        self._tests: dict[str, bool] = {}
        self._nanoseconds = 0  # whole ones, whose sum has no order
        self._gathered: Gathered | None = None

    def add(self, nodeid: str, records: Iterable[Mapping[str, Any]], checked: bool, seconds: float) -> None:
        """Add what a test's report says: its records, whether it was guarded and what that cost.

        Adding a test twice counts it once, adds up its objects and lets its worse outcome stand. A record with a ``nodeid`` is
        of a wider-scoped fixture, which each process of a run sets up for itself: the largest of them counts.

        >>> tally = Tally("1.0")
        >>> for _ in range(2):
        ...     tally.add("test_a.py::test_login", [], checked=True, seconds=0.25)
        >>> tally.document("2030-01-31T12:00:00Z", seconds=3.5).summary.tests
        1
        """
        self._tests[nodeid] = self._tests.get(nodeid, False) or checked
        self._nanoseconds += round(seconds * 1e9)
        for record in records:
            self._findings().add(nodeid, record)

    def _findings(self) -> Gathered:
        if self._gathered is None:
            from pytest_gcguard.core.documents.gathered import Gathered

            self._gathered = Gathered()
        return self._gathered

    @property
    def found(self) -> bool:
        """Whether there is any finding."""
        return self._gathered is not None

    @property
    def checked(self) -> int:
        """How many tests were guarded."""
        return sum(self._tests.values())

    @property
    def guard_seconds(self) -> float:
        """What guarding them took."""
        return round(self._nanoseconds / 1e9, 6)

    def document(self, started: str, seconds: float, partial: bool = False) -> Document:
        """Everything added so far as a document.

        >>> Tally("1.0", "3.14.0").document("2030-01-31T12:00:00Z", seconds=3.5).entries
        ()
        """
        from pytest_gcguard.core.documents.document import Document, Summary, arranged

        entries = self._gathered.entries() if self._gathered is not None else []
        failed = {test.nodeid for entry in entries for test in entry.tests if test.outcome == "failed"}
        summary = Summary(len(self._tests), self.checked, len(failed), self.guard_seconds, {}, {})
        bare = Document(started, round(seconds, 6), self._python, self._version, summary, (), partial=partial)
        return arranged(bare, entries)
