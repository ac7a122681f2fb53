"""The command ``python -m benchmarks``: its options and its table."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks import measure, suites


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    rows = []
    print(f"Python {platform.python_version()}, {options.tests} empty tests, user CPU, medians of {options.pairs} pairs")
    print(f"{'':<32}{'plain':>10}{'guarded':>10}{'ratio':>8}{'a test':>12}")
    with tempfile.TemporaryDirectory() as place:
        for title, pairs in _measurements(Path(place), options):
            print(_line(title, pairs, options.tests), flush=True)
            rows.append({"title": title, "before": pairs.before, "after": pairs.after, "ratio": pairs.ratio})
    if options.json:
        document = {"python": platform.python_version(), "tests": options.tests, "rows": rows}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures what the guard costs.")
    parser.add_argument("--pairs", type=_positive, default=5, metavar="N", help="how many pairs of runs (default: 5)")
    parser.add_argument(
        "--heap", type=int, nargs="+", default=[0, 1_000_000], metavar="N", help="objects on the heap (default: 0 1000000)"
    )
    parser.add_argument("--tests", type=_positive, default=3000, metavar="N", help="how many empty tests (default: 3000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every time to a file as well")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return number


def _measurements(place: Path, options: argparse.Namespace) -> Iterator[tuple[str, measure.Pairs]]:
    for objects in options.heap:
        suite = suites.write(place / f"heap{objects}", options.tests, objects)
        yield f"guarded, {objects:,} objects", measure.pairs(suite, options.pairs, measure.PLAIN, measure.GUARDED)
    suite = suites.write(place / "startup", tests=1, objects=0)
    yield "installed, not used", measure.pairs(suite, options.pairs, measure.PLAIN, measure.UNUSED)


def _line(title: str, pairs: measure.Pairs, tests: int) -> str:
    """One line of the table; the last column is what a test costs more, or for the start what it costs once."""
    before, after = median(pairs.before), median(pairs.after)
    once = title.startswith("installed")
    cost = f"{pairs.difference * 1000:+.1f} ms once" if once else f"{pairs.difference / tests * 1e6:+.0f} µs"
    return f"{title:<32}{before:>8.2f} s{after:>8.2f} s{pairs.ratio:>8.3f}{cost:>15}"


if __name__ == "__main__":
    sys.exit(main())
