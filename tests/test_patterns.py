"""The patterns of leaks, guarded in a process of their own: leaky tests are told what the table says, all others nothing."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.patterns import page, runs, table

PATTERNS = table.read()


@pytest.fixture(scope="module")
def run(once: Callable[[str, Callable[[], Any]], Any]) -> runs.Run:
    return runs.Run(**once("patterns", lambda: dataclasses.asdict(runs.run())))


@pytest.fixture(scope="module")
def wrong(run: runs.Run) -> dict[str, list[str]]:
    """What the run says otherwise than the table, by test."""
    lines = defaultdict(list)
    for line in table.differences(PATTERNS, run.report, run.outcomes):
        lines[line.partition(":")[0]].append(line)
    return lines


@pytest.mark.parametrize("pattern", [pytest.param(pattern, id=pattern.name) for pattern in PATTERNS])
def test_a_leaky_test_is_told_what_the_table_says(pattern: table.Pattern, run: runs.Run, wrong: dict[str, list[str]]) -> None:
    if pattern.needs and run.outcomes[f"test_leaky_{pattern.name}"] == "skipped":
        pytest.skip(f"{pattern.needs} is not installed")
    assert wrong[f"test_leaky_{pattern.name}"] == []


def test_twins_lookalikes_and_benign_tests_are_told_nothing(run: runs.Run, wrong: dict[str, list[str]]) -> None:
    assert {test: lines for test, lines in wrong.items() if not test.startswith("test_leaky_")} == {}
    assert sum(not test.startswith("test_leaky_") for test in run.outcomes) > 200


def test_the_table_says_for_each_pattern_the_types_the_signature_and_what_to_cut_or_who_holds_it() -> None:
    assert [pattern.name for pattern in PATTERNS if not pattern.types or not pattern.signature.startswith(pattern.rule)] == []
    assert [pattern.name for pattern in PATTERNS if bool(pattern.cut) is bool(pattern.holder)] == []
    assert len({pattern.signature for pattern in PATTERNS}) == len(PATTERNS)


def test_each_pattern_has_a_clean_twin_and_each_leaky_test_a_row(run: runs.Run) -> None:
    kinds = {
        kind: {name for name in run.outcomes if name.startswith(f"test_{kind}_")} for kind in ("leaky", "tidy", "lookalike")
    }
    names = {pattern.name for pattern in PATTERNS}
    assert {name.removeprefix("test_leaky_") for name in kinds["leaky"]} == names
    assert {name.removeprefix("test_tidy_") for name in kinds["tidy"]} == names
    assert {name.removeprefix("test_lookalike_") for name in kinds["lookalike"]} <= names
    assert len(names) >= 108


def test_the_page_in_the_documentation_is_the_one_that_is_written() -> None:
    written = runs.SUITE.parent.parent.parent / "docs" / "patterns.md"
    assert written.read_text(encoding="utf-8") == page.render(PATTERNS)
