"""GitLab's Code Quality report: a JSON array of issues, empty where there are none.

Rules of this file: a fingerprint is a signature, which no line number is part of; every path is relative to the repository.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_gcguard.core.documents.document import Document, Entry
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.reports import words
from pytest_gcguard.reports.closing import counted
from pytest_gcguard.reports.location import Locate, as_written, primary
from pytest_gcguard.reports.text import writable


def render(document: Document, locate: Locate = as_written) -> str:
    """The text of the report.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> render(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5))
    '[]\\n'
    """
    issues = [_issue(entry, locate) for entry in document.entries]
    if document.partial:
        issues.append(_partial())
    return writable(json.dumps(issues, ensure_ascii=False)) + "\n"


def _issue(entry: Entry, locate: Locate) -> dict[str, Any]:
    finding, place = entry.finding, primary(entry, locate)
    facts = "; ".join(f"{label} {text}" for label, text in words.details_and_shape(entry))
    return {
        "description": f"{words.title(finding)}{': ' if facts else ''}{facts} ({counted(len(entry.tests), 'test')})",
        "check_name": finding.kind.rule,
        "fingerprint": finding.signature,
        "severity": _severity(entry),
        "categories": ["Bug Risk" if finding.kind is Kind.UNCOLLECTABLE else "Performance"],
        "location": {"path": place.file, "lines": {"begin": place.line}},
    }


def _severity(entry: Entry) -> str:
    """One of GitLab's words: info, minor, major, critical, blocker."""
    if entry.failed:
        return "major" if entry.finding.kind is Kind.CYCLE else "critical"
    return "minor" if entry.finding.origin is Origin.OWN and not entry.baseline else "info"


def _partial() -> dict[str, Any]:
    return {
        "description": f"gcguard: {words.PARTIAL}",
        "check_name": "gcguard",
        "fingerprint": "gcguard-partial",
        "severity": "info",
        "location": {"path": ".", "lines": {"begin": 1}},
    }
