"""The page ``docs/real-suites.md``: what the suites said, and what a person made of each own finding.

Rules of this file: all but the verdicts comes from the runs that are kept; a verdict is kept in ``verdicts.json`` for
signatures or for titles (shell patterns, where one cause has many), so that another run keeps it and shows what nobody has
judged yet.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from benchmarks import environments
from benchmarks.real import running
from benchmarks.real.suites import Suite

RUNS = ("defaults", "defaults-2", "defaults-3")
"""The names of the runs under the defaults."""
_VERDICTS = Path(__file__).resolve().parent / "verdicts.json"
_PAGE = environments.PROJECT / "docs" / "real-suites.md"
_HEAD = """# The guard on the suites of libraries

Written by `python -m benchmarks.real page` from the runs that are kept: plain, guarded with `--gcguard-fail-on=none`, and
guarded under the defaults.

- *Different* counts the tests of which a phase ended otherwise when guarded.
- Seconds are user CPU of one run each on a busy machine, not a benchmark.
- *Own* are findings in the code of the library or of its tests. Cycles are only reported, leaks fail.
- *Not judged* counts those of them that no verdict covers yet. The verdicts were given by hand, one for each cause; they are
  the only part of this page that no tool has made.
- *The same* compares several runs, each with another seed for hashes: how many findings came in every run, of those that came
  in any; and in brackets, the same for pairs of a finding and a test. networkx runs in two processes, each of which makes some
  things on first use, and some of its tests draw random numbers.

A dash stands for a run that did not come to its end.

| suite | tests | different | plain | guarded | own cycles | own leaks | not judged | the same |
|---|--:|--:|--:|--:|--:|--:|--:|:--|
"""


def verdict(suite: Suite, finding: dict[str, Any]) -> str | None:
    """What a person made of a finding; None if nobody has judged it."""
    text = f"{finding['title']} held by {finding['holder']}" if finding["holder"] else finding["title"]
    for group in json.loads(_VERDICTS.read_text(encoding="utf-8")).get(suite.name, []):
        patterns = [pattern.replace("[", "[[]") for pattern in group.get("titles", ())]
        if finding["signature"] in group.get("signatures", ()) or any(fnmatchcase(text, pattern) for pattern in patterns):
            return str(group["verdict"])
    return None


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
    rows, sections = [], []
    for suite in suites:
        plain, guarded = running.load(suite, work, "plain"), running.load(suite, work, "guarded")
        seen = running.load(suite, work, "defaults") or guarded
        if plain is None or guarded is None or seen is None:
            rows.append(f"| {suite.title} |" + " – |" * 8)
            continue
        if seen.report is None:
            listed: tuple[object, ...] = ("–", "–", "–")
        else:
            listed = _numbers(suite, seen.own)
            sections.append(_section(suite, seen.own))
        numbers = (
            len(plain.tests),
            len(running.different(plain, guarded)),
            f"{plain.seconds:.1f} s",
            f"{guarded.seconds:.1f} s",
            *listed,
            _steady(suite, work),
        )
        rows.append(f"| {suite.title} | " + " | ".join(map(str, numbers)) + " |")
    _PAGE.write_text(_HEAD + "\n".join([*rows, *sections]) + "\n", encoding="utf-8")


def _numbers(suite: Suite, own: Sequence[dict[str, Any]]) -> tuple[int, int, int]:
    """How many cycles, leaks and findings without a verdict."""
    cycles = sum(finding["kind"] == "cycle" for finding in own)
    return cycles, len(own) - cycles, sum(verdict(suite, finding) is None for finding in own)


def _steady(suite: Suite, work: Path) -> str:
    """In how many runs which part of the findings was the same."""
    runs = [run for name in (*RUNS, "guarded") if (run := running.load(suite, work, name)) is not None][: len(RUNS)]
    seen = [{finding["signature"] for finding in run.own} for run in runs]
    tests = [{(finding["signature"], test["nodeid"]) for finding in run.own for test in finding["tests"]} for run in runs]
    if not seen:
        return "–"
    return f"{_shared(seen)} in {len(seen)} runs ({_shared(tests)})"


def _shared(sets: Sequence[set[Any]]) -> str:
    return f"{len(set.intersection(*sets)):,} of {len(set.union(*sets)):,}"


def _section(suite: Suite, own: Sequence[dict[str, Any]]) -> str:
    groups: dict[str, list[dict[str, Any]]] = {}
    for finding in own:
        groups.setdefault(verdict(suite, finding) or "**Not judged.**", []).append(finding)
    parts = [f"\n## {suite.title}\n"]
    for words, findings in groups.items():
        parts.append(f"{words}\n\n" + "\n".join(map(_item, findings[:_SHOWN])))
        if len(findings) > _SHOWN:
            parts.append(f"- and {len(findings) - _SHOWN} more of the same")
        parts.append("")
    return "\n".join(parts if own else [*parts, "Nothing."])


_SHOWN = 5


def _item(finding: dict[str, Any]) -> str:
    tests = len(finding["tests"])
    held = f", held by `{finding['holder']}`" if finding["holder"] else ""
    cut = f"; {_cut(finding['cut'])}" if finding["kind"] == "cycle" and finding["cut"] else ""
    return f"- {finding['signature']}, {tests} test{'s' * (tests > 1)}: {finding['kind']} `{finding['title']}`{held}{cut}"
