"""Writes the page of what the guard costs from what was measured."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks import measure
from benchmarks.sections import Row

_HEAD = """\
# What the guard costs

<!-- Written by `python -m benchmarks --page docs/cost.md`; do not edit it by hand. -->

{machine}. {rounds} rounds, in each of which everything that is compared ran once, by turns; the figures are medians over the
rounds: of the ratio to plain pytest on the same tests, and of what one test costs (a suite of many less a suite of one).
User CPU, as the kernel counts it, with bytecode written as on any machine where tests are run more than once. Again:

```sh
pip install -e '.[bench]' && python -m benchmarks --page docs/cost.md --svg docs/images/cost.svg
```

![What one empty test costs over the size of the heap, by contender](images/cost.svg)

"""
_WHY = """
## Why it costs what it costs

- **A clean test** is recognised by the identity of the objects that pytest makes for it, without a walk. It takes a freeze,
  two lists from the collector and seven more calls of hooks, together some tens of microseconds. In return there are no
  automatic collections, neither during tests nor of older objects while modules are imported and tests are collected, and
  at its end pytest collects the heap once, not twice. What that spares grows with the heap; what the guard costs does not.
- **The start** takes a hundredth of a second, once, to import the guard. The modules that look closer are imported with the
  first test that leaves something, and take three hundredths.
- **A test that leaves cycles** is looked at object by object, in Python. That takes some microseconds for each object that
  was left, and tens for each object in a cycle, less where hundreds of small cycles are alike or an earlier test has left
  the same. Of more than half a million objects of one test only so many are looked at like this (ten times
  `gcguard_search_objects`), and of the others each takes some four microseconds. A suite in which nearly every test leaves
  garbage pays for that.
- **A test that leaks** is run again several times, once of these with its allocations traced, which takes several times as
  long: ten lines of each, and of a fast test all where none of the ten is the project's. Then its heap is thawed and walked
  over to find the holder; a wide search makes an index of the heap, some 80 bytes for each object. Much of that is spared
  where a leak is known. If it cannot fail the test (a library's leak, or one in the baseline) and two tests have shown it,
  one look is enough; if it can, one repeat is, once eight tests have shown it. A known leak is recognised by the lines that
  make it, or by its holder, which takes less than a repeat. What hangs from containers at a place where a leak was found
  before, and from nothing else, needs no walk over the heap. A suite pays most if nearly every test leaks something of its
  own, of many types, on a large heap, as one that draws figures and closes none: a second and more for each such test, and
  the memory of what every repeat leaks once more.
- **The naive way** collects and counts the whole heap around each test, so its cost grows with the heap.
"""


_SPENT = """
Counted in instructions (callgrind, CPython 3.11.7, pytest 9.2.0), which do not depend on what else the machine does, an
empty test takes 2.24 million plain, its share of the automatic collections included, and 2.39 million guarded, the run once
74 million more. The first is seven more calls of hooks, two lists from the collector and the state of `gc` saved and
restored. The second is the import of some thirty modules, eighteen options, and four plugins in which pytest looks for hooks
and fixtures. On an empty heap that is about what is spared: runs of four days gave ratios of 0.92 to 1.11 for it, and
0.91 to 1.15 for pytest-nogarbage, which adds next to nothing. With 300,000 objects and more the spared collections weigh
more. Installed and not used the plugin takes three to five milliseconds of a start: half of that is pytest's reading of
the list of the plugin's files, as it reads that of every plugin to know where assertions are to be rewritten (220 files, and
their bytecode), the other half the import of the plugin, its options, hooks and fixtures. What
`--gcguard-pauses` adds to jinja2's suite is 1.8 % (10.03 and 10.20 thousand million), a quarter of it the import of what
tells the times at the end; by the clock it was between 6 % less and 15 % more.

In a suite in which most tests leave cycles, the difference is what it takes to look at these objects in Python: jinja2's
takes 10.1 thousand million instructions plain and 17.2 guarded, 7.9 million more for a test; 805 of its 909 tests leave
cyclic garbage, and 64 fill caches, so that they are run again, most of them once. Of click's suite 1,006 tests leak,
854 of which run twice and the others three times and more: the least that a leak costs which is seen to rise again. Of
networkx's part 87 tests leak, most of them figures that stay open, each with other artists; its memory is mostly what their
repeats leave open as well.

However much a suite leaks, searches end when the guard has taken `1 + confirm` times as long as the run takes without it, and
a minute more (`gcguard_run_seconds`), and so do repeats, unless they show that tests do not leak.

`python -m benchmarks.flat` shows that a long run does not grow: after 20,000 tests that each leave a cycle and a thousand
objects, the process holds 200 MiB where that of plain pytest holds 191, and 123 where that holds 115 to 118 after the first
2,000 of them.
"""


def write(file: Path, machine: str, rows: Sequence[Row], conclusions: Sequence[str]) -> None:
    """Writes the page."""
    lines = ["| tests | contender | user CPU | at most | clock | memory | a test |", "|---|---|---:|---:|---:|---:|---:|"]
    lines += map(_line, rows)
    text = _HEAD.format(machine=machine, rounds=_rounds(rows))
    text += "\n".join(lines) + "\n\n" + "".join(f"- {line}\n" for line in conclusions) + _WHY
    over = [row for row in rows if row.most is not None and not row.apart and round(row.ratio, 2) > row.most]
    if over:
        told = (f"- {row.title}, {row.contender}: {row.ratio:.3f}, at most {row.most:.2f} was aimed at\n" for row in over)
        text += "\n## What was not reached\n\n" + "".join(told) + _SPENT
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


def _rounds(rows: Sequence[Row]) -> str:
    numbers = sorted({len(row.costs) for row in rows if row.section != "startup"} or {0})
    return " to ".join(map(str, {min(numbers): 0, max(numbers): 0}))


def _line(row: Row) -> str:
    clock, memory = (f"{measure.ratio(row.costs, row.beside, what):.2f}" for what in ("wall", "peak"))
    ratio = "" if row.apart else f"{row.ratio:.3f}"
    most = "" if row.most is None else f"{row.most:.2f}"
    cells = (row.title, row.contender, ratio, most, "" if row.apart else clock, memory, row.once_or_a_test)
    return f"| {' | '.join(cells)} |"
