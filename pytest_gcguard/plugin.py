"""The entry point: options, markers and fixtures; everything else is imported when the guard is switched on."""

from __future__ import annotations

import types
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_gcguard.session.fixtures import TestGuard

_MARKERS = (
    "no_cycles(max=0, ignore=(), origins=None): fail the test if it leaves more than max reference cycles of the project",
    "no_leaks(*types, max=0, ignore=()): fail the test if it leaks objects (of these types) in every repeat",
    "gcguard(fail_on, confirm, ignore, origins, memory, freeze, repeat): guard the test with these settings",
    "no_gcguard(reason=''): leave the test alone",
)

_SETTINGS = tuple(
    f"gcguard{name}"
    for name in (
        *("", "_fail_on", "_confirm", "_confirm_seconds", "_own", "_origins", "_ignore", "_memory", "_report", "_pauses"),
        *("_baseline", "_update_baseline", "_strict_baseline", "_catalogue", "_graphs", "_trace"),
        *("_search_seconds", "_search_objects", "_run_seconds"),
    )
)
_SWITCHES = ("gcguard", "gcguard_memory", "gcguard_update_baseline", "gcguard_strict_baseline")
_OPTIONAL_VALUE = {"--gcguard-pauses": "10", "--gcguard-trace": "10"}
"""Options whose value may be left out, and what it is then."""
_WRONG = "gcguard_wrong"
"""The name under which a worker of pytest-xdist sends what is wrong with a marker."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gcguard", "reference cycles and leaks")

    def add(name: str, ini: str, about: str, **option: object) -> None:
        dest = "gcguard" + name.replace("-", "_")
        group.addoption(f"--gcguard{name}", dest=dest, default=None, help=about, **option)
        # an empty default means that nothing was given: the real defaults are those of the policy
        parser.addini(dest, about, type=ini, default=[] if ini == "linelist" else False if ini == "bool" else "")  # type: ignore[arg-type] # one of the words that addini takes

    add("", "bool", "guard every test", action="store_true")
    group.addoption("--no-gcguard", dest="gcguard_off", action="store_true", help="switch the guard off, markers too")
    about = "what fails a test: a comma list of uncollectable,leak,cycle,memory, or none (default: uncollectable,leak)"
    add("-fail-on", "string", about, metavar="KINDS")
    add("-confirm", "string", "how many times a suspect test is run again; 0 trusts the first run (default: 2)", metavar="N")
    add("-confirm-seconds", "string", "how long the repeats of one test may take (default: 30)", metavar="SECONDS")
    about = "how long the searches for the holders of one test's leaks, and for what to cut, may take (default: 6)"
    add("-search-seconds", "string", about, metavar="SECONDS")
    about = (
        "how many objects the search for one holder may look at; for what to cut three times as many, and of what one test "
        "leaves unreachable ten times (default: 50000)"
    )
    add("-search-objects", "string", about, metavar="N")
    about = "how long the guard may take in all, beside 1 + confirm times what the run takes without it (default: 60)"
    add("-run-seconds", "string", about, metavar="SECONDS")
    about = "packages that are the project's although they are installed, beside those built of it (comma list)"
    add("-own", "string", about, metavar="PACKAGES")
    about = "origins that may fail a test: a comma list of own,library,stdlib,harness (default: own)"
    add("-origins", "string", about, metavar="LIST")
    add("-ignore", "linelist", "types or signatures that are never reported (repeatable)", action="append", metavar="GLOB")
    add("-memory", "bool", "also look for growth of memory that gc does not track (GCG004)", action="store_true")
    about = "trace allocations from the first test on, FRAMES lines of each (default: 10), to tell where a cycle was made"
    add("-trace", "string", about, metavar="FRAMES", nargs="?", const=_OPTIONAL_VALUE["--gcguard-trace"])
    about = "time what automatic gc costs the suite, guard nothing, and show the N tests with the longest pauses (default: 10)"
    add("-pauses", "string", about, metavar="N", nargs="?", const=_OPTIONAL_VALUE["--gcguard-pauses"])
    add("-baseline", "string", "known findings, which do not fail", metavar="FILE")
    add("-update-baseline", "bool", "write what is found to the baseline", action="store_true")
    add("-strict-baseline", "bool", "fail if a finding of the baseline is gone", action="store_true")
    about = "a file of known bugs of libraries, in addition to the built-in ones (repeatable)"
    add("-catalogue", "linelist", about, action="append", metavar="FILE")
    add("-graphs", "string", "draw each finding into a file of this folder", metavar="DIR")
    add(
        "-report",
        "linelist",
        "write a report: json, markdown, html, sarif, gitlab or github, each with :PATH if you like (repeatable)",
        action="append",
        metavar="TYPE[:PATH]",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    from pytest_gcguard import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    _check_switches(early_config)
    if not _OPTIONAL_VALUE.keys().isdisjoint(args):
        _give_values(early_config, parser, args)
    given: Any = early_config.known_args_namespace
    if (given.gcguard or early_config.getini("gcguard")) and not given.gcguard_off and given.gcguard_pauses is None:
        from pytest_gcguard.session import plainly

        with plainly.imported(early_config):
            from pytest_gcguard.session import heap
        heap.load(early_config)


def _check_switches(config: pytest.Config) -> None:
    """Complains about wrong truth values in the ini file, since pytest does not say which setting has one."""
    for name in _SWITCHES:
        try:
            config.getini(name)
        except (ValueError, pytest.UsageError) as error:  # the second from pytest 9.2 on
            overridden = any(text.startswith(f"{name}=") for text in config.known_args_namespace.override_ini or ())
            where = f"-o {name}" if overridden else f"{name} in {config.inipath}"
            raise pytest.UsageError(f"gcguard: {where}: {error}; allowed: true or false") from None


def _give_values(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Keeps an option whose value was left out from taking the path after it: only ``--option=VALUE`` gives one."""
    import copy

    args[:] = [f"{arg}={_OPTIONAL_VALUE[arg]}" if arg in _OPTIONAL_VALUE else arg for arg in args]
    known = parser.parse_known_args(args, namespace=copy.copy(early_config.option))
    known.confcutdir = early_config.known_args_namespace.confcutdir  # which pytest has worked out by now
    early_config.known_args_namespace = known


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getoption("gcguard_off"):
        return
    if _anything_given(config):
        _switch(config).on(config)
    elif config.getoption("numprocesses", None) or config.getoption("tx", None):
        # the marked tests run in other processes, which this one learns of by their reports
        _switch(config).reporting_only(config)


