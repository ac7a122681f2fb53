"""A long run does not grow: not by what tests leave, not by what the guard makes."""

from __future__ import annotations

import json
import sys

import pytest
from mini import run

SUITE = """
    import pytest

    class Node:
        pass

    @pytest.mark.parametrize("number", range(150))
    def test_leaves_a_cycle_and_what_hangs_from_it(number):
        node = Node()
        node.me = node
        node.kids = [[number] for number in range(1000)]

    @pytest.mark.parametrize("number", range(150))
    def test_clean(number):
        assert [[number] for number in range(1000)]
"""
TOLD = """
    import gc
    import json
    from collections import Counter
    from pathlib import Path

    import pytest

    tests = 0
    seen = {}

    def look():
        gc.unfreeze()
        gc.collect()
        resident = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
        names = [f"{tp.__module__}.{tp.__qualname__}" for tp in map(type, gc.get_objects())]
        return resident, Counter(name for name in names if name.startswith("pytest_gcguard"))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish():
        global tests
        tests += 1
        if tests in (50, 300):
            seen[tests] = look()

    def pytest_unconfigure():
        print("\\nSEEN", json.dumps(seen))
"""


def test_a_long_run_does_not_grow(pytester: pytest.Pytester) -> None:
    guarded = run(pytester, SUITE, conftest=TOLD)
    assert guarded.report["summary"]["checked"] == 300
    assert guarded.report["findings"][0]["objects"] == 150
    plain = run(pytester, SUITE, conftest=TOLD, guard=False)
    early, late = _seen(guarded.result.outlines)
    assert late[1] == early[1]
    assert late[1]["pytest_gcguard.session.guard.Guard"] == 1
    if sys.platform == "linux":
        before, after = _seen(plain.result.outlines)
        grown, usual = late[0] - early[0], after[0] - before[0]  # pytest itself keeps its reports
        assert grown - usual < early[0] / 20


def _seen(lines: list[str]) -> list[tuple[int, dict[str, int]]]:
    told = next(line for line in lines if line.startswith("SEEN"))
    return list(json.loads(told.partition(" ")[2]).values())
