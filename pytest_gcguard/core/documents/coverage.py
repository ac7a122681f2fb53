"""What a run can speak for: which tests it has looked at, and which it has left out.

Rules of this file: in doubt a run has not looked. A *place* is a test function by its node id without parameters, or a
wider-scoped fixture.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

_FIXTURE = " fixture)"


def place_of(nodeid: str) -> str:
    """The test function of a test, without its parameters.

    >>> place_of("tests/test_[old].py::TestTree::test_walk[1-[a]]"), place_of("tests/conftest.py::app (session fixture)")
    ('tests/test_[old].py::TestTree::test_walk', 'tests/conftest.py::app (session fixture)')
    """
    file, colons, rest = nodeid.partition("::")
    return file + colons + rest.partition("[")[0]


@dataclasses.dataclass(frozen=True, slots=True)
class Coverage:
    """What a run has collected and looked at.

    ``collected`` counts the tests of each place, also those that were deselected afterwards. ``files`` says of each test file
    whether all of it was collected. ``looked`` counts by rule and place the tests that were looked at. ``gone`` are files that
    are not there any more. ``whole``: the run was asked for the whole suite.

    >>> ran = Coverage({"test_a.py::test_1": 2}, {"test_a.py": True}, {"GCG002": {"test_a.py::test_1": 2}}, whole=True)
    >>> ran.of("test_a.py::test_1", "GCG002"), ran.of("test_a.py::test_1", "GCG003"), ran.complete("GCG002")
    (True, False, True)
    """

    collected: Mapping[str, int] = dataclasses.field(default_factory=dict)
    files: Mapping[str, bool] = dataclasses.field(default_factory=dict)
    looked: Mapping[str, Mapping[str, int]] = dataclasses.field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    whole: bool = False

    def of(self, place: str, rule: str) -> bool:
        """Whether all of a place was looked at for a rule, or the place is gone."""
        file = place.partition("::")[0]
        if place.endswith(_FIXTURE):
            return self.complete(rule)  # any test may be the one that makes it leave something
        if not self.files.get(file, file in self.gone):
            return False
        return self.looked.get(rule, {}).get(place, 0) == self.collected.get(place, 0)

    def complete(self, rule: str) -> bool:
        """Whether every test of the suite was looked at for a rule."""
        looked = self.looked.get(rule, {})
        return self.whole and all(self.files.values()) and all(looked.get(p, 0) == n for p, n in self.collected.items())
