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

- **A clean test** is told by the identity of what pytest makes for it, without a walk: freezing, two lists from the
  collector and seven more calls of hooks, together some tens of microseconds. Automatic collections are spared in turn,
  which is worth the more the more is on the heap: their cost grows with it, the guard's does not.
- **The start** costs once what the modules of the guard take to import, a few hundredths of a second; the rooms that look
  at findings are imported with the first of them. In a suite of a few seconds this is much of what is left of the
  difference.
- **A test that leaves cycles** is looked at object by object, in Python: some microseconds for each object that was left,
  and tens for each object that is in a cycle. Suites of which nearly every test leaves garbage pay for that.
- **A test that leaks** is run again, and its heap is thawed and walked over to find the holder. What is known is
  recognised.
- **The naive way** collects and counts the whole heap around each test, so its cost grows with the heap.
"""


def write(file: Path, machine: str, rows: Sequence[Row], conclusions: Sequence[str]) -> None:
    """Writes the page."""
    lines = ["| tests | contender | user CPU | at most | clock | memory | a test |", "|---|---|---:|---:|---:|---:|---:|"]
    lines += map(_line, rows)
    text = _HEAD.format(machine=machine, rounds=max(len(row.costs) for row in rows))
    text += "\n".join(lines) + "\n\n" + "".join(f"- {line}\n" for line in conclusions) + _WHY
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)


def _line(row: Row) -> str:
    clock, memory = (f"{measure.ratio(row.costs, row.beside, what):.2f}" for what in ("wall", "peak"))
    ratio = "" if row.apart else f"{row.ratio:.3f}"
    most = "" if row.most is None else f"{row.most:.2f}"
    cells = (row.title, row.contender, ratio, most, "" if row.apart else clock, memory, row.once_or_a_test)
    return f"| {' | '.join(cells)} |"
