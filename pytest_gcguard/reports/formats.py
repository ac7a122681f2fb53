"""The table of the report formats: what each is called, where it goes, and how it is made.

Rules of this file: a format's module is imported only when its report is asked for; the plugin and the command know formats by
this table only.
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util

from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.reports.location import Locate, as_written


@dataclasses.dataclass(frozen=True, slots=True)
class Format:
    """A format: its name, the file that it is written to unless another is named, and the module that makes it.

    ``file`` is None for a format that is printed. ``located``: its readers open the files that it names, so it is told where
    these are in the repository. ``extra`` is what to install for it, and ``needs`` the module that is there then.
    """

    name: str
    file: str | None
    room: str
    located: bool = False
    extra: str = ""
    needs: str = ""

    def render(self, document: Document, locate: Locate = as_written) -> str:
        """The text of the report; ``locate`` says what a file of the document is called in the reader's repository.

        >>> from pytest_gcguard.core.documents.tally import Tally
        >>> FORMATS["gitlab"].render(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5))
        '[]\\n'
        """
        render = importlib.import_module(f"pytest_gcguard.reports.{self.room}").render
        text: str = render(document, locate) if self.located else render(document)
        return text

    def missing(self) -> str:
        """What pip must install before this format can be rendered; empty if nothing is missing."""
        there = not self.needs or importlib.util.find_spec(self.needs) is not None
        return "" if there else f"pytest-gcguard[{self.extra}]"


FORMATS = {
    made.name: made
    for made in (
        Format("json", "gcguard.json", "json_file"),
        Format("markdown", "gcguard.md", "markdown"),
        Format("html", "gcguard.html", "html_page", extra="html", needs="jinja2"),
        Format("sarif", "gcguard.sarif", "sarif", located=True),
        Format("gitlab", "gl-code-quality-report.json", "gitlab", located=True),
        Format("github", None, "github", located=True),
    )
}
