"""The page ``docs/real-suites.md``: what the suites said, and what a person made of each own finding.

Rules of this file: all but the verdicts comes from the runs; a verdict is kept by signature in ``verdicts.json``, so that
another run keeps it and shows what nobody has judged yet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.real.suites import Suite

_VERDICTS = Path(__file__).resolve().parent / "verdicts.json"


def verdicts(suite: Suite) -> dict[str, str]:
    """The verdict on each signature of a suite."""
    groups = json.loads(_VERDICTS.read_text(encoding="utf-8")).get(suite.name, [])
    return {signature: group["verdict"] for group in groups for signature in group["findings"]}


def line(finding: dict[str, Any]) -> str:
    """A finding in one line."""
    parts = [
        f"{finding['signature']} {finding['kind']} {finding['title']}",
        f"tests {len(finding['tests'])}",
        _cut(finding["cut"]),
    ]
    if finding["holder"]:
        parts.append(f"held by {finding['holder']}")
    if finding["made_at"]:
        place = finding["made_at"][0]
        parts.append(f"made at {place['file']}:{place['line']} in {place['function']}")
    return " | ".join(parts)


def _cut(cut: dict[str, Any] | None) -> str:
    if cut is None:
        return "no cut"
    return f"cut {cut['edge']} of {cut['type']}" + (f" ({cut['file']}:{cut['line']})" if cut["file"] else "")


def write(suites: Sequence[Suite], work: Path) -> None:
    """Writes the page."""
