"""The two written forms of findings: the record of one finding of one test, and the JSON document of a whole run.

Rules of this file: what is written can be read again, and gives the same values; everything that is read is checked. A
*record* is a plain dict (it crosses pytest-xdist in the test's report); the *JSON document* is in schema 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_gcguard.core.documents.checking import added, all_of, later, number, optional, take
from pytest_gcguard.core.documents.document import OUTCOMES, Document, Entry, Outcome, Summary, TestEntry, count_origins
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Place, Step

if TYPE_CHECKING:  # few documents have any
    from pytest_gcguard.core.heap.pauses import Pause, Pauses

Json = dict[str, Any]

SCHEMA = 1
TOOL = "pytest-gcguard"


def finding_to_dict(finding: Finding, outcome: Outcome) -> Json:
    """A finding of one test as a record: dicts, lists, text and numbers only.

    >>> cycle = Finding("GCG002-1f3a9c04", Kind.CYCLE, Origin.OWN, "app.Node → .parent", ("app.Node",), objects=2)
    >>> record = finding_to_dict(cycle, "reported")
    >>> record["kind"], record["origin"], record["objects"], record["outcome"]
    ('cycle', 'own', 2, 'reported')
    """
    numbers = {"objects": finding.objects, "retained": finding.retained, "count": finding.count}
    return _described(finding) | numbers | {"confirmed": finding.confirmed, "outcome": outcome}


def finding_from_dict(mapping: Mapping[str, Any]) -> tuple[Finding, Outcome]:
    """The finding and the outcome that a record was made of; raises `ValueError` if something is wrong with the record.

    >>> cycle = Finding("GCG002-1f3a9c04", Kind.CYCLE, Origin.OWN, "app.Node → .parent", ("app.Node",), objects=2)
    >>> finding_from_dict(finding_to_dict(cycle, "reported")) == (cycle, "reported")
    True
    """
    count, confirmed = take(mapping, "count", int), take(mapping, "confirmed", bool)
    return _finding(mapping, take(mapping, "objects", int), count, confirmed), _outcome(mapping)


def as_json(document: Document) -> Json:
    """The document in schema 1, its keys in the order of the reference documentation.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> document = Tally("1.0", "3.14.0").document("2030-01-31T12:00:00Z", seconds=3.5)
    >>> as_json(document)["tool"]
    {'name': 'pytest-gcguard', 'version': '1.0'}
    """
    summary = document.summary
    return {
        "schema": SCHEMA,
        "tool": {"name": TOOL, "version": document.version},
        "python": document.python,
        "started": document.started,
        "seconds": document.seconds,
        "partial": document.partial,
        "summary": {
            "tests": summary.tests,
            "checked": summary.checked,
            "failed": summary.failed,
            "guard_seconds": summary.guard_seconds,
            "findings": {kind.value: summary.findings.get(kind.value, 0) for kind in Kind},
        },
        "findings": [_entry_to_json(entry) for entry in document.entries],
        **({} if document.pauses is None else {"pauses": _pauses_to_json(document.pauses)}),
    }


def from_json(mapping: object) -> Document:
    """The document that a JSON document was made of; raises `ValueError` with the reason if it is none.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> document = Tally("1.0", "3.14.0").document("2030-01-31T12:00:00Z", seconds=3.5)
    >>> from_json(as_json(document)) == document
    True
    >>> from_json({"schema": 2, "tool": {"name": "pytest-gcguard", "version": "7.0"}})
    Traceback (most recent call last):
    ValueError: this report of pytest-gcguard 7.0 has schema 2; only schema 1 can be read here
    """
    version = _version(mapping)
    try:
        entries = tuple(_entry_from_json(finding) for finding in take(mapping, "findings", list))
        return Document(
            started=take(mapping, "started", str),
            seconds=number(mapping, "seconds"),
            python=take(mapping, "python", str),
            version=version,
            summary=_summary(take(mapping, "summary", dict), entries),
            entries=entries,
            pauses=_pauses(take(mapping, "pauses", dict)) if isinstance(mapping, Mapping) and "pauses" in mapping else None,
            partial=added(mapping, "partial", bool, False),
        )
    except ValueError as broken:
        raise ValueError(f"this report of {TOOL} {version} is damaged: {broken}") from broken


def _version(mapping: object) -> str:
    """The version that wrote a report; raises `ValueError` if the report cannot be read here."""
    tool = mapping.get("tool") if isinstance(mapping, Mapping) else None
    if not isinstance(tool, Mapping) or tool.get("name") != TOOL:
        raise ValueError(f"this is not a JSON report of {TOOL}: its tool.name is missing or another")
    schema, version = take(mapping, "schema", int), take(tool, "version", str)
    if schema != SCHEMA:
        raise ValueError(f"this report of {TOOL} {version} has schema {schema}; only schema {SCHEMA} can be read here")
    return version


def _described(finding: Finding) -> Json:
    """What a record and a JSON document say about a finding in the same words and order."""
    cut, steps, places = finding.cut, finding.path, finding.made_at
    return {
        "signature": finding.signature,
        "rule": finding.kind.rule,
        "kind": finding.kind.value,
        "origin": finding.origin.value,
        "title": finding.title,
        "types": list(finding.types),
        "path": [_step_to_dict(step) for step in steps],
        "cut": None if cut is None else _cut_to_dict(cut),
        "holder": finding.holder,
        "made_at": [{"file": place.file, "line": place.line, "function": place.function} for place in places],
        "growth": None if finding.growth is None else list(finding.growth),
        "notes": list(finding.notes),
        "shape": finding.shape,
        "fixture": None if finding.fixture is None else dict(zip(("name", "scope"), finding.fixture, strict=True)),
    }


def _cut_to_dict(cut: Cut) -> Json:
    names = ("edge", "type", "file", "line", "verified", "hint")
    also = [_step_to_dict(step) for step in cut.also]
    return {name: getattr(cut, name) for name in names} | {"also": also} | ({"partly": True} if cut.partly else {})


def _step_to_dict(step: Step) -> Json:
    return {"type": step.type, "edge": step.edge, "file": step.file, "line": step.line}


def _entry_to_json(entry: Entry) -> Json:
    tests = [{"nodeid": test.nodeid, "outcome": test.outcome, "objects": test.objects} for test in entry.tests]
    numbers = {"objects": entry.objects, "retained": entry.finding.retained}
    return _described(entry.finding) | numbers | {"baseline": entry.baseline, "tests": tests}


def _entry_from_json(mapping: object) -> Entry:
    tests = tuple(
        TestEntry(take(test, "nodeid", str), _outcome(test), take(test, "objects", int))
        for test in take(mapping, "tests", list)
    )
    if not tests:
        raise ValueError("a finding has no tests")
    first = min(tests, key=lambda test: test.nodeid)
    return Entry(_finding(mapping, first.objects), take(mapping, "baseline", bool), tests)


def _finding(mapping: object, objects: int, count: int = 1, confirmed: bool = True) -> Finding:
    cut, growth = optional(mapping, "cut", dict), optional(mapping, "growth", list)
    fixture = later(mapping, "fixture", dict)
    return Finding(
        signature=take(mapping, "signature", str),
        kind=Kind(take(mapping, "kind", str)),
        origin=Origin(take(mapping, "origin", str)),
        title=take(mapping, "title", str),
        types=all_of(take(mapping, "types", list), str),
        path=tuple(map(_step, take(mapping, "path", list))),
        cut=None if cut is None else _cut(cut),
        holder=optional(mapping, "holder", str),
        made_at=tuple(
            Place(take(place, "file", str), take(place, "line", int), optional(place, "function", str))
            for place in take(mapping, "made_at", list)
        ),
        growth=None if growth is None else all_of(growth, int),
        objects=objects,
        retained=take(mapping, "retained", int),
        count=count,
        confirmed=confirmed,
        notes=all_of(take(mapping, "notes", list), str),
        shape=later(mapping, "shape", str),
        fixture=None if fixture is None else (take(fixture, "name", str), take(fixture, "scope", str)),
    )


def _step(mapping: object) -> Step:
    return Step(
        take(mapping, "type", str), take(mapping, "edge", str), optional(mapping, "file", str), optional(mapping, "line", int)
    )


def _cut(mapping: object) -> Cut:
    return Cut(
        type=take(mapping, "type", str),
        edge=take(mapping, "edge", str),
        file=optional(mapping, "file", str),
        line=optional(mapping, "line", int),
        verified=take(mapping, "verified", bool),
        hint=take(mapping, "hint", str),
        also=tuple(map(_step, later(mapping, "also", list) or ())),
        partly=added(mapping, "partly", bool, False),
    )


def _summary(mapping: object, entries: Iterable[Entry]) -> Summary:
    findings = take(mapping, "findings", dict)
    return Summary(
        tests=take(mapping, "tests", int),
        checked=take(mapping, "checked", int),
        failed=take(mapping, "failed", int),
        guard_seconds=number(mapping, "guard_seconds"),
        findings={kind.value: take(findings, kind.value, int) for kind in Kind},
        origins=count_origins(entries),
    )


def _pauses_to_json(pauses: Pauses) -> Json:
    tests = [{"nodeid": test.nodeid, "generations": _generations(test.generations)} for test in pauses.tests]
    return {
        "thresholds": [list(each) for each in pauses.thresholds],
        "generations": _generations(pauses.generations),
        "in_tests": _generations(pauses.in_tests),
        "tests": tests,
    }


def _generations(pauses: Iterable[Pause]) -> list[Json]:
    return [
        dataclasses.asdict(pause) | {"seconds": round(pause.seconds, 6), "longest": round(pause.longest, 6)}
        for pause in pauses
    ]


def _pauses(mapping: object) -> Pauses:
    from pytest_gcguard.core.heap.pauses import Pauses, TestPauses

    return Pauses(
        thresholds=tuple(all_of(each, int) for each in all_of(take(mapping, "thresholds", list), list)),
        generations=_pauses_of(mapping, "generations"),
        in_tests=_pauses_of(mapping, "in_tests"),
        tests=tuple(
            TestPauses(take(test, "nodeid", str), _pauses_of(test, "generations")) for test in take(mapping, "tests", list)
        ),
    )


def _pauses_of(mapping: object, key: str) -> tuple[Pause, ...]:
    from pytest_gcguard.core.heap.pauses import Pause

    return tuple(
        Pause(take(row, "collections", int), number(row, "seconds"), number(row, "longest"), take(row, "collected", int))
        for row in take(mapping, key, list)
    )


def _outcome(mapping: object) -> Outcome:
    outcome = take(mapping, "outcome", str)
    if outcome not in OUTCOMES:
        raise ValueError(f"outcome is {outcome!r}, which is none of {', '.join(OUTCOMES)}")
    return outcome
