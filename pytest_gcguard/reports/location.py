"""Where a finding is shown in the code of its project, for readers that open files: CI annotations and code scanners.

Rules of this file: nothing is shown at a place outside of the project; the first test stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath, PureWindowsPath

from pytest_gcguard.core.documents.document import Entry
from pytest_gcguard.core.kinds import Kind
from pytest_gcguard.core.model import Finding, Place

Locate = Callable[[str], str | None]  # a file of a document → what it is called in the repository, None if it is not in there


def as_written(file: str) -> str | None:
    """The location of a file where nothing is known but its name: relative paths are the project's.

    >>> as_written("app/tree.py"), as_written("/usr/lib/python3/ast.py"), as_written("<string>")
    ('app/tree.py', None, None)
    """
    elsewhere = PurePosixPath(file).is_absolute() or PureWindowsPath(file).is_absolute() or file.startswith("<")
    return None if elsewhere or not file else file.replace("\\", "/")


def primary(entry: Entry, locate: Locate) -> Place:
    """The one line to show a finding at: the reference to cut or the line that made it, else its first test.

    >>> from pytest_gcguard.core.documents.document import TestEntry
    >>> from pytest_gcguard.core.kinds import Origin
    >>> from pytest_gcguard.core.model import Cut
    >>> found = Finding("GCG002-00000000", Kind.CYCLE, Origin.OWN, "A", ("A",), cut=Cut("A", ".me", "app/a.py", 3))
    >>> tests = (TestEntry("tests/test_a.py::test_a", "failed", 1),)
    >>> str(primary(Entry(found, False, tests), as_written)), str(primary(Entry(found, False, tests), lambda file: None))
    ('app/a.py:3', 'tests/test_a.py:1')
    """
    for file, line in _candidates(entry.finding):
        there = locate(file)
        if there is not None:
            return Place(there, line)
    test = entry.tests[0].nodeid.partition("::")[0]
    return Place(locate(test) or test, 1)


def _candidates(finding: Finding) -> Iterator[tuple[str, int]]:
    """The lines of a finding, the most helpful first: what to change, else where it comes from."""
    cut = [(finding.cut.file, finding.cut.line)] if finding.cut is not None else []
    made = [(place.file, place.line) for place in finding.made_at]
    path = [(step.file, step.line) for step in finding.path]
    grows = finding.kind in (Kind.LEAK, Kind.MEMORY)
    for file, line in [*made, *cut, *path] if grows else [*cut, *path, *made]:
        if file and line:
            yield file, line
