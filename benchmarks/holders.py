"""How long it takes to find a holder, beside objgraph: ``python -m benchmarks.holders``.

Both look on the same heap of so many objects, in one process and by turns; a ratio is of neighbours. Two chains of ten levels
lead from a module to an object: a bare one, and one with a list between two levels, and at each level twenty others that refer
to the object as well and lead on to the next level, so that they cannot be told from the holder before the end.
"""

from __future__ import annotations

import argparse
import gc
import platform
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import objgraph

from benchmarks.__main__ import _positive
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.origins.origin import Origins

_LEVELS = 10
_OTHERS = 20


class Level:
    """One level of a chain; what refers to the next is given when it is made."""

    def __init__(self, *held: object) -> None:
        self.held = held[0] if len(held) == 1 else [*held]


def bare() -> Level:
    """The outermost object of a bare chain."""
    level = Level(None)
    for _ in range(_LEVELS):
        level = Level(level)
    return level


def crowded() -> Level:
    """The outermost object of a chain with a list at each level, and twenty others that refer to the same object."""
    level = Level(None)
    for _ in range(_LEVELS):
        level = Level([level], *([level] for _ in range(_OTHERS)))
    return level


def innermost(level: Level) -> Level:
    """The object at the end of a chain."""
    while level.held is not None:
        level = level.held[0][0] if isinstance(level.held, list) else level.held  # type: ignore[assignment] # made so above
    return level


def _ours(target: list[object]) -> None:
    holder = Search(Origins(Path(__file__).parent), target).holder(target[0])
    assert holder is not None
    assert holder.expression.startswith("gcguard_benchmark.CHAIN"), holder.expression


def _objgraphs(target: list[object]) -> None:
    chain = objgraph.find_backref_chain(target[0], objgraph.is_proper_module, max_depth=100, extra_ignore=[id(target)])
    assert len(chain) > _LEVELS, chain


def _seconds(find: Callable[[list[object]], None], target: list[object]) -> float:
    start = time.process_time()
    find(target)
    return time.process_time() - start


def measurements(objects: int, pairs: int) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """The seconds of objgraph and of our search, by turns, for each chain on a heap of so many objects."""
    heap: list[object] = []
    heap.extend(([number], (heap, number), types.SimpleNamespace(number=number))[number % 3] for number in range(objects))
    module = types.ModuleType("gcguard_benchmark")
    sys.modules[module.__name__] = module
    for title, make in (("a bare chain", bare), ("with containers and twenty others", crowded)):
        vars(module)["CHAIN"] = make()
        target: list[object] = [innermost(vars(module)["CHAIN"])]
        gc.collect()
        yield title, [(_seconds(_objgraphs, target), _seconds(_ours, target)) for _ in range(pairs)]
    del sys.modules[module.__name__]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.holders", description="Measures the search for a holder.")
    parser.add_argument("--objects", type=_positive, default=1_000_000, metavar="N", help="on the heap (default: 1000000)")
    parser.add_argument("--pairs", type=_positive, default=3, metavar="N", help="how many pairs of searches (default: 3)")
    options = parser.parse_args()
    gc.disable()
    print(f"Python {platform.python_version()}, {options.objects:,} objects, ten levels, CPU seconds, medians")
    print(f"{'':<36}{'objgraph':>10}{'gcguard':>10}{'ratio':>8}")
    for title, pairs in measurements(options.objects, options.pairs):
        before, after = (median(seconds) for seconds in zip(*pairs, strict=True))
        ratio = median(ours / objgraphs for objgraphs, ours in pairs)
        print(f"{title:<36}{before:>10.3f}{after:>10.3f}{ratio:>8.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
