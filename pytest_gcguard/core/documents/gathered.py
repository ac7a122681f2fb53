"""The findings of a run, one for each signature, with the tests that have it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pytest_gcguard.core.documents.cutting import for_all
from pytest_gcguard.core.documents.document import Entry, Outcome, TestEntry, failing_first, worse
from pytest_gcguard.core.documents.written import finding_from_dict
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cut, Finding

_Fate = tuple[Outcome, int]
"""What became of a test, and how many objects the finding concerns there."""


class Gathered:
    """Takes the records of tests; what it gives does not depend on their order."""

    def __init__(self) -> None:
        self._examples: dict[str, tuple[str, Finding]] = {}
        self._cuts: dict[str, set[Cut | None]] = {}
        self._tests: dict[str, dict[str, _Fate]] = {}
        self._fates: dict[_Fate, _Fate] = {}

    def add(self, nodeid: str, record: Mapping[str, Any]) -> None:
        """Adds a record of a test, or of the fixture that the record names."""
        fixture: str | None = record.get("nodeid")
        finding, outcome = finding_from_dict(record)
        place = fixture or nodeid
        known = self._examples.get(finding.signature)
        if known is None or _order(place, finding) < _order(*known):
            self._examples[finding.signature] = place, finding
        self._cuts.setdefault(finding.signature, set()).add(finding.cut)
        tests = self._tests.setdefault(finding.signature, {})
        before, objects = tests.get(place, (outcome, 0))
        fate = worse(before, outcome), objects + finding.objects if fixture is None else max(objects, finding.objects)
        tests[place] = self._fates.setdefault(fate, fate)  # one for all tests that are alike

    def entries(self) -> list[Entry]:
        """An entry for each signature, in no order."""
        return [
            _entry(for_all(finding, self._cuts[signature]), self._tests[signature])
            for signature, (_, finding) in self._examples.items()
        ]


def _order(place: str, finding: Finding) -> tuple[int, bool, bool, str, str]:
    """The finding that comes first by this stands for all that have its signature.

    One of the project's comes before others; of leaks, those that repeats have shown and whose line was looked for; then that
    of the first test by name.
    """
    leaks = finding.growth is not None
    once, nowhere = leaks and len(finding.growth or ()) < 2, leaks and not finding.made_at
    return list(Origin).index(finding.origin), once, nowhere, place, repr(finding)


def _entry(finding: Finding, found: Mapping[str, _Fate]) -> Entry:
    """An entry as it can be written and read again.

    The finding's objects are those of its first test by name. What only the judge needs (``count``, ``confirmed``) is left
    out; what readers should know of it is in the notes.
    """
    example = dataclasses.replace(finding, objects=found[min(found)][1], count=1, confirmed=True)
    tests = failing_first(TestEntry(place, outcome, objects) for place, (outcome, objects) in found.items())
    return Entry(example, all(test.outcome == "baselined" for test in tests), tests)
