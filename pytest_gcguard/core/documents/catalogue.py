"""Known bugs of libraries: what they look like, and the release that mends them.

Rules of this file: text and values in, text out; which version is installed is asked only when a finding looks like a bug.
Where a release is installed that mends the bug, the finding is something else, and nothing is said.
"""

from __future__ import annotations

import dataclasses
import io
import os
import re
import sys
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib import metadata, resources
from typing import Any

from pytest_gcguard.core.documents.checking import listed_in
from pytest_gcguard.core.model import Finding

FORMAT = 1
_LISTS = ("signatures", "types", "edges")
_TEXTS = ("package", "link")
_MAYBE = ("fixed_in", "holder", "rule")


@dataclasses.dataclass(frozen=True, slots=True)
class Bug:
    """A known bug. A finding is this bug if it has one of the ``signatures``, or if all other given patterns fit.

    Each glob of ``types`` must fit a type or an object of the path, each of ``edges`` a reference of the path, ``holder`` the
    holder. ``fixed_in`` is None while no release mends it.
    """

    package: str
    link: str
    fixed_in: str | None = None
    rule: str | None = None
    signatures: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    holder: str | None = None

    def fits(self, finding: Finding) -> bool:
        """Whether a finding looks like this bug."""
        if finding.signature in self.signatures:
            return True
        if not (self.types or self.edges or self.holder) or self.rule not in (None, finding.kind.rule):
            return False
        return (
            _each(self.types, [*finding.types, *(step.type for step in finding.path)])
            and _each(self.edges, [step.edge for step in finding.path])
            and (self.holder is None or fnmatchcase(finding.holder or "", self.holder))
        )

    def note(self, installed: str | None) -> str | None:
        """The note on a finding where this version is installed; None where the bug is mended, or nothing is installed.

        >>> bug = Bug("redis", "https://example.org/1", fixed_in="5.0.1")
        >>> bug.note("5.0.0")
        'fixed in redis 5.0.1 (installed 5.0.0): upgrade; see https://example.org/1'
        >>> bug.note("5.0.10") is None
        True
        """
        if installed is None or (self.fixed_in is not None and not _older(installed, self.fixed_in)):
            return None
        if self.fixed_in is None:
            return f"a known bug of {self.package} (installed {installed}), not fixed in any release; see {self.link}"
        return f"fixed in {self.package} {self.fixed_in} (installed {installed}): upgrade; see {self.link}"


class Catalogue:
    """All bugs that are known to a run."""

    def __init__(self, bugs: Iterable[Bug]) -> None:
        self._bugs = tuple(bugs)
        self._notes: dict[str, str | None] = {}

    def noted(self, finding: Finding) -> Finding:
        """The finding, with a note if it is a known bug of what is installed."""
        if finding.signature not in self._notes:
            notes = (bug.note(_installed(bug.package)) for bug in self._bugs if bug.fits(finding))
            self._notes[finding.signature] = next((note for note in notes if note is not None), None)
        note = self._notes[finding.signature]
        return finding if note is None else dataclasses.replace(finding, notes=(note, *finding.notes))


def builtin() -> tuple[Bug, ...]:
    """The bugs that the package brings along.

    >>> "redis" in [bug.package for bug in builtin()]
    True
    """
    name = "catalogue.json"
    try:
        # past the functions that a fake file system puts in the place of the real ones
        with io.FileIO(os.path.join(sys.modules["pytest_gcguard"].__path__[0], name)) as file:
            text = file.read()
    except OSError:  # it is in an archive
        text = resources.files("pytest_gcguard").joinpath(name).read_bytes()
    return read(text.decode("utf-8"))


def read(text: str) -> tuple[Bug, ...]:
    """The bugs in the text of a catalogue; raises `ValueError` with the reason if it is none.

    >>> read('{"gcguard_catalogue": 1, "bugs": []}')
    ()
    >>> read('{"bugs": []}')
    Traceback (most recent call last):
    ValueError: it is not a catalogue of pytest-gcguard: it has no "gcguard_catalogue"
    """
    return tuple(_bug(each, f"bug {at}") for at, each in enumerate(listed_in(text, "catalogue", FORMAT, "bugs"), 1))


def _bug(each: Any, which: str) -> Bug:
    if not isinstance(each, dict):
        raise ValueError(f"{which} is not an object")
    unknown = each.keys() - {*_LISTS, *_TEXTS, *_MAYBE}
    if unknown:
        raise ValueError(f"{which} has {min(unknown)!r}; allowed: {', '.join([*_TEXTS, *_MAYBE, *_LISTS])}")
    if not all(isinstance(each.get(name), str) for name in _TEXTS):
        raise ValueError(f"{which} needs texts for {' and '.join(_TEXTS)}")
    if not all(isinstance(each.get(name), (str, type(None))) for name in _MAYBE):
        raise ValueError(f"{which}: {', '.join(_MAYBE)} must be texts")
    bug = Bug(**each | {name: _texts(each, name, which) for name in _LISTS})
    if not (bug.signatures or bug.types or bug.edges or bug.holder):
        raise ValueError(f"{which} fits everything: give signatures, types, edges or a holder")
    return bug


def _texts(each: Mapping[str, Any], name: str, which: str) -> tuple[str, ...]:
    texts = each.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{which}: {name} must be a list of texts")
    return tuple(texts)


def _each(patterns: Iterable[str], texts: list[str]) -> bool:
    return all(any(fnmatchcase(text, pattern) for text in texts) for pattern in patterns)


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError, OSError):
        return None


def _older(installed: str, fixed_in: str) -> bool:
    """Whether a version comes before another by its numbers; a pre-release of the mended one counts as mended."""
    mine, other = _numbers(installed), _numbers(fixed_in)
    length = max(len(mine), len(other))
    return mine + (0,) * (length - len(mine)) < other + (0,) * (length - len(other))


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version.strip())
    return tuple(map(int, found[1].split("."))) if found else ()
