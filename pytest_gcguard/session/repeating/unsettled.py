"""Where repeats cannot tell whether a test leaks: why, and how to settle it."""

from __future__ import annotations

from collections.abc import Callable

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Leak, Observation
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.session.plugins.clock import nothing
from pytest_gcguard.session.repeating.progress import Progress

SETTLE = "let the test pass twice in one process, or mark it gcguard(confirm=0) to trust its only run"
ENDLESS = f"a repeat of it with other parameters did not come to its end; to settle it: {SETTLE}"


class UnsettledError(Exception):
    """Repeats could not tell whether a test leaks; the message says why, and how to settle it."""


class NotTwiceError(UnsettledError):
    """The test did not pass when it was run again; ``failure`` says in a line what happened."""

    def __init__(self, failure: str) -> None:
        super().__init__(f"{failure} when it was run again; to settle it: {SETTLE}")
        self.failure = failure


def repeat(progress: Progress, policy: Policy, begin: Callable[[], object] = nothing) -> None:
    """Runs the test once more; raises `UnsettledError` if it may not be, there is no more time, or it does not pass.

    ``begin`` as for `rerun.again`.
    """
    if not policy.repeat:
        raise UnsettledError("its marker says that it cannot be run twice; to settle it: " + SETTLE)
    if progress.over():
        raise UnsettledError(
            f"its repeats take more than {policy.confirm_seconds:g} s; to settle it: raise gcguard_confirm_seconds"
        )
    failure = progress.repeat(begin)
    if failure is not None:
        raise NotTwiceError(failure)


def unconfirmed(seen: Observation, why: str) -> tuple[Leak, ...]:
    """The project's types that a test left which could not be run again, as one leak that never fails a test."""
    own = [survivor for survivor in seen.survivors if survivor.origin is Origin.OWN]
    if not own:
        return ()
    types = tuple(survivor.type for survivor in own)
    return (Leak(types, (own[0].count,), Origin.OWN, objects=own[0].count, confirmed=False, why=why),)