def _switch(config: pytest.Config) -> types.ModuleType:
    from pytest_gcguard.session import plainly

    with plainly.imported(config):
        from pytest_gcguard.session import switch
    return switch


def _anything_given(config: pytest.Config) -> bool:
    # an empty text is given as well, and is wrong
    return any(config.getoption(name) is not None or config.getini(name) for name in _SETTINGS)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if isinstance(collector, (pytest.Module, pytest.Class)) and _may_have_lost_a_test(collector, report):
        from pytest_gcguard.session import lone

        lone.note(collector, report)
    return report


def _may_have_lost_a_test(collector: pytest.Collector, report: pytest.CollectReport) -> bool:
    if report.failed:
        return "TypeError: " in str(report.longrepr)
    home = vars(collector).get("_obj")  # as pytest keeps it: to ask for it anew may import a module
    if not issubclass(type(home), (types.ModuleType, type)):
        return False
    namespace_of = type.__dict__["__dict__"].__get__
    return any("pytestmark" in namespace_of(type(obj)) for obj in list(vars(home).values()))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Switches the guard on if there are marked tests, and complains about wrong arguments of markers."""
    if session.config.getoption("gcguard_off"):
        return
    try:
        _read_markers(session)
    except pytest.UsageError as error:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput[_WRONG] = str(error)
        raise


def _read_markers(session: pytest.Session) -> None:
    names = {"no_cycles", "no_leaks", "gcguard"}
    if session.config.pluginmanager.has_plugin("gcguard-session") or any(
        not names.isdisjoint(mark.name for mark in item.iter_markers()) or "gcguard" in getattr(item, "fixturenames", ())
        for item in session.items
    ):
        switch = _switch(session.config)
        switch.on(session.config)
        switch.prepare(session)
    elif any(mark.args or mark.kwargs for item in session.items for mark in item.iter_markers("no_gcguard")):
        _switch(session.config).check(session)  # what they say is wrong or right whether there is a guard or not


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Raises what a worker has sent about a wrong marker: pytest-xdist itself only says that the worker has ended."""
    wrong = (getattr(node, "workeroutput", None) or {}).get(_WRONG)
    if wrong:
        raise pytest.UsageError(wrong)


@pytest.fixture
def gcguard(request: pytest.FixtureRequest) -> Iterator[TestGuard]:
    """The guard of this test: ``no_cycles()``, ``no_leaks()``, ``expect_freed()``, ``count()`` and ``collect()``.

    A test that asks for it is skipped where the guard is switched off.
    """
    from pytest_gcguard.session import fixtures

    yield from fixtures.test_guard(request)


@pytest.fixture
def gc_disabled() -> Iterator[None]:
    """Automatic garbage collection is off during the test; nothing is checked."""
    import gc

    enabled = gc.isenabled()
    gc.disable()
    yield
    if enabled:
        gc.enable()
