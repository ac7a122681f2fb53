"""The JSON report: the document in schema 1, as a file's text.

Rules of this file: nothing is renamed, added or left out here; `as_json` decides what a report holds, and `schema-1.json`
beside this file describes it for others.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.core.documents.written import SCHEMA, as_json
from pytest_gcguard.reports.text import writable


def render(document: Document) -> str:
    """The text of a JSON report, ready to be written as UTF-8.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> render(Tally("1.0", "3.14.0").document("2030-01-31T12:00:00Z", seconds=3.5)).splitlines()[:2]
    ['{', '  "schema": 1,']
    """
    text = json.dumps(as_json(document), indent=2, ensure_ascii=False, allow_nan=False)
    # A file name that is not UTF-8 has lone surrogates in it: as \udc.. they can be written, and JSON reads them back.
    return writable(text) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) that a report obeys.

    >>> schema()["title"]
    'pytest-gcguard report, schema 1'
    """
    file = resources.files("pytest_gcguard.reports").joinpath(f"schema-{SCHEMA}.json")
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded
