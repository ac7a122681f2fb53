"""Running a test once more, unseen: no report, no output, nothing left of it in pytest.

Rules of this file: a repeat goes through the same hooks as the test, and keeps wider-scoped fixtures; `unseen` takes back what
it leaves in pytest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_gcguard.core.heap.collector import Settings
from pytest_gcguard.core.unpatched import time
from pytest_gcguard.session.held import foreign
from pytest_gcguard.session.plugins import verifiers
from pytest_gcguard.session.plugins.clock import nothing
from pytest_gcguard.session.repeating import overdue
from pytest_gcguard.session.repeating.unseen import unseen
from pytest_gcguard.session.scopes import wider
from pytest_gcguard.session.state import STATE, names_of_doctest

_TIMES = 4
"""A phase of a repeat is broken off when it has taken so many times what the first run took, and what all repeats may take,"""
_LEAST = 60.0
"""but not before so many seconds."""


def again(item: pytest.Item, begin: Callable[[], object] = nothing) -> str | None:
    """Runs a test with its own fixtures; None if it passed, else one line on what happened.

    Wider-scoped fixtures must still be set up, and stay so. ``begin`` is called right before the test's own setup.
    """
    settings = Settings.take()
    with unseen(item) as reported:
        _new_request(item)
        _restore_names(item)
        try:
            begin()
            failure = _phase(item, "setup", lambda: item.ihook.pytest_runtest_setup(item=item))
            if failure is None:
                failure = _phase(item, "call", lambda: item.ihook.pytest_runtest_call(item=item))
            ended = _phase(item, "teardown", lambda: _tear_down(item))
        finally:
            _drop_request(item)
            settings.restore()
        return failure or ended or next(iter(reported), None)


def _tear_down(item: pytest.Item) -> None:
    scopes = wider.staying(item.session)
    scopes.last = item.parent
    try:
        item.ihook.pytest_runtest_teardown(item=item, nextitem=item.stash[STATE].nextitem)
    finally:
        scopes.last = None


def why_not(item: pytest.Item) -> str | None:
    """Why a test must not be run again; None where it may be."""
    if item.config.getoption("usepdb", False):
        return "it is not run twice under --pdb"
    if foreign.may_go_on(item):
        return (
            "it is not run twice, since other tests may go on from what it has made"
            "; to settle it: mark it gcguard(confirm=0) to trust its only run"
        )
    return None


def keeps_scopes(item: pytest.Item) -> bool:
    """Whether all wider-scoped fixtures of a test are still set up, so that it can be repeated."""
    info: Any = getattr(item, "_fixtureinfo", None)
    definitions = [each for found in (info.name2fixturedefs.values() if info is not None else ()) for each in found]
    return all(each.scope == "function" or each.cached_result is not None for each in definitions)


def _phase(item: pytest.Item, when: Any, hook: Callable[[], None]) -> str | None:
    reraise = () if item.config.getoption("usepdb", False) else (KeyboardInterrupt,)
    limit = _limit(item)
    call = pytest.CallInfo.from_call(lambda: overdue.within(limit, hook), when=when, reraise=reraise)
    checked = not verifiers.failed(item, call)
    # a TestCase's failures are not raised: pytest's report takes them from here, and a repeat has no report
    failures = [*(item.__dict__.pop("_excinfo", None) or ()), call.excinfo]
    first = next((failure for failure in failures if failure is not None), None)
    if first is not None:
        return f"{first.typename} in its {when}"
    return None if checked else f"a failed check in its {when}"


def _limit(item: pytest.Item) -> float:
    """How many seconds a phase of a repeat may take; the test's first run is over when this is first asked."""
    state = item.stash[STATE]
    if state.seconds is None:
        state.seconds = time.monotonic() - state.begun
    return max(_LEAST, _TIMES * state.seconds + state.policy.confirm_seconds)


def _new_request(item: Any) -> None:
    # what pytest's own runtestprotocol does for a test that is run a second time
    if hasattr(item, "_request") and not item._request:
        item._initrequest()


def _restore_names(item: pytest.Item) -> None:
    """Gives a doctest back what it began with: it has cleared its namespace."""
    names = names_of_doctest(item)
    if names is not None:
        names.update(item.stash[STATE].names or {})


def _drop_request(item: Any) -> None:
    if hasattr(item, "_request"):
        item._request = False
        item.funcargs = None
