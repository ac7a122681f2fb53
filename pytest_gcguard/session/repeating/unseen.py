"""A repeat leaves no trace: what pytest, its plugins and the process keep of a run of a test is put back after it.

Rules of this file: each context manager takes back one thing; nothing of the first run is undone by it.
"""

from __future__ import annotations

import itertools
import os
import random
import re
import shutil
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from _pytest.junitxml import xml_key
from _pytest.tmpdir import tmppath_result_key

from pytest_gcguard.session import late, relayed
from pytest_gcguard.session.plugins import clock, executors, noted

try:
    from _pytest.subtests import failed_subtests_key
except ImportError:  # before pytest 9 a plugin brings subtests along
    failed_subtests_key = None  # type: ignore[assignment] # there is nothing to put back then


@contextmanager
def unseen(item: Any) -> Iterator[list[str]]:
    """A block in which a test may be run again; the list gets the failures that are reported, not raised."""
    failures: list[str] = []
    with ExitStack() as stack:
        first = (_random, _finalizers, _session, _coverage, clock.running, executors.anew, noted.taken_back)
        for part in (*first, _files, _process, _records, _logs, late.untold):
            stack.enter_context(part(item))
        stack.enter_context(_streams(item))
        stack.enter_context(_reports(item, failures))
        stack.enter_context(warnings.catch_warnings(record=True))
        yield failures


@contextmanager
def _records(item: Any) -> Iterator[None]:
    """The item's attributes, its stash, the sections and properties of its reports."""
    lists = [item._report_sections, item.user_properties, *_junit_properties(item)]
    lengths = [len(kept) for kept in lists]
    attributes, stash = dict(item.__dict__), dict(item.stash._storage)
    try:
        yield
    finally:
        for kept, length in zip(lists, lengths, strict=True):
            del kept[length:]
        for now, before in ((item.__dict__, attributes), (item.stash._storage, stash)):
            for name in now.keys() - before.keys():
                del now[name]
            now.update(before)


def _junit_properties(item: Any) -> Iterator[list[Any]]:
    xml = item.config.stash.get(xml_key, None)
    if xml is not None:
        yield xml.global_properties


@contextmanager
def _finalizers(item: Any) -> Iterator[None]:
    """The finalizers that each run adds to the wider-scoped fixtures that it uses."""
    before = [(fixture, len(fixture._finalizers)) for fixture in _wider_fixtures(item)]
    try:
        yield
    finally:
        for fixture, length in before:
            del fixture._finalizers[length:]


def _wider_fixtures(item: Any) -> Iterator[Any]:
    """The wider-scoped fixtures that are set up and that a test may use; its own list lacks those that it asks for while it
    runs.
    """
    manager = item.session._fixturemanager
    visible = getattr(manager, "_get_all_fixture_defs_for_node", None)  # from pytest 9.2 on; all there are may be thousands
    for definition in visible(item) if visible is not None else itertools.chain(*manager._arg2fixturedefs.values()):
        if definition.cached_result is not None and definition.scope != "function":
            yield definition


@contextmanager
def _session(item: Any) -> Iterator[None]:
    """A stop of the session, if a repeat asks for it."""
    session = item.session.__dict__
    before = {name: session[name] for name in ("_shouldstop", "_shouldfail") if name in session}
    try:
        yield
    finally:
        session.update(before)


@contextmanager
def _reports(item: Any, failures: list[str]) -> Iterator[None]:
    """Reports that plugins log while a test runs, as subtests do; a repeat has no results."""

    def log(report: pytest.TestReport) -> None:
        if report.failed:
            failures.append("a failure in a part of it")

    own: relayed.Own = {"pytest_runtest_logreport": log, "pytest_exception_interact": lambda **_: None}
    counts = item.config.stash.get(failed_subtests_key, None) if failed_subtests_key is not None else None
    before = dict(counts) if counts is not None else {}
    try:
        with relayed.hooks(item.session, lambda _: own):
            yield
    finally:
        if counts is not None:
            counts.clear()
            counts.update(before)


