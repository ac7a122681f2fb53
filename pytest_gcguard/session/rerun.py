"""Running a test once more, unseen: no report, no output, nothing left of it in pytest.

Rules of this file: a repeat goes through the same hooks as the test, keeps wider-scoped fixtures, and everything that pytest
records about it is taken back.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from _pytest.capture import FDCapture, MultiCapture
from _pytest.junitxml import xml_key
from _pytest.runner import get_reraise_exceptions
from _pytest.tmpdir import tmppath_result_key

from pytest_gcguard.core.collector import Settings


def again(item: pytest.Item) -> str | None:
    """Runs a test with its own fixtures; None if it passed, else one line on what happened.

    Wider-scoped fixtures must be set up still, and stay so.
    """
    settings = Settings.take()
    with _unrecorded(item), _unseen(item.config), warnings.catch_warnings(record=True):
        _new_request(item)
        try:
            failure = _phase(item, "setup", lambda: item.ihook.pytest_runtest_setup(item=item))
            if failure is None:
                failure = _phase(item, "call", lambda: item.ihook.pytest_runtest_call(item=item))
            ended = _phase(item, "teardown", lambda: item.ihook.pytest_runtest_teardown(item=item, nextitem=item.parent))
        finally:
            _drop_request(item)
            settings.restore()
    return failure or ended


def keeps_scopes(item: pytest.Item) -> bool:
    """Whether a repeat would find each wider-scoped fixture of a test set up as its run has left it."""
    info: Any = getattr(item, "_fixtureinfo", None)
    definitions = [each for found in (info.name2fixturedefs.values() if info is not None else ()) for each in found]
    return all(each.scope == "function" or each.cached_result is not None for each in definitions)


def _phase(item: pytest.Item, when: Any, hook: Callable[[], None]) -> str | None:
    call = pytest.CallInfo.from_call(hook, when=when, reraise=get_reraise_exceptions(item.config))
    # a TestCase's failures are not raised: pytest's report takes them from here, and a repeat has no report
    failures = [*(item.__dict__.pop("_excinfo", None) or ()), call.excinfo]
    first = next((failure for failure in failures if failure is not None), None)
    return f"{first.typename} in its {when}" if first is not None else None


def _new_request(item: Any) -> None:
    # what pytest's own runtestprotocol does for a test that is run a second time
    if hasattr(item, "_request") and not item._request:
        item._initrequest()


def _drop_request(item: Any) -> None:
    if hasattr(item, "_request"):
        item._request = False
        item.funcargs = None


@contextmanager
def _unrecorded(item: Any) -> Iterator[None]:
    """Takes back what pytest keeps of a run of a test."""
    lists = [item._report_sections, item.user_properties]
    xml: Any = item.config.stash.get(xml_key, None)
    if xml is not None:
        lists.append(xml.global_properties)
    lengths = [len(kept) for kept in lists]
    finalizers = [(fixture, len(fixture._finalizers)) for fixture in _wider_fixtures(item)]
    session = item.session
    proxy = session.gethookproxy
    # tmp_path looks up at its end what the reports said of the test, and a repeat has no reports
    results = item.stash.get(tmppath_result_key, None)
    item.stash[tmppath_result_key] = {}
    # subtests log their reports while they run; a repeat has no results
    session.gethookproxy = lambda fspath: _Silent(proxy(fspath))
    try:
        yield
    finally:
        del session.gethookproxy
        if results is not None:
            item.stash[tmppath_result_key] = results
        for kept, length in zip(lists, lengths, strict=True):
            del kept[length:]
        for fixture, length in finalizers:
            del fixture._finalizers[length:]


@contextmanager
def _unseen(config: pytest.Config) -> Iterator[None]:
    """Keeps what a repeat prints and logs from the terminal, where pytest lets a test's output through."""
    live: Any = config.pluginmanager.get_plugin("logging-plugin")
    handlers: list[logging.Handler] = [] if live is None else [live.log_cli_handler, live.log_file_handler]
    levels = [handler.level for handler in handlers]
    shows = config.option.setupshow
    capture: MultiCapture[str] | None = None
    if config.option.capture in ("no", "tee-sys"):
        capture = MultiCapture(in_=None, out=FDCapture(1), err=FDCapture(2))
        capture.start_capturing()
    config.option.setupshow = False
    for handler in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for handler, level in zip(handlers, levels, strict=True):
            handler.setLevel(level)
        config.option.setupshow = shows
        if capture is not None:
            capture.stop_capturing()


def _wider_fixtures(item: Any) -> Iterator[Any]:
    info = getattr(item, "_fixtureinfo", None)
    for definitions in info.name2fixturedefs.values() if info is not None else ():
        for definition in definitions:
            if definition.scope != "function" and definition.cached_result is not None:
                yield definition


class _Silent:
    """A hook relay that logs no reports."""

    def __init__(self, hooks: Any) -> None:
        self._hooks = hooks

    def __getattr__(self, name: str) -> Any:
        if name == "pytest_runtest_logreport":
            return lambda **_: None
        return getattr(self._hooks, name)
