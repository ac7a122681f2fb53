"""How long garbage is analysed, ten times as many objects beside so many: ``python -m benchmarks.graph``.

Each row is a graph of another form. The ratio of the times is what "linear" means here: at most twelve for ten times the
objects. Memory is the growth of the process while the garbage is analysed, by object.
"""

from __future__ import annotations

import argparse
import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from pytest_gcguard.core.cycles import census
from pytest_gcguard.core.origins.origin import Origins

ROOT = Path(__file__).resolve().parents[1]


class Node:
    """Two attributes, so that there is something to choose from."""

    def __init__(self) -> None:
        self.parent: object = None
        self.kids: list[Node] = []


def pairs(objects: int) -> list[object]:
    """Very many small cycles: three objects each."""
    made: list[object] = []
    for _ in range(objects // 4):
        one, two = Node(), Node()
        one.kids.append(two)
        two.parent = one
        made += (one, one.kids, two, two.kids)
    return made


def tree(objects: int) -> list[object]:
    """One large component: a tree whose nodes know their parents, ten children each."""
    nodes = [Node() for _ in range(objects // 2)]
    for at, node in enumerate(nodes[1:], 1):
        node.parent = nodes[(at - 1) // 10]
        nodes[(at - 1) // 10].kids.append(node)
    return [part for node in nodes for part in (node, node.kids)]


def ring(objects: int) -> list[object]:
    """One cycle through everything."""
    nodes = [Node() for _ in range(objects // 2)]
    for at, node in enumerate(nodes):
        node.parent = nodes[at - 1]
    return [part for node in nodes for part in (node, node.kids)]


def retained(objects: int) -> list[object]:
    """One small cycle that keeps a long chain alive."""
    nodes = [Node() for _ in range(objects // 2)]
    nodes[0].parent = nodes[0]
    for before, node in pairwise(nodes):
        before.kids.append(node)
    return [part for node in nodes for part in (node, node.kids)]


FORMS: dict[str, Callable[[int], list[object]]] = {form.__name__: form for form in (pairs, tree, ring, retained)}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.graph", description="Measures the analysis of garbage.")
    parser.add_argument("--objects", type=int, default=1_000_000, metavar="N", help="how many objects (default: 1000000)")
    parser.add_argument("--form", choices=FORMS, help=argparse.SUPPRESS)  # what the process of one measurement is told
    options = parser.parse_args(arguments)
    if options.form:
        print(*measure(FORMS[options.form], options.objects))
        return 0
    few = options.objects // 10
    print(f"{'':<12}{few:>12,}{options.objects:>12,}{'ratio':>8}{'memory':>16}")
    for form in FORMS:
        (small, _), (large, memory) = in_a_process(form, few), in_a_process(form, options.objects)
        print(f"{form:<12}{small:>10.2f} s{large:>10.2f} s{large / small:>8.1f}{memory:>8.0f} B/object", flush=True)
    return 0


def in_a_process(form: str, objects: int) -> tuple[float, float]:
    """Seconds and bytes an object, measured in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.graph", "--form", form, "--objects", str(objects)]
    said = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, cwd=ROOT).stdout.split()
    return float(said[0]), float(said[1])


def measure(form: Callable[[int], list[object]], objects: int) -> tuple[float, float]:
    """CPU seconds and bytes an object of the analysis of one graph.

    >>> seconds, memory = measure(pairs, 400)
    >>> seconds < 60
    True
    """
    enabled = gc.isenabled()
    gc.disable()  # as it is when the guard looks
    garbage = form(objects)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock = time.process_time()
    census.take(garbage, Origins(ROOT))
    seconds = time.process_time() - clock
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / objects
    if enabled:
        gc.enable()
    return seconds, memory


if __name__ == "__main__":
    sys.exit(main())