@contextmanager
def _random(item: Any) -> Iterator[None]:
    """The state of the random generators, so that the tests after this one draw what they would have drawn."""
    numpy: Any = sys.modules.get("numpy.random")
    state, numpy_state = random.getstate(), numpy.get_state() if numpy is not None else None
    try:
        yield
    finally:
        random.setstate(state)
        if numpy is not None:
            numpy.set_state(numpy_state)


@contextmanager
def _coverage(item: Any) -> Iterator[None]:
    """Coverage: lines that only a repeat runs are not covered by the suite.

    It is left running while there are other threads: after a stop it would go on in the current thread only.
    """
    coverage: Any = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage is not None and threading.active_count() == 1 else None
    if current is None or not current._started:
        yield
        return
    current.stop()
    try:
        yield
    finally:
        current.start()


@contextmanager
def _files(item: Any) -> Iterator[None]:
    """The folders of ``tmp_path``: a repeat gets one of its own, which goes with it."""
    # at its end, pytest's fixture asks how the earlier phases went; in a repeat no report says so
    item.stash.setdefault(tmppath_result_key, {}).update(setup=True, call=True)
    base = getattr(item.config, "_tmp_path_factory", None)
    folder: Path | None = base._basetemp if base is not None else None
    if folder is None or "tmp_path" not in getattr(item, "fixturenames", ()):
        yield
        return
    prefix = re.sub(r"[\W]", "_", item.name)[:30]
    own = re.compile(re.escape(prefix) + r"\d+")
    before = set(os.listdir(folder))
    current = folder / f"{prefix}current"
    target = os.readlink(current) if current.is_symlink() else None
    try:
        yield
    finally:
        for name in set(os.listdir(folder)) - before:
            if own.fullmatch(name):
                shutil.rmtree(folder / name, ignore_errors=True)
        if target is not None:
            current.unlink(missing_ok=True)
            current.symlink_to(target)


@contextmanager
def _process(item: Any) -> Iterator[None]:
    """The current folder, the environment and the folders to import from: those of a repeat may be about to be removed."""
    folder, environment, path = _folder(), dict(_variables()), list(sys.path)
    try:
        yield
    finally:
        if folder is not None and _folder() != folder:
            with suppress(OSError):  # somebody has removed it
                os.chdir(folder)
        if environment != _variables():
            wanted = {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}
            for name in os.environ.keys() - wanted.keys():
                del os.environ[name]
            os.environ.update(wanted)
        if path != sys.path:
            sys.path[:] = path


def _variables() -> Mapping[Any, Any]:
    """The environment as `os.environ` keeps it: to decode each variable takes longer than many a test."""
    return getattr(os.environ, "_data", os.environ)


def _folder() -> str | None:
    with suppress(OSError):  # it does not exist any more
        return os.getcwd()
    return None


@contextmanager
def _logs(item: Any) -> Iterator[None]:
    """Live logs, the log file, and the fixtures that ``--setup-show`` shows."""
    logging: Any = item.config.pluginmanager.get_plugin("logging-plugin")
    handlers = [logging.log_cli_handler, logging.log_file_handler] if logging is not None else []
    for handler in handlers:
        handler.addFilter(_nothing)
    options = vars(item.config.option)
    shown = {name: options[name] for name in ("setupshow",) if name in options}
    options.update(dict.fromkeys(shown, False))
    try:
        yield
    finally:
        options.update(shown)
        for handler in handlers:
            handler.removeFilter(_nothing)


def _nothing(record: object) -> bool:
    return False


@contextmanager
def _streams(item: Any) -> Iterator[None]:
    """What reaches the terminal past pytest's capturing: with ``-s``, and in ``capsys.disabled()``."""
    capture: Any = item.config.pluginmanager.get_plugin("capturemanager")
    parts = (
        []
        if capture is None or capture._global_capturing is None
        else (capture._global_capturing.out, capture._global_capturing.err)
    )
    numbers = {1, 2}.union(number for part in parts if (number := getattr(part, "targetfd_save", None)) is not None)
    saved: dict[int, int] = {}
    _flush()
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)  # not the built-in function, which a fake file system may have replaced
        try:
            for number in numbers:
                saved[number] = os.dup(number)
                os.dup2(nowhere, number)
        finally:
            os.close(nowhere)
    except OSError:  # a stream is closed: nothing can be doubled there
        pass
    try:
        yield
    finally:
        _flush()
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # closed
            continue
