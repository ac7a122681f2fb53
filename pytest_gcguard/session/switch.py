"""Switching the guard on: once for a run, as late as possible."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_gcguard.core.heap import collector
from pytest_gcguard.session import plainly
from pytest_gcguard.session.config import markers
from pytest_gcguard.session.config.settings import Settings, resolve
from pytest_gcguard.session.output.aside import Aside, Listener
from pytest_gcguard.session.output.reporter import Reporter

if TYPE_CHECKING:
    from pytest_gcguard.session.guard import Guard

GUARD = "gcguard-session"
REPORTER = "gcguard-reporter"
SCOPES = "gcguard-scopes"
LATE = "gcguard-late"
FAULTS = "gcguard-faults"
KEEPER = "gcguard-baseline"
ASIDE = "gcguard-aside"
TRACE = "gcguard-trace"


def on(config: pytest.Config) -> None:
    """Registers the guard and its reporter; on an interpreter that cannot be guarded, the reporter alone, which says why."""
    if config.pluginmanager.has_plugin(REPORTER):
        return
    settings = resolve(config)
    if settings.pauses:
        _time(config, settings)
        return
    reason = collector.unsupported()
    keeper = None
    listeners: list[Listener] = []
    if settings.listed is not None:
        from pytest_gcguard.session.output.keeper import Keeper

        keeper = Keeper(config, settings.listed)
        config.pluginmanager.register(keeper, KEEPER)
        listeners.append(keeper)
    reporter = Reporter(config, settings, reason, keeper=keeper)
    config.pluginmanager.register(reporter, REPORTER)
    aside = _aside(config, [*listeners, reporter])
    if reason is None:
        if settings.trace and not _in_other_processes(config):
            config.pluginmanager.register(_Trace(settings.trace), TRACE)
        with plainly.imported(config):
            from pytest_gcguard.session.guard import Guard  # late: a run that only times automatic gc does not need it

        guard = Guard(config, settings, aside)
        config.pluginmanager.register(guard, GUARD)
        config.pluginmanager.register(guard.scopes, SCOPES)
        config.pluginmanager.register(guard.late, LATE)
        reporter.faults = guard.faults
        if hasattr(config, "workerinput"):  # its reporter sees a report when it has been sent
            config.pluginmanager.register(guard.faults, FAULTS)


def _aside(config: pytest.Config, listeners: Sequence[Listener]) -> Aside:
    aside = Aside(config, listeners)
    config.pluginmanager.register(aside, ASIDE)
    return aside


def _in_other_processes(config: pytest.Config) -> bool:
    """Whether the tests run elsewhere, under a guard of their own (pytest-xdist)."""
    return bool(config.getoption("numprocesses", None) or config.getoption("tx", None))


class _Trace:
    """Traces every allocation, with so many ``frames``, while tests run, unless somebody else already does.

    Imports and collection are not traced: they would take ten times as long, and no test is charged with what they make.
    """

    def __init__(self, frames: int) -> None:
        self._frames = frames

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        from pytest_gcguard.core.origins import tracing

        if not tracing.running():
            collector.collect()  # empties the free lists: what is made from these would not be traced
        with tracing.tracing(self._frames):
            return (yield)


def _time(config: pytest.Config, settings: Settings) -> None:
    """Times automatic gc and guards nothing."""
    with plainly.imported(config):
        from pytest_gcguard.core.heap.pauses import PauseTally
        from pytest_gcguard.session.pauses import Collector, Timer

    tally = PauseTally(settings.pauses)
    config.pluginmanager.register(Reporter(config, settings, None, tally), REPORTER)
    config.pluginmanager.register(Collector(tally), "gcguard-pauses")
    if not _in_other_processes(config):  # else the workers time their own
        # last, when all that reports need has been imported
        config.pluginmanager.register(Timer(config, tally), "gcguard-timer")


def reporting_only(config: pytest.Config) -> None:
    """Registers what shows and writes the findings of other processes."""
    if not config.pluginmanager.has_plugin(REPORTER):
        reporter = Reporter(config, resolve(config), None)
        config.pluginmanager.register(reporter, REPORTER)
        _aside(config, [reporter])


def prepare(session: pytest.Session) -> None:
    """Works out the policy of each collected test, so that wrong markers are reported before the first one runs."""
    guard: Guard | None = session.config.pluginmanager.get_plugin(GUARD)
    if guard is None:
        return
    guard.prepare(session.items)
    if any("gcguard" in getattr(item, "fixturenames", ()) for item in session.items):
        with plainly.imported(session.config):
            # else the first test that asks for the fixture imports it, and where one run decides, that would be its leak
            from pytest_gcguard.session import fixtures  # noqa: F401 -- imported now for those tests


def check(session: pytest.Session) -> None:
    """Complains about wrong arguments of ``no_gcguard`` where nothing else is marked, so that no guard reads them."""
    for item in session.items:
        for mark in item.iter_markers("no_gcguard"):
            markers.arguments(mark, item)


__all__ = ["GUARD", "KEEPER", "REPORTER", "SCOPES", "check", "on", "prepare", "reporting_only"]
