"""Names in ``no_leaks`` that no class has had in a whole run: what looks for them alone cannot fail.

Rules of this file: a module may be imported by one test and named by another, and each in a process of its own, so a name is
told of at the end only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from pytest_gcguard.reports.closing import counted


class Nameless:
    """Adds up what the tests' reports carry of the names that they look for."""

    def __init__(self) -> None:
        self._met: set[str] = set()
        self._asking: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, nodeid: str, named: Mapping[str, bool]) -> None:
        """Takes of each name that a test looks for whether a class had it when the test had run."""
        for name, met in named.items():
            if met:
                self._met.add(name)
            else:
                self._asking[name].append(nodeid)

    def lines(self) -> Iterator[str]:
        """A line for each name that was never met."""
        for name, nodeids in self._asking.items():
            if name not in self._met:
                more = f" and {counted(len(nodeids) - 1, 'more test')}" if len(nodeids) > 1 else ""
                yield f"no class called {name!r} was imported or made, so no leak of it can fail {nodeids[0]}{more}"
