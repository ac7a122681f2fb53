"""How long each report of many distinct findings takes, and how large it is: ``python -m benchmarks.reports [NUMBER]``."""

from __future__ import annotations

import sys
import time

from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.reports import github
from pytest_gcguard.reports.formats import FORMATS
from tests.reports.many import run


def main(number: int = 2000) -> None:
    empty = Tally("1.0").document("2030-01-31T12:00:00Z", seconds=1)
    makers = {name: made.render for name, made in FORMATS.items()} | {"github summary": github.summary}
    runs = {
        "5 steps, 3 tests each, a quarter the project's own": run(number),
        "4 to 12 steps, 5 tests each, all the project's own": run(number, tests=5, steps=4, own=True),
    }
    for what, document in runs.items():
        print(f"{number} distinct findings: {what}")
        for name, make in makers.items():
            make(empty)  # imports are not what is measured
            clock = time.perf_counter()
            size = len(make(document).encode())
            print(f"  {name:<16}{time.perf_counter() - clock:>7.2f} s{size / 1e6:>8.2f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
