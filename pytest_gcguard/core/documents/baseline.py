"""The baseline: findings that are known, do not fail a run, and must neither grow nor linger in the list.

Rules of this file: text and values in, text and values out; a *place* is a test function by its node id without parameters,
or a wider-scoped fixture. A run says nothing about what it did not look at: such an entry is not stale and is not dropped.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pytest_gcguard.core.documents.checking import listed_in
from pytest_gcguard.core.documents.coverage import Coverage, place_of
from pytest_gcguard.core.documents.document import REASON, Document, Entry

FORMAT = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """An entry of the list: a finding in up to ``tests`` tests, counted by place in ``where``. A person writes ``reason``."""

    signature: str
    title: str
    tests: int
    reason: str = ""
    where: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def rule(self) -> str:
        """The number of its rule, as ``GCG002``."""
        return self.signature.partition("-")[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Grown:
    """A known finding in more tests than the list allows; ``new`` are the places that are not in the list."""

    known: Known
    tests: int
    new: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Compared:
    """How a run differs from the list: what has grown, and what the run would have seen if it were still there."""

    grown: tuple[Grown, ...] = ()
    stale: tuple[Known, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Baseline:
    """The known findings by signature."""

    entries: Mapping[str, Known] = dataclasses.field(default_factory=dict)

    def compared(self, document: Document, coverage: Coverage) -> Compared:
        """What a run says about the list."""
        found = {entry.finding.signature: entry for entry in document.entries}
        grown, stale = [], []
        for known in self.entries.values():
            entry = found.get(known.signature)
            if entry is None:
                if _looked_for(known, coverage):
                    stale.append(known)
            elif len(entry.tests) > known.tests:
                new = tuple(place for place in sorted(_where(entry)) if place not in known.where) if known.where else ()
                grown.append(Grown(known, len(entry.tests), new))
        return Compared(tuple(grown), tuple(stale))

    def updated(self, document: Document, coverage: Coverage) -> Baseline:
        """The list as a run found it: reasons stay, and so does what the run did not look at."""
        found = {
            entry.finding.signature: entry
            for entry in document.entries
            if any(test.outcome == "baselined" for test in entry.tests)
        }
        entries = {}
        for signature in self.entries.keys() | found.keys():
            known, entry = self.entries.get(signature), found.get(signature)
            if known is None and entry is not None:
                known = Known(signature, entry.finding.title, 0)
            if known is not None and (now := _counted(known, _where(entry) if entry else {}, coverage)) is not None:
                entries[signature] = now
        return Baseline(entries)

    def noted(self, document: Document, compared: Compared) -> Document:
        """The document with the reasons among the notes; what has grown is no longer let through."""
        grown = {each.known.signature: each for each in compared.grown}
        entries = tuple(
            _noted(entry, self.entries[entry.finding.signature], grown.get(entry.finding.signature))
            if entry.finding.signature in self.entries
            else entry
            for entry in document.entries
        )
        return dataclasses.replace(document, entries=entries)


def read(text: str) -> Baseline:
    """The baseline in the text of a file; raises `ValueError` with the reason if it is none.

    >>> read('{"gcguard_baseline": 1, "findings": []}')
    Baseline(entries={})
    >>> read('{"repos": []}')
    Traceback (most recent call last):
    ValueError: it is not a baseline of pytest-gcguard: it has no "gcguard_baseline"
    """
    entries: dict[str, Known] = {}
    for at, each in enumerate(listed_in(text, "baseline", FORMAT, "findings"), 1):
        known = _known(each, f"finding {at}")
        if known.signature in entries:
            raise ValueError(f"{known.signature} is in it twice")
        entries[known.signature] = known
    return Baseline(entries)


def _known(each: Any, which: str) -> Known:
    if not isinstance(each, dict):
        raise ValueError(f"{which} is not an object")
    signature, where = each.get("signature"), each.get("where", {})
    if not isinstance(signature, str) or not signature:
        raise ValueError(f"{which} has no signature")
    title, tests, reason = each.get("title", ""), each.get("tests"), each.get("reason", "")
    if type(tests) is not int or tests < 0:
        raise ValueError(f'"tests" of {signature} is {tests!r:.40}; it must be a whole number')
    if not isinstance(title, str) or not isinstance(reason, str):
        raise ValueError(f'"title" and "reason" of {signature} must be texts')
    if not isinstance(where, dict) or not all(type(number) is int for number in where.values()):
        raise ValueError(f'"where" of {signature} must be an object with a whole number for each test function')
    return Known(signature, title, tests, reason, where)


def write(baseline: Baseline) -> str:
    """The text of a baseline's file: sorted, one thing a line, so that a change is a small difference.

    >>> print(write(Baseline()), end="")
    {
      "gcguard_baseline": 1,
      "findings": []
    }
    """
    findings = [
        {
            "signature": known.signature,
            "title": known.title,
            "tests": known.tests,
            "reason": known.reason,
            "where": dict(sorted(known.where.items())),
        }
        for _, known in sorted(baseline.entries.items())
    ]
    text = json.dumps({"gcguard_baseline": FORMAT, "findings": findings}, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _where(entry: Entry) -> Counter[str]:
    return Counter(place_of(test.nodeid) for test in entry.tests)


def _looked_for(known: Known, coverage: Coverage) -> bool:
    """Whether a run would have seen a finding that it did not report."""
    if not known.where:
        return coverage.complete(known.rule)
    return all(coverage.of(place, known.rule) for place in known.where)


def _counted(known: Known, seen: Mapping[str, int], coverage: Coverage) -> Known | None:
    """A known finding with the numbers of a run, or None if it is gone."""
    if not known.where and known.tests and not coverage.complete(known.rule):
        # written by hand, without its places: they are not all known yet
        return dataclasses.replace(known, tests=max(known.tests, sum(seen.values())))
    where = {
        place: number
        for place in known.where.keys() | seen.keys()
        if (number := _number(place, known, seen.get(place, 0), coverage))
    }
    return dataclasses.replace(known, tests=sum(where.values()), where=where) if where else None


def _number(place: str, known: Known, seen: int, coverage: Coverage) -> int:
    before = known.where.get(place, 0)
    return seen if seen >= before or coverage.of(place, known.rule) else before


def _noted(entry: Entry, known: Known, grown: Grown | None) -> Entry:
    notes: Iterable[str] = (f"{REASON}{known.reason}",) if known.reason else ()
    if grown is not None:
        notes = (*notes, grown_words(grown))
    finding = dataclasses.replace(entry.finding, notes=(*entry.finding.notes, *notes))
    return dataclasses.replace(entry, finding=finding, baseline=entry.baseline and grown is None)


def grown_words(grown: Grown) -> str:
    """What has grown, for people.

    >>> grown_words(Grown(Known("GCG002-1f3a9c04", "app.Node → .me", 2), 3, ("test_a.py::test_new",)))
    'grown: in 3 tests, the baseline allows 2; new in test_a.py::test_new'
    """
    plural = "" if grown.tests == 1 else "s"
    more = f"; new in {_some(grown.new)}" if grown.new else ""
    return f"grown: in {grown.tests} test{plural}, the baseline allows {grown.known.tests}{more}"


def _some(texts: Collection[str], number: int = 3) -> str:
    shown = ", ".join(list(texts)[:number])
    return f"{shown} (and {len(texts) - number} more)" if len(texts) > number else shown


__all__ = [
    "FORMAT",
    "Baseline",
    "Compared",
    "Grown",
    "Known",
    "grown_words",
    "read",
    "write",
]
