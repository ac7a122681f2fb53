"""How long the guard may make a whole run.

A suite in which nearly every test leaks something new would take any number of times as long as without the guard. So a
guarded run may take ``2 + confirm`` times as long as without, and some seconds more; then a suspect gets no more than the
repeats that may clear it, as long as they do, and no holder is searched for.

Rules of this file: what is not looked at for that is told, test by test and once in all.
"""

from __future__ import annotations

from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.unpatched import time

_SECONDS = 60.0
"""How many seconds a run may take more, unless something else is asked for."""


class Allowance:
    """Adds up the guard's time, beginning now; ``seconds`` are the user's, or None.

    >>> from pytest_gcguard.core.policy import Policy
    >>> allowance = Allowance()
    >>> allowance.spend(59.0)
    >>> allowance.is_used_up(Policy()), allowance.is_used_up(Policy(), own=False)
    (False, True)
    >>> allowance.spend(2.0)
    >>> allowance.is_used_up(Policy())
    True
    """

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = _SECONDS if seconds is None else seconds
        self._begun = time.perf_counter()
        self._spent = 0.0

    def spend(self, seconds: float) -> None:
        """Adds what the guard has taken for one test."""
        self._spent += seconds

    def is_used_up(self, policy: Policy, *, own: bool = True) -> bool:
        """Whether a test is not to be looked at closer any more; never so if it is marked ``no_leaks``.

        A test that has left nothing ``own``, none of the project's types, is so when one half is used up: what libraries keep
        must not take the time for what may fail a test.
        """
        without = max(time.perf_counter() - self._begun - self._spent, 0.0)
        whole = self._seconds + (1 + policy.confirm) * without
        return policy.leaks is None and self._spent > (whole if own else whole / 2)

    def why(self, policy: Policy) -> str:
        """Why such a test is not confirmed, and how to settle it."""
        return (
            f"the guard has taken more than {1 + policy.confirm} times what the run takes without it, plus {self._seconds:g} s"
            "; to settle it: run the test by itself, or raise gcguard_run_seconds"
        )
