"""The page ``docs/releases.md``: what is told of each release.

Rules of this file: text from what the runs said; no opinion.
"""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping
from typing import Any

from benchmarks.releases.cases import Case

_HEAD = """# Leaks of real releases

Releases in which a leak was mended later, each with the one that mended it. A small suite runs in an environment of its own
under the defaults, with `--gcguard-own` naming the package. Written by `python -m benchmarks.releases --page docs/releases.md`
on Python {python}.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What was told of one release: its own findings, and the guard's part of the terminal's lines."""

    case: Case
    version: str
    own: list[dict[str, Any]]
    said: list[str]


def render(told: Mapping[str, Told]) -> str:
    """The page."""
    parts = [_HEAD.format(python=platform.python_version())]
    for title, each in told.items():
        word = each.case.what if each.version == each.case.leaky else "mended"
        said = "\n".join(each.said)
        parts.append(f"## {title}: {word}\n\n```\n{said}\n```\n")
    return "\n".join(parts)
