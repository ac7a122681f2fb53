"""SARIF 2.1.0, for code scanning: one result a finding, with its path as a code flow.

Rules of this file: at most 25,000 results, since uploads with more are refused whole; a result is known again by its signature
alone, whatever its line; every location has a file, since readers drop what has none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from pytest_gcguard.core.documents.document import Document, Entry
from pytest_gcguard.core.documents.written import TOOL
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Place
from pytest_gcguard.core.shapes import pages
from pytest_gcguard.reports import words
from pytest_gcguard.reports.location import Locate, as_written, primary
from pytest_gcguard.reports.rules import RULES, Rule
from pytest_gcguard.reports.text import writable

Json = dict[str, Any]

MOST_RESULTS = 25_000
ROOT = "%SRCROOT%"
_KINDS = list(Kind)


def render(document: Document, locate: Locate = as_written) -> str:
    """The text of the report.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> log = json.loads(render(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5)))
    >>> log["version"], [rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]]
    ('2.1.0', ['GCG001', 'GCG002', 'GCG003', 'GCG004'])
    """
    kept = document.entries[:MOST_RESULTS]
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": TOOL,
                        "version": document.version,
                        "rules": [_rule(RULES[kind]) for kind in _KINDS],
                        "notifications": [{"id": "partial"}, {"id": "left-out"}],
                    }
                },
                "automationDetails": {"id": f"{TOOL}/"},
                "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(document, len(kept))],
                "results": [_result(entry, locate) for entry in kept],
            }
        ],
    }
    return writable(json.dumps(log, ensure_ascii=False)) + "\n"  # on one line, which halves its size and its time


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.short},
        "fullDescription": {"text": rule.meaning},
        "help": {
            "text": f"{rule.meaning}\n\n{rule.remedy}",
            "markdown": pages.page(rule.id),
        },
        "defaultConfiguration": {"level": "warning" if rule.kind in (Kind.CYCLE, Kind.MEMORY) else "error"},
        "properties": {"tags": ["garbage-collection", rule.kind.value], "precision": "very-high"},
    }


def _invocation(document: Document, kept: int) -> Json:
    notes = []
    if document.partial:
        notes.append(_notification("partial", words.PARTIAL))
    if kept < len(document.entries):
        notes.append(_notification("left-out", f"{len(document.entries) - kept} more findings did not fit in here"))
    return {
        "executionSuccessful": not document.partial,
        "startTimeUtc": document.started.replace("+00:00", "Z"),
        "toolExecutionNotifications": notes,
    }


def _notification(name: str, text: str) -> Json:
    return {"descriptor": {"id": name}, "level": "warning", "message": {"text": text}}


def _result(entry: Entry, locate: Locate) -> Json:
    finding, place = entry.finding, primary(entry, locate)
    result: Json = {
        "ruleId": finding.kind.rule,
        "ruleIndex": _KINDS.index(finding.kind),
        "level": _level(entry),
        "message": {"text": _message(entry)},
        "locations": [_location(place)],
        "partialFingerprints": {"gcguardSignature/v1": finding.signature, "primaryLocationLineHash": finding.signature},
        "properties": {"origin": finding.origin.value, "tests": len(entry.tests), "outcome": words.outcome(entry)},
    }
    if finding.shape:
        result["properties"]["tags"] = [finding.shape]
    flow = _flow(entry, locate, place)
    if flow:
        result["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    if entry.baseline:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": "It is in the baseline."}]
    return result


def _level(entry: Entry) -> str:
    if entry.failed:
        return "error"
    return "warning" if entry.finding.origin is Origin.OWN and not entry.baseline else "note"


def _message(entry: Entry) -> str:
    tests = words.named_tests(entry.tests, limit=3)
    lines = [
        words.title(entry.finding),
        *(f"{label}: {text}" for label, text in words.details_and_shape(entry)),
        f"tests: {tests}",
    ]
    return "\n".join(lines)


def _location(place: Place, text: str = "") -> Json:
    where = {"artifactLocation": _artifact(place.file), "region": {"startLine": max(1, place.line)}}
    return {"physicalLocation": where} | ({"message": {"text": text}} if text else {})


def _artifact(file: str) -> Json:
    uri = quote(file, safe="/", errors="surrogateescape")
    if file.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": ROOT}


def _flow(entry: Entry, locate: Locate, place: Place) -> Sequence[Json]:
    """The path step by step; a step whose code is not in the repository stands at the one before it."""
    flow, at = [], place
    for number, step in enumerate(entry.finding.path):
        there = locate(step.file) if step.file else None
        at = Place(there, step.line) if there and step.line else at
        text = f"{step.type} holds the next one by {step.edge}" if step.edge else f"{step.type} is what is held"
        flow.append({"location": {"id": number, **_location(at, text)}, "executionOrder": number + 1})
    return flow
