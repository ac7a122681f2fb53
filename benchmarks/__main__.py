"""The command ``python -m benchmarks``: measures what the guard costs, beside plain pytest and beside other tools.

Prints a table: for each contender the ratio of its user CPU and of its time by the clock to those of plain pytest on the same
tests, of its peak memory, and what one test costs it. Every round runs all by turns; ratios are medians over rounds.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import environments, measure, page
from benchmarks.sections import REAL, SECTIONS, Python, Row, Setting


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    setting = Setting(options.work, options.rounds, options.heap, options.tests, options.real)
    python = Python(options.work)
    earlier = [row for file in options.read for row in _rows(file)]
    rows = list({(row.title, row.contender): row for row in earlier}.values())  # of what was measured again the last
    print(_machine())
    print(f"{options.rounds} rounds by turns; ratios are medians, to plain pytest on the same tests")
    print(f"{'':<48}{'':<34}{'user CPU':>10}{'at most':>9}{'clock':>8}{'memory':>8}{'a test':>14}")
    for row in rows:
        print(line(row), flush=True)
    for name in options.sections or ([] if options.read else SECTIONS):
        for row in SECTIONS[name](setting, python):
            print(line(row), flush=True)
            rows.append(row)
            if options.json:  # after each, so that a run that is cut short keeps what it has measured
                options.json.write_text(json.dumps(_document(rows), indent=1) + "\n", encoding="utf-8")
    for text in conclusions(rows):
        print(text)
    if options.svg:
        from benchmarks import picture

        picture.draw(rows, options.svg)
    if options.page:
        page.write(options.page, "; ".join([_machine(), *options.note]), rows, conclusions(rows))
    return 0


def line(row: Row) -> str:
    """One line of the table."""
    most = f"{row.most:.2f}" if row.most is not None else ""
    clock, memory = (measure.ratio(row.costs, row.beside, what) for what in ("wall", "peak"))
    ratios = f"{row.ratio:>10.3f}{most:>9}{clock:>8.3f}" if not row.apart else " " * 27
    return f"{row.title:<48}{row.contender:<34}{ratios}{memory:>8.2f}{row.once_or_a_test:>14}".rstrip()


_GROWN = 1.15
"""So many times what it costs on an empty heap a test may cost on the largest."""
_ONCE = 0.002
"""So many seconds the plugin may take where it is installed and not used."""


def conclusions(rows: Sequence[Row]) -> list[str]:
    """What follows beside the ratios: how the cost of a test grows with the heap, the naive way's, and what a start takes."""
    cost = {(row.contender, row.heap): row.a_test for row in rows if row.a_test is not None}
    heaps = sorted({heap for name, heap in cost if name == "guarded" and heap is not None})
    lines = []
    if len(heaps) > 1:
        grown = (cost["guarded", heaps[-1]] or 0) / (cost["guarded", heaps[0]] or 1)
        missed = " was aimed at, and not reached" if grown > _GROWN else ""
        lines.append(f"a guarded test at {heaps[-1]:,} objects / at {heaps[0]:,}: {grown:.2f} (at most {_GROWN}{missed})")
    for heap in heaps:
        naive, guarded = cost.get(("full collect and full count", heap)), cost["guarded", heap]
        if naive and guarded:
            least = " (at least 500)" if heap == 1_000_000 else ""
            lines.append(f"full collect and full count / guarded, a test, at {heap:,} objects: {naive / guarded:,.0f}{least}")
    for row in rows:
        if row.section == "startup":
            missed = " was aimed at, and not reached" if row.more > _ONCE else ""
            lines.append(f"{row.title}, {row.contender}: {row.more * 1000:+.1f} ms (at most {_ONCE * 1000:g}{missed})")
    return lines


def _machine() -> str:
    import pytest

    cores = os.cpu_count()
    today = datetime.date.today().isoformat()
    return f"{platform.platform()}, {cores} cores, CPython {platform.python_version()}, pytest {pytest.__version__}, {today}"


def _document(rows: Sequence[Row]) -> dict[str, Any]:
    return {"machine": _machine(), "rows": [{**dataclasses.asdict(row), "ratio": row.ratio} for row in rows]}


def _rows(file: Path) -> list[Row]:
    """The rows of an earlier run."""
    rows = []
    for row in json.loads(file.read_text(encoding="utf-8"))["rows"]:
        del row["ratio"]
        for name in ("costs", "beside"):
            row[name] = [measure.Cost(**cost) for cost in row[name]]
        rows.append(Row(**row))
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", choices=[*SECTIONS, []], help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--rounds", type=_positive, default=5, metavar="N", help="rounds of turns (default: 5)")
    heaps = [0, 300_000, 1_000_000, 3_000_000]
    parser.add_argument("--heap", type=int, nargs="+", default=heaps, metavar="N", help="objects on the heap of empty tests")
    parser.add_argument("--tests", type=_positive, default=3000, metavar="N", help="how many tests (default: 3000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every run to a file as well")
    parser.add_argument(
        "--read",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="what earlier runs wrote; measures only named sections",
    )
    parser.add_argument(
        "--svg", type=Path, metavar="FILE", help="draw what a test costs over the heap (needs the extra bench)"
    )
    parser.add_argument("--real", nargs="+", choices=REAL, default=REAL, metavar="SUITE", help=f"of {', '.join(REAL)}")
    parser.add_argument("--note", action="append", default=[], metavar="TEXT", help="what the page is to say of the machine")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the table as a page of the documentation")
    parser.add_argument(
        "--work", type=Path, default=environments.CACHE, metavar="DIR", help="where suites and environments are kept"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return number


if __name__ == "__main__":
    sys.exit(main())
