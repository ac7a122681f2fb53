"""The HTML report: one page without a network, readable without a script, searchable with it.

Rules of this file: jinja2 renders the page and escapes everything. The page's policy allows only its own style and script, by
their hashes, so that even a text that got past the escaping could not run or call home.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from pytest_gcguard.core.documents.document import OUTCOMES, Document, Entry
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.reports import picture, same_cut, svg, words
from pytest_gcguard.reports.closing import counted
from pytest_gcguard.reports.rules import RULES
from pytest_gcguard.reports.text import one_line, writable

NAMED_TESTS = 50
_FOLDER = "page"
_POLICY = ("default-src 'none'", "base-uri 'none'", "form-action 'none'")


def render(document: Document) -> str:
    """The text of the page.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> render(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5)).splitlines()[0]
    '<!doctype html>'
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FunctionLoader(_file),
    )
    style, script = _file("page.css"), _file("page.js")
    others = same_cut.others(document.entries)
    text = environment.get_template("page.html").render(
        document=document,
        headline=words.last_line(document).removeprefix("gcguard: "),
        partial=words.PARTIAL if document.partial else "",
        counts=list(words.counts(document.entries)),
        kinds=[kind.value for kind in Kind],
        filters=_filters(document),
        findings=[_shown(entry, others.get(entry.finding.signature, ())) for entry in document.entries],
        rules=list(RULES.values()),
        style=Markup(style),
        script=Markup(script),
        policy="; ".join([*_POLICY, f"style-src '{_hash(style)}'", f"script-src '{_hash(script)}'"]),
    )
    return writable(text) + "\n"


def _file(name: str) -> str:
    return resources.files("pytest_gcguard.reports").joinpath(_FOLDER, name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _filters(document: Document) -> list[tuple[str, list[str]]]:
    """What the page can be filtered by: each name with the values that occur."""
    shown = [_facets(entry) for entry in document.entries]
    values: dict[str, list[str]] = {
        "kind": [kind.value for kind in Kind],
        "origin": [origin.value for origin in Origin],
        "outcome": list(OUTCOMES),
    }
    return [(name, [value for value in known if value in {one[name] for one in shown}]) for name, known in values.items()]


def _facets(entry: Entry) -> dict[str, str]:
    return {"kind": entry.finding.kind.value, "origin": entry.finding.origin.value, "outcome": words.outcome(entry)}


def _shown(entry: Entry, others: Sequence[Entry]) -> Mapping[str, Any]:
    """A finding as the template needs it."""
    finding, drawn = entry.finding, picture.draw(entry.finding)
    details = words.details_and_shape(entry, others)
    said = "cycle" if picture.is_circle(finding) else "chain of references"
    return {
        **_facets(entry),
        "signature": finding.signature,
        "rule": finding.kind.rule,
        "subject": one_line(finding.title),
        "growth": words.growth(finding),
        "whose": words.ORIGINS[finding.origin],
        "details": [(label, one_line(text), label in words.SENTENCES) for label, text in details],
        "stack": [one_line(str(place)) for place in finding.made_at] if len(finding.made_at) > 1 else [],
        "svg": Markup(svg.render(drawn, f"Picture of the {said}; the text below says the same")) if drawn else "",
        "path": [one_line(line) for line in picture.lines(finding)],
        "number": counted(len(entry.tests), "test"),
        "tests": [(one_line(test.nodeid), test.outcome) for test in entry.tests[:NAMED_TESTS]],
        "more": max(0, len(entry.tests) - NAMED_TESTS),
    }
