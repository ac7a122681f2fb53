"""Whether a long run grows: ``python -m benchmarks.flat``.

Each of so many tests, in one process, leaves a cycle from which a thousand objects hang. What the process holds after the
first 2,000 tests and after the last is printed, plain and guarded, and how many objects of the guard's own types there were.
pytest itself keeps its reports, some kilobytes for each test: what the guard adds to that is what counts.
"""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from pathlib import Path

from benchmarks import environments, measure
from benchmarks.sections import GUARDED, PLAIN, Python

_EARLY = 2_000
_SUITE = """
import pytest


class Node:
    pass


@pytest.mark.parametrize("number", range({tests}))
def test_leaves_a_cycle_and_what_hangs_from_it(number):
    node = Node()
    node.me = node
    node.kids = [[number] for number in range(1000)]
"""
_CONFTEST = '''
"""Notes what the process holds after some tests, with everything thawed and collected."""

import gc
import json
from collections import Counter
from pathlib import Path

import pytest

tests = 0
seen = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish():
    global tests
    tests += 1
    if tests in ({early}, {tests}):
        gc.unfreeze()
        gc.collect()
        names = [f"{{tp.__module__}}.{{tp.__qualname__}}" for tp in map(type, gc.get_objects())]
        own = Counter(name for name in names if name.startswith("pytest_gcguard"))
        seen.append((int(Path("/proc/self/statm").read_text().split()[1]) * 4096, own))


def pytest_unconfigure():
    Path(__file__).with_name("seen.json").write_text(json.dumps(seen))
'''


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs both and prints what they held; 0 if the guard adds no more than 5 % of what was held early."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.flat", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tests", type=int, default=20_000, help="so many tests (default: %(default)s), more than 2,000")
    parser.add_argument("--work", type=Path, default=environments.CACHE, metavar="FOLDER", help="where suites are kept")
    options = parser.parse_args(arguments)
    if options.tests <= _EARLY:
        parser.error(f"--tests={options.tests}: more than {_EARLY:,} are needed to see whether anything grows")
    python = Python(options.work)
    folder = options.work / "suites" / f"flat-{options.tests}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_many.py").write_text(_SUITE.format(tests=options.tests).lstrip(), encoding="utf-8")
    (folder / "conftest.py").write_text(textwrap.dedent(_CONFTEST).lstrip().format(early=_EARLY, tests=options.tests), "utf-8")
    grown: dict[str, int] = {}
    for name, arguments_of in (("plain", PLAIN), ("guarded", GUARDED)):
        measure.run(python.pytest(folder, *arguments_of))
        (early, objects), (late, objects_late) = json.loads((folder / "seen.json").read_text(encoding="utf-8"))
        grown[name] = late - early
        print(
            f"{name:<9}{early / 2**20:8.1f} MiB after {_EARLY:,} tests, {late / 2**20:8.1f} MiB after {options.tests:,}: "
            f"{late / early:.3f}, {(late - early) / (options.tests - _EARLY):,.0f} bytes a test",
            flush=True,
        )
        if name == "guarded":
            more = {key: number - objects.get(key, 0) for key, number in objects_late.items() if number > objects.get(key, 0)}
            print(f"objects of the guard's own types: {sum(objects.values())} and {sum(objects_late.values())}; grown: {more}")
    added = (grown["guarded"] - grown["plain"]) / early
    print(f"what the guard adds to the growth: {added:+.1%} of what is held after {_EARLY:,} tests (at most 5 %)")
    return int(added > 0.05 or bool(more))


if __name__ == "__main__":
    raise SystemExit(main())
