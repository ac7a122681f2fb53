"""The JSON report against the schema that ships with it: what is written obeys, what is broken does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.documents.written import as_json, finding_to_dict, from_json
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Place, Step
from pytest_gcguard.reports import json_file

BARE = Finding("GCG004-0a1b2c3d", Kind.MEMORY, Origin.STDLIB, "bytes", ())
FULL = Finding(
    signature="GCG002-1f3a9c04",
    kind=Kind.CYCLE,
    origin=Origin.OWN,
    title="app.tree.Node → .parent",
    types=("app.tree.Node",),
    path=(Step("app.tree.Node", ".parent", "app/tree.py", 18), Step("list", "[0]")),
    cut=Cut("app.tree.Node", ".parent", "app/tree.py", 18, True, "use weakref.ref", (Step("app.Leaf", ".twig"),)),
    holder="app.tree.ROOT['ключ']",
    made_at=(Place("app/tree.py", 41, "grow"), Place("app/tree.py", 7)),
    growth=(1, 1, 1),
    objects=3,
    retained=2,
    notes=("has a finalizer",),
    shape="parent-child",
)


def a_run(*found: Finding) -> Document:
    tally = Tally("1.0", "3.14.0")
    tally.add("test_a.py::test_tree", [finding_to_dict(finding, "failed") for finding in found], checked=True, seconds=0.25)
    tally.add("test_a.py::test_twig", [finding_to_dict(finding, "baselined") for finding in found], checked=True, seconds=0.5)
    return tally.document("2030-01-31T12:00:00.123456+00:00", seconds=3.5)


@pytest.fixture(scope="module")
def validator() -> Any:
    return pytest.importorskip("jsonschema").Draft202012Validator(json_file.schema())


def test_the_shipped_schema_is_a_schema(validator: Any) -> None:
    validator.check_schema(json_file.schema())
    assert json_file.schema()["$schema"] == validator.META_SCHEMA["$schema"]


@pytest.mark.parametrize("found", [(), (BARE,), (FULL,), (FULL, BARE)], ids=["nothing", "bare", "full", "both"])
def test_a_report_obeys_the_schema(validator: Any, found: tuple[Finding, ...]) -> None:
    written = json.loads(json_file.render(a_run(*found)))
    assert [error.message for error in validator.iter_errors(written)] == []


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("origin", Origin)
def test_every_kind_and_origin_has_a_word_in_the_schema(validator: Any, kind: Kind, origin: Origin) -> None:
    found = Finding(f"{kind.rule}-00000000", kind, origin, "", ("app.Node",))
    assert validator.is_valid(as_json(a_run(found)))


def broken(place: tuple[str | int, ...], value: object) -> Any:
    report: Any = as_json(a_run(FULL))
    inner = report
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return report


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schema",), 2),
        (("tool", "name"), "ruff"),
        (("started",), "31 January 2030"),
        (("started",), "2030-01-31T12:00:00+02:00"),
        (("seconds",), -1),
        (("surprise",), 1),
        (("summary", "surprise"), 1),
        (("summary", "tests"), 1.5),
        (("summary", "findings", "smell"), 1),
        (("summary", "findings", "leak"), -1),
        (("findings", 0, "signature"), "GCG005-1f3a9c04"),
        (("findings", 0, "signature"), "GCG002-1F3A9C04"),
        (("findings", 0, "signature"), "GCG002-1f3a9c041"),
        (("findings", 0, "rule"), "GCG005"),
        (("findings", 0, "kind"), "smell"),
        (("findings", 0, "origin"), "mine"),
        (("findings", 0, "count"), 1),
        (("findings", 0, "title"), None),
        (("findings", 0, "types"), [1]),
        (("findings", 0, "path", 0, "surprise"), 1),
        (("findings", 0, "path", 0, "line"), "18"),
        (("findings", 0, "cut", "verified"), 1),
        (("findings", 0, "cut", "surprise"), 1),
        (("findings", 0, "made_at", 0, "file"), None),
        (("findings", 0, "growth"), "+1"),
        (("findings", 0, "notes"), None),
        (("findings", 0, "tests"), []),
        (("findings", 0, "tests", 0, "outcome"), "lost"),
        (("findings", 0, "tests", 0, "surprise"), 1),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else None,
)
def test_the_schema_refuses_what_no_report_says(validator: Any, place: tuple[str | int, ...], value: object) -> None:
    assert not validator.is_valid(broken(place, value))


def every_object(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The places of all keys of a report, however deep."""
    if not isinstance(value, (dict, list)):
        return []
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    own = [(*place, key) for key, _ in items] if isinstance(value, dict) else []
    return own + [deeper for key, inner in items for deeper in every_object(inner, (*place, key))]


LATER = {"partial", "shape", "fixture", "also"}
"""Keys that the first reports of this schema did not have."""


def test_the_schema_requires_every_key_that_a_report_has(validator: Any) -> None:
    places = every_object(as_json(a_run(FULL)))
    assert ("findings", 0, "cut", "hint") in places
    for place in places:
        if place[-1] in LATER:
            continue
        report: Any = as_json(a_run(FULL))
        inner = report
        for key in place[:-1]:
            inner = inner[key]
        del inner[place[-1]]
        assert not validator.is_valid(report), place


def test_the_text_is_indented_by_two_keeps_the_order_and_every_letter_and_ends_in_a_newline() -> None:
    text = json_file.render(a_run(FULL))
    assert text.startswith(
        '{\n  "schema": 1,\n  "tool": {\n    "name": "pytest-gcguard",\n    "version": "1.0"\n  },\n  "python"'
    )
    assert '"title": "app.tree.Node → .parent"' in text
    assert "app.tree.ROOT['ключ']" in text
    assert text.endswith("\n}\n")


def test_the_same_document_gives_the_same_text_and_the_text_the_same_document() -> None:
    run = a_run(FULL, BARE)
    assert json_file.render(run) == json_file.render(a_run(BARE, FULL))
    assert from_json(json.loads(json_file.render(run))) == run


def test_a_file_name_that_is_not_utf_8_can_be_written_and_read() -> None:
    odd = Finding("GCG003-0a1b2c3d", Kind.LEAK, Origin.OWN, "leak", (), made_at=(Place("app/\udce4.py", 1),))
    text = json_file.render(a_run(odd))
    assert "app/\\udce4.py" in text
    assert from_json(json.loads(text.encode("utf-8"))) == a_run(odd)
