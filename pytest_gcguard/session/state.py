"""What the guard knows of the test that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session import stragglers

if TYPE_CHECKING:
    from pytest_gcguard.core.cycles.kept import Notes
    from pytest_gcguard.core.heap.collector import Settings
    from pytest_gcguard.core.heap.window import Window
    from pytest_gcguard.core.policy import Policy
    from pytest_gcguard.core.watch import Lens


_ALL_TURNS = 100
"""How often threads get a turn during one test, each a millisecond: one that collects again and again is not held up long."""


class State:
    """The state of the guard for one test.

    ``before`` are gc's settings before it. ``lens`` gives the lens for a closer look. ``fixtures`` is pytest's own table of
    the fixtures that the test asks for. ``instance``: the test gets a new instance of its class, which goes with it. ``names``
    are the names that a doctest begins with: it clears them when it has run. ``nextitem`` is the test that comes next.
    ``threads`` is how many threads ran before. ``turns`` is how many turns they still get when the test collects.

    ``begun`` is the time before the test, and ``seconds`` what its first run took, as far as that was asked.

    ``broken``: the guard broke before the test ran, so that it cannot be checked.

    ``named`` says of each name in the policy that was not met before whether a class has it.

    ``raised``: a phase of the test raised; ``error`` is what its teardown raised. ``looking``: a collection is the guard's
    own. ``hidden`` are the cycles that the test has collected itself. ``expected`` are the objects that must be gone at the
    end, as weak references with names, and ``failures`` says which of them were not.
    """

    __slots__ = (
        *("before", "begun", "broken", "error", "expected", "failures", "fixtures", "hidden", "instance", "lens"),
        *("looking", "named", "names", "nextitem", "policy", "raised", "seconds", "threads", "turns", "window"),
    )

    def __init__(
        self,
        policy: Policy,
        window: Window,
        before: Settings,
        lens: Callable[[], Lens],
        fixtures: Mapping[str, Any],
    ) -> None:
        self.policy = policy
        self.window = window
        self.before = before
        self.lens = lens
        self.fixtures = fixtures
        self.instance = False
        self.named: dict[str, bool] = {}
        self.names: dict[str, object] | None = None
        self.nextitem: pytest.Item | None = None
        self.threads = stragglers.running()
        self.turns = _ALL_TURNS
        self.broken = False
        self.raised = False
        self.looking = False
        self.error: BaseException | None = None
        self.hidden: Notes = {}
        self.expected: list[tuple[Any, str]] = []
        self.failures: list[str] = []
        self.begun = time.monotonic()
        self.seconds: float | None = None

    def named_on(self, carried: dict[str, Any]) -> dict[str, Any]:
        """Adds to what is said of the test, if it was checked, which of its names a class has."""
        if self.named and carried["checked"]:
            carried["named"] = self.named
        return carried


def doctest_of(item: Any) -> Any:
    """The doctest that an item runs; None of other tests."""
    test = item.__dict__.get("dtest")
    return test if test is not None and type(test).__module__ == "doctest" else None


def names_of_doctest(item: Any) -> dict[str, Any] | None:
    """The namespace that a doctest runs in; None of other tests."""
    test = doctest_of(item)
    return test.globs if test is not None else None


STATE = pytest.StashKey[State]()
