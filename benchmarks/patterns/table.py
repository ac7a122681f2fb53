"""The table of patterns: read from ``expected.toml``, compared with what a run of the suite was told.

Rules of this file: an expectation is what a user should be told; a run that says something else is wrong, not the table.
Numbers in types and expressions are not compared (``[3]`` and ``[-1]`` read ``[N]``), since they depend on what ran before.
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("expected.toml")
COMPARED = ("rule", "types", "cut", "holder", "shape", "outcome", "signature")


@dataclasses.dataclass(frozen=True)
class Pattern:
    """One pattern: what leaks and how to mend it, and what its leaky test is told.

    It is the same on every version of Python. ``needs`` is a module that it takes.
    """

    topic: str
    name: str
    leaks: str
    fix: str
    rule: str
    types: tuple[str, ...] = ()
    cut: str = ""
    holder: str = ""
    shape: str = ""
    signature: str = ""
    needs: str = ""

    @property
    def outcome(self) -> str:
        """What a finding does to its test under the defaults: leaks and uncollectable objects fail it."""
        return "failed" if self.rule in {"GCG001", "GCG003"} else "reported"

    def expected(self) -> dict[str, Any]:
        """What is told."""
        return {field: getattr(self, field) for field in COMPARED}


def read(file: Path = FILE) -> list[Pattern]:
    """The patterns in the order of the file.

    >>> {"parent_and_child", "global_list"} <= {pattern.name for pattern in read()}
    True
    """
    topics = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        Pattern(topic, name, **{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})  # type: ignore[arg-type] # as the file has them
        for topic, rows in topics.items()
        for name, row in rows.items()
    ]


def told(finding: Mapping[str, Any], outcome: str) -> dict[str, Any]:
    """What a finding says, as the table has it."""
    cut = finding["cut"]
    edges = [cut, *cut.get("also", ())] if cut else []
    return {
        "rule": finding["rule"],
        "title": finding["title"],
        "types": tuple(map(_numberless, finding["types"])),
        "cut": _numberless(" and ".join(f"{edge['edge']} of {edge['type']}" for edge in edges)),
        "holder": _numberless(finding["holder"] or ""),
        "shape": finding.get("shape") or "",
        "outcome": outcome,
        "signature": finding["signature"],
    }


def _numberless(text: str) -> str:
    return re.sub(r"(?<=\[)-?\d+|\d+", "N", text)


def own_findings(report: Mapping[str, Any]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """For each test, by its name without parameters, the project's findings, each with its outcome there."""
    found = defaultdict(list)
    for finding in report["findings"]:
        for test in finding["tests"]:
            if finding["origin"] == "own" or test["outcome"] == "failed":
                found[test_name(test["nodeid"])].append((test["outcome"], finding))
    return found


def test_name(nodeid: str) -> str:
    """The name of a test without its file, class and parameters.

    >>> test_name("tests/test_a.py::TestB::test_c[one]")
    'test_c'
    """
    return nodeid.rpartition("::")[2].partition("[")[0]


test_name.__test__ = False  # type: ignore[attr-defined] # so that pytest does not take it for a test where it is imported


def differences(patterns: list[Pattern], report: Mapping[str, Any], outcomes: Mapping[str, str]) -> Iterator[str]:
    """What a run says otherwise than the table, one line each."""
    found = own_findings(report)
    leaky = {f"test_leaky_{pattern.name}": pattern for pattern in patterns}
    for test, pattern in leaky.items():
        if outcomes.get(test) == "skipped" and pattern.needs:
            continue
        if test not in outcomes:
            yield f"{test}: was not run"
        else:
            yield from _wrong(test, pattern.expected(), found.get(test, []), outcomes[test])
    for test, outcome in outcomes.items():
        if test not in leaky:
            if outcome == "failed":
                yield f"{test}: failed"
            for _, finding in found.get(test, []):
                yield f"{test}: expected nothing, got {finding['rule']} {finding['title']} held by {finding['holder']}"
    for test in found.keys() - outcomes.keys():
        yield f"{test}: a finding of no test: {[finding['title'] for _, finding in found[test]]}"


def _wrong(
    test: str, expected: Mapping[str, Any], findings: list[tuple[str, Mapping[str, Any]]], outcome: str
) -> Iterator[str]:
    should = "failed" if expected["outcome"] == "failed" else "passed"
    if outcome != should:
        yield f"{test}: expected to have {should}, it has {outcome}"
    if len(findings) != 1:
        yield f"{test}: expected one finding, got {[(finding['title'], finding['holder']) for _, finding in findings]}"
        return
    says = told(findings[0][1], findings[0][0])
    if expected["rule"] == "GCG003":  # what hangs from a leaked object differs by Python version
        says["types"], says["cut"] = says["types"][:1], ""
    for field in COMPARED:
        if says[field] != expected[field] and (expected[field] or field != "shape"):
            yield f"{test}: {field}: expected {expected[field]!r}, got {says[field]!r}"
