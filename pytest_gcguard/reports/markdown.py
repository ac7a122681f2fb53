"""The Markdown report: what a person reads in a pull request or a wiki.

Rules of this file: the run as `prose` tells it, whole.
"""

from __future__ import annotations

from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.reports import prose


def render(document: Document) -> str:
    """The text of the report.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> render(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5)).splitlines()[0]
    '# gcguard'
    """
    return prose.page(document, heading="#")
