"""What else pytest, its plugins, tools and the interpreter hold of a test: asked before a suspect is repeated.

Rules of this file: those of ``holdings``; what takes longer to find is asked for last.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from _pytest.reports import BaseReport

from pytest_gcguard.core.objects.classes import class_items, find, mro
from pytest_gcguard.session.held import django, foreign, interpreter, tools
from pytest_gcguard.session.held.tools import CONTAINERS, package

_PATH = type(Path())
_SHORT = 200
_REPORTS = 12
"""How many of the latest reports of an outcome may still be added to; a test has three."""


def near(item: pytest.Item, left: list[object]) -> list[object]:
    """Roots in pytest, its plugins and the interpreter that may hold some of the new objects that are ``left``."""
    session: Any = item.session
    new = frozenset(map(id, left))
    roots: list[object] = [session._setupstate, session._setupstate.__dict__]
    for node in item.listchain():
        roots += (node, node.__dict__, node.stash, node.stash._storage, node.keywords)
    roots += _within(item.__dict__.values(), new)
    roots += _of_plugins(item, new)
    roots += _within(item.config.stash._storage.values(), new)  # among them what finalizers raised, until it is reported
    roots += _of_doctest(item, new)
    roots += foreign.kept(item)
    roots += interpreter.memory(left, _names(item))
    roots += django.kept(left, getattr(item, "cls", None))
    return roots


def _names(item: Any) -> tuple[str, str]:
    """The names of a test's function and of its module; empty where it has none."""
    return getattr(item, "originalname", None) or item.name, getattr(getattr(item, "module", None), "__name__", "")


def far(item: pytest.Item, fixtures: Mapping[str, Any], left: list[object]) -> list[object]:
    """Roots in tools that remember tests: coverage, wider-scoped mockers, Hypothesis in its tests, and others."""
    function = function_of(item)
    found = [*tools.of_coverage(), *tools.of_mockers(fixtures), *tools.of_hypothesis(function)]
    return [*found, *tools.of_decorators(function), *tools.of_flexmock(), *tools.of_blockbuster(left)]


def function_of(item: pytest.Item) -> object:
    """The function of a test. It does not ask for the instance: pytest would make one, and repeats would share it."""
    found: Any = item.__dict__.get("_obj")
    name: Any = getattr(item, "originalname", None)
    for cls in mro(item.cls) if found is None and isinstance(item, pytest.Function) and item.cls is not None else ():
        if found is None:
            found = find(class_items(cls), name)
    return found.__func__ if any(type(found) is tp for tp in (types.MethodType, staticmethod, classmethod)) else found


def _within(values: Iterable[Any], new: Collection[int]) -> list[Any]:
    """The containers among some values; of long ones, which pytest has for all tests, only what was added last.

    Of a long list these are the containers and what is new, by the ids in ``new``: the reports of other tests lead nowhere.
    """
    containers = [value for value in values if type(value) in CONTAINERS]
    found = [value for value in containers if len(value) <= _SHORT]
    for value in containers if len(found) < len(containers) else ():
        if len(value) <= _SHORT:
            continue
        if type(value) is list:
            last = value[-_SHORT:]
            found += itertools.compress(last, map(new.__contains__, map(id, last)))
            found += itertools.compress(last, map(CONTAINERS.__contains__, map(type, last)))
        elif isinstance(value, dict):
            found += itertools.islice(reversed(value.values()), _SHORT)
    return found


def _of_plugins(item: pytest.Item, new: Collection[int]) -> list[object]:
    """The containers that are attributes of plugins, and those in these: reports by outcome, captured log records."""
    config = item.config
    session: Any = item.session
    definitions: Any = session._fixturemanager  # of fixtures, by name and node: thousands of lists
    values: list[object] = []
    latest: list[object] = []
    for plugin in config.pluginmanager.get_plugins():
        attributes = getattr(plugin, "__dict__", None)
        home = package(type(plugin).__module__)
        # the session holds only the tests, and what the guard holds is not the test's
        if type(attributes) is not dict or plugin is session or plugin is definitions or home == "pytest_gcguard":
            continue
        if not issubclass(type(plugin), types.ModuleType):
            values += attributes.values()
        if home == "_pytest":
            # such as the path that was shown last; from Python 3.12 on an older path adds its parts when it is asked for them
            latest += (value for value in attributes.values() if id(value) in new or type(value) is _PATH)
    found = [*latest, *_within(values, new)]
    # what is in a list that an earlier test has begun hangs from nothing else that is in sight
    inner = _within([each for value in found if isinstance(value, dict) for each in value.values()], new)
    reports = [
        each for value in inner if type(value) is list for each in value[-_REPORTS:] if issubclass(type(each), BaseReport)
    ]
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    parts = vars(getattr(capture, "_global_capturing", None) or types.SimpleNamespace())
    files = [getattr(part, "tmpfile", None) for part in parts.values()]  # it remembers the text that it read last
    return [
        *found,
        *inner,
        *(report.__dict__ for report in reports),
        parts,
        *files,
        *_within(definitions.__dict__.values(), new),
    ]


def _of_doctest(item: Any, new: Collection[int]) -> Iterator[object]:
    """The namespace of a docstring's examples, and what its runner remembers of them."""
    for part in (getattr(item, "dtest", None), getattr(item, "runner", None)):
        if part is not None:
            yield from (part, part.__dict__)
            yield from _within(part.__dict__.values(), new)
