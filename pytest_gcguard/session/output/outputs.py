"""The report files: which were asked for, and writing them.

Rules of this file: a wrong path is reported before the first test; a file is whole or as it was before; a report that cannot
be written is mentioned at the end and changes nothing else.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.reports.formats import FORMATS, Format
from pytest_gcguard.reports.location import Locate
from pytest_gcguard.session.config.values import check_writable, in_file, path_given, wrong
from pytest_gcguard.session.output.files import is_plain, write

EARLY_SECONDS = 0.25  # what the early reports of a run may cost, whatever its length,
EARLY_SHARE = 0.02  # and the share of the time that it has run so far


@dataclasses.dataclass(frozen=True, slots=True)
class Output:
    """A report that was asked for. If it is printed, the path is that of its summary, or None."""

    format: Format
    path: Path | None


def asked_for(config: pytest.Config) -> tuple[Output, ...]:
    """The reports of a run from its command line, its ini file and, on GitHub, its environment."""
    option = config.getoption("gcguard_report")
    where = "--gcguard-report" if option else in_file(config, "gcguard_report")
    found = [_output(text, where, config) for text in option or config.getini("gcguard_report")]
    taken: dict[Path, Output] = {}
    for output in found:
        if output.path is not None and taken.setdefault(output.path, output) != output:
            wrong(f"{output.format.name}:{output.path}", where, "a path of its own for each report")
    if os.environ.get("GITHUB_ACTIONS") == "true" and not any(output.format.name == "github" for output in found):
        found.append(Output(FORMATS["github"], None))
    return tuple(dict.fromkeys(found))


def _output(text: str, where: str, config: pytest.Config) -> Output:
    kind, colon, path = text.strip().partition(":")
    if kind not in FORMATS:
        wrong(text, where, f"TYPE or TYPE:PATH with TYPE one of {', '.join(FORMATS)}")
    made = FORMATS[kind]
    if colon and not path:
        wrong(text, where, f"a path after the colon, as in {kind}:{made.file or 'summary.md'}, or {kind} alone")
    if made.missing():
        wrong(text, where, f"{kind} only with its extra installed: pip install '{made.missing()}'")
    name = path or made.file
    if name is None:
        return Output(made, None)
    target = path_given(config, name, where)
    check_writable(target, text, where)
    return Output(made, target)


class Outputs:
    """The reports of a run: early ones, which remain after a crash, and the last ones.

    Early reports are written when the run starts and when a test has findings, as long as that costs next to nothing; else
    they wait for a later test.
    """

    def __init__(self, outputs: Sequence[Output], root: Path) -> None:
        self._outputs = outputs
        self._locate = locator(root)
        self._started = time.process_time()
        self._spent = -1.0  # nothing yet: the first report, which pays for the imports, is for free
        self.waiting = bool(outputs)
        self.written: list[tuple[str, Path]] = []
        self.problems: list[str] = []

    def commands(self, document: Document) -> list[str]:
        """The lines to print for a machine that reads the terminal, if they were asked for."""
        printed = [output.format for output in self._outputs if output.format.file is None]
        return [line for made in printed[:1] for line in made.render(document, self._locate).splitlines()]

    def early(self, document: Callable[[], Document]) -> None:
        """Writes what is known so far, now or when the next test asks."""
        if not self._outputs:
            return
        now = time.process_time()  # of this process alone, so that a busy machine costs no report
        self.waiting = self._spent > EARLY_SECONDS + EARLY_SHARE * (now - self._started)
        if not self.waiting:
            made = document()
            for output in self._outputs:
                if output.path is not None and output.format.file is not None and is_plain(output.path):
                    self._try(output, self._write_file, made)
            self._spent = 0.0 if self._spent < 0 else self._spent + time.process_time() - now

    def last(self, document: Document) -> None:
        """Writes every report for good."""
        self.waiting = False
        self.problems.clear()
        self.written.clear()
        for output in self._outputs:
            self._try(output, self._write_file if output.format.file is not None else self._add_summary, document)

    def _try(self, output: Output, step: Callable[[Output, Document], None], document: Document) -> None:
        try:
            step(output, document)
            if output.path is not None:
                self.written.append((output.format.name, output.path))
        except Exception as error:  # noqa: BLE001 -- a full disk or a fault of a format must not become a fault of the suite
            self.problems.append(f"{output.format.name} report not written: {type(error).__name__}: {error}")

    def _write_file(self, output: Output, document: Document) -> None:
        assert output.path is not None
        write(output.path, output.format.render(document, self._locate))

    def _add_summary(self, output: Output, document: Document) -> None:
        """Adds the summary to GitHub's file for the step, which other commands of the step may have written to."""
        name = output.path or os.environ.get("GITHUB_STEP_SUMMARY")
        if not name:
            return
        from pytest_gcguard.reports import github

        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        size = path.stat().st_size if path.exists() else 0
        text = github.summary(document, github.MOST_BYTES - size - 2)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write("\n" + text if size and text else text)


def locator(root: Path) -> Locate:
    """A function that gives the path of a file in the repository around the project's root; None if it is not in there."""
    project = Path(os.path.realpath(root))
    repository = next((folder for folder in (project, *project.parents) if (folder / ".git").exists()), project)
    known: dict[str, str | None] = {}

    def locate(file: str) -> str | None:
        if file not in known:
            path = Path(os.path.realpath(project / file))
            inside = path.is_relative_to(repository) and path.is_file()
            known[file] = path.relative_to(repository).as_posix() if inside else None
        return known[file]

    return locate
