"""The command ``python -m benchmarks.patterns``: runs the suite again and again, and tells where it differs from the table."""

from __future__ import annotations

import argparse
import platform
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.patterns import page, table
from benchmarks.patterns.runs import run


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    patterns = table.read()
    if options.update:
        _update(patterns)
        patterns = table.read()
    said = [f"Python {platform.python_version()}, {len(patterns)} patterns"]
    print(said[0], flush=True)
    wrong = 0
    for title, order, whole_heap in _plan(options):
        clock = time.monotonic()
        done = run(order, whole_heap)
        lines = list(table.differences(patterns, done.report, done.outcomes))
        wrong += bool(lines)
        took = f"{time.monotonic() - clock:>6.1f} s"
        said.append(f"{title:<44}{len(done.outcomes):>4} tests {took}  {len(lines) or 'no'} differences")
        print("\n".join([said[-1], *(f"    {line}" for line in lines)]), flush=True)
    if options.record:
        with page.RUNS.open("a", encoding="utf-8") as runs:
            runs.write("\n".join([*said, ""]))
    if options.page:
        options.page.write_text(page.render(patterns), encoding="utf-8")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.patterns", description=__doc__)
    parser.add_argument(
        "--runs",
        type=int,
        default=10,
        metavar="N",
        help="how many runs as written, and how many in random order (default: 10)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the first random order's (default: 1)")
    parser.add_argument(
        "--whole-heap", type=int, default=1, metavar="N", help="how many of each with freeze=False (default: 1)"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the table for the documentation, docs/patterns.md")
    parser.add_argument("--record", action="store_true", help="keep what is printed for that page")
    parser.add_argument("--update", action="store_true", help="put the signatures of a run into the table, and nothing else")
    return parser


def _plan(options: argparse.Namespace) -> Iterator[tuple[str, int, bool]]:
    for number, whole_heap in ((options.runs, False), (options.whole_heap, True)):
        suffix = ", whole heap" if whole_heap else ""
        for at in range(number):
            yield f"run {at + 1}, as written{suffix}", 0, whole_heap
        for seed in range(options.seed, options.seed + number):
            yield f"run {seed - options.seed + 1}, in random order {seed}{suffix}", seed, whole_heap


def _update(patterns: Sequence[table.Pattern]) -> None:
    """Writes the signature of each leaky test's finding into its row."""
    found = table.own_findings(run().report)
    text = table.FILE.read_text(encoding="utf-8")
    for pattern in patterns:
        findings = found.get(f"test_leaky_{pattern.name}", [])
        if len(findings) == 1:
            row = rf"(^\[{pattern.topic}\.{pattern.name}\]\n(?:(?!\[).*\n)*?signature = )\"[^\"]*\""
            text = re.sub(row, rf'\g<1>"{findings[0][1]["signature"]}"', text, flags=re.MULTILINE)
    table.FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
