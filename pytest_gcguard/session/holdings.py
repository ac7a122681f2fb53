"""What pytest, its plugins and the interpreter hold of a test that has run: nothing that is reached from there is its doing.

A walk over what is new stops at objects that are older than the test, so what is asked for here is each list and dictionary
that a run adds to, not only who owns it.

Rules of this file: answers with roots, holds nothing; `quick` is asked after every test, `near` and `far` of one that would
have to be repeated.
"""

from __future__ import annotations

import gc
import itertools
import linecache
import operator
import pathlib
import sys
import threading
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import _lru_cache_wrapper
from importlib.machinery import FileFinder, SourceFileLoader
from typing import Any

import pytest
from _pytest.reports import BaseReport

from pytest_gcguard.core import freezing
from pytest_gcguard.core.classes import class_items, find, mro
from pytest_gcguard.core.reading import instance_dict
from pytest_gcguard.core.unreachable import is_abc_callback
from pytest_gcguard.session import caches, tools

_CONTAINERS = frozenset({dict, list, set, tuple, deque, OrderedDict, defaultdict})
_LINKS = frozenset(
    {
        *(types.CellType, types.FunctionType, types.MethodType, types.MappingProxyType, staticmethod, classmethod, property),
        *(threading.local, weakref.WeakKeyDictionary, weakref.WeakValueDictionary, _lru_cache_wrapper),
        type(pathlib.Path()),  # which remembers its parts once it was asked for them
    }
)
"""What leads from an object to the containers that are a part of it."""
_ACTIONS = frozenset({"all", "always", "default", "error", "ignore", "module", "once"})
_SHORT = 200
_REPORTS = 12
"""As many of the latest reports of an outcome may still be added to; a test has three."""
_FAR = 200_000
"""As many objects of a tool are looked through at most."""
_HYPOTHESIS = ("hypothesis", "_hypothesis_globals", "_hypothesis_pytestplugin")


def fixtures_of(item: Any) -> Mapping[str, Any]:
    """The fixtures that a test asks for, also while it runs: filled by its request, which pytest drops at its end."""
    found: Mapping[str, Any] | None = getattr(getattr(item, "_request", None), "_fixture_defs", None)
    return {} if found is None else found


def quick(item: pytest.Item, reports: list[pytest.TestReport], fixtures: Mapping[str, Any]) -> list[object]:
    """What reaches all that a test leaves in pytest which left nothing itself."""
    attributes = item.__dict__
    session: Any = item.session
    # from Python 3.13 on either an instance or its dictionary shows what is in it, and the one shows no reference to the other
    roots: list[object] = [reports, *reports, *(report.__dict__ for report in reports)]
    roots += (item, attributes, item.stash._storage, fixtures)
    roots += (attributes.get("_report_sections"), attributes.get("user_properties"), session._setupstate.stack)
    roots += gc.get_referents(*session._setupstate.stack.values())
    roots += [fixture._finalizers for fixture in fixtures.values() if fixture.scope != "function"]
    if item.config.pluginmanager.has_plugin("warnings"):  # which puts another list in the place of this one after the report
        roots.append(getattr(sys.modules["warnings"], "filters", None))
    return roots


def of_logging(config: pytest.Config) -> list[object]:
    """What pytest's log handlers remember of a test."""
    logging: Any = config.pluginmanager.get_plugin("logging-plugin")
    handlers = () if logging is None else (logging.caplog_handler, logging.report_handler)
    return [*handlers, *(handler.__dict__ for handler in handlers)]


def near(item: pytest.Item, left: list[object]) -> list[object]:
    """What else pytest and the interpreter hold that could be among some new objects."""
    session: Any = item.session
    new = frozenset(map(id, left))
    roots: list[object] = [session._setupstate, session._setupstate.__dict__]
    for node in item.listchain():
        roots += (node, node.__dict__, node.stash, node.stash._storage)
    roots += _within(item.__dict__.values(), new)
    roots += _of_plugins(item, new)
    roots += _within(item.config.stash._storage.values(), new)  # among them what finalizers raised, until it is reported
    roots += _of_doctest(item, new)
    roots += _of_interpreter(left)
    return roots


def remembered(objects: list[object]) -> list[object]:
    """Of what is new that which C code remembers: classes that were asked for, and the filters of the last warning.

    `_abc` keeps sets of weak references, each with a callback that knows the set; `_warnings` the list that it looked up last.
    """
    callbacks: Iterator[Any] = filter(is_abc_callback, objects)
    sets = [callback.__self__() for callback in callbacks]
    return [*sets, *(obj for obj in objects if type(obj) is list and obj and all(map(_is_filter, obj)))]


def _is_filter(obj: object) -> bool:
    return type(obj) is tuple and len(obj) == 5 and type(obj[0]) is str and obj[0] in _ACTIONS


def far(item: pytest.Item, fixtures: Mapping[str, Any], left: list[object]) -> list[object]:
    """What tools hold that have a memory of their own: coverage, wider-scoped mockers, Hypothesis in its tests, and others."""
    function = function_of(item)
    found = [*_of_coverage(), *_of_mockers(fixtures), *tools.of_decorators(function), *tools.of_blockbuster(left)]
    if type(function) is types.FunctionType and "is_hypothesis_test" in function.__dict__:
        found += _parts([function, *_modules(_HYPOTHESIS)], _HYPOTHESIS)
    return found


def function_of(item: pytest.Item) -> object:
    """The function of a test, without asking for the instance: pytest would make one, and keep it for the repeats to share."""
    found: Any = item.__dict__.get("_obj")
    name: Any = getattr(item, "originalname", None)
    for cls in mro(item.cls) if found is None and isinstance(item, pytest.Function) and item.cls is not None else ():
        if found is None:
            found = find(class_items(cls), name)
    return found.__func__ if any(type(found) is tp for tp in (types.MethodType, staticmethod, classmethod)) else found


def _within(values: Iterable[Any], new: Collection[int]) -> list[Any]:
    """Of some values the containers; of long ones only what was added last, since pytest keeps lists of all tests: of lists
    the containers and what is new, which ``new`` tells by id, since the many reports of other tests lead nowhere.
    """
    containers = [value for value in values if type(value) in _CONTAINERS]
    found = [value for value in containers if len(value) <= _SHORT]
    for value in containers if len(found) < len(containers) else ():
        if len(value) <= _SHORT:
            continue
        if type(value) is list:
            last = value[-_SHORT:]
            found += itertools.compress(last, map(new.__contains__, map(id, last)))
            found += itertools.compress(last, map(_CONTAINERS.__contains__, map(type, last)))
        elif isinstance(value, dict):
            found += itertools.islice(reversed(value.values()), _SHORT)
    return found


def _of_plugins(item: pytest.Item, new: Collection[int]) -> list[object]:
    """The containers that are attributes of plugins, and those in these: reports by outcome, captured log records."""
    config = item.config
    values: list[object] = []
    for plugin in config.pluginmanager.get_plugins():
        attributes = getattr(plugin, "__dict__", None)
        # the session knows of the tests only, and what the guard itself holds is none of the test's
        if type(attributes) is not dict or plugin is item.session or _package(type(plugin).__module__) == "pytest_gcguard":
            continue
        if not issubclass(type(plugin), types.ModuleType):
            values += attributes.values()
    found = _within(values, new)
    inner = _within([each for value in found if type(value) is dict for each in value.values()], new)
    reports = [
        each for value in inner if type(value) is list for each in value[-_REPORTS:] if issubclass(type(each), BaseReport)
    ]
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    parts = vars(getattr(capture, "_global_capturing", None) or types.SimpleNamespace())
    files = [getattr(part, "tmpfile", None) for part in parts.values()]  # it remembers the text that it read last
    return [*found, *inner, *(report.__dict__ for report in reports), parts, *files]


def _of_doctest(item: Any, new: Collection[int]) -> Iterator[object]:
    """The namespace of a docstring's examples, and what its runner remembers of them."""
    for part in (getattr(item, "dtest", None), getattr(item, "runner", None)):
        if part is not None:
            yield from (part, part.__dict__)
            yield from _within(part.__dict__.values(), new)


def _of_interpreter(left: list[object]) -> Iterator[object]:
    """Warnings that were shown or recorded, the last value shown, the last error, and caches that do not grow for ever."""
    warnings: Any = sys.modules["warnings"]
    yield getattr(warnings._showwarnmsg_impl, "__self__", None)  # of a list that records: its method `append`
    # there are hundreds of modules and files: asked only where something new looks like what they remember
    dicts = [obj for obj in left if type(obj) is dict]
    tuples = [obj for obj in left if type(obj) is tuple]
    if any(map(_may_be_registry, dicts)) or any(map(_may_be_warning, tuples)):
        yield from filter(None, map(dict.get, _namespaces(), itertools.repeat("__warningregistry__")))
    if any(map(_may_be_of_loader, dicts)):
        loaders = list(map(dict.get, _namespaces(), itertools.repeat("__loader__")))
        files = map(operator.is_, map(type, loaders), itertools.repeat(SourceFileLoader))
        yield from itertools.compress(loaders, files)  # one is given its dictionary when it is compared with another
    if any(map(_may_be_file, tuples)):
        # the lines of a file; what was made up by a program has no time
        yield from (entry for entry in list(linecache.cache.values()) if len(entry) == 4 and entry[1] is not None)
    for name in ("last_exc", "last_value", "last_traceback"):
        yield getattr(sys, name, None)
    yield sys.modules["builtins"].__dict__.get("_")
    yield getattr(threading, "_limbo", None)  # seen as new once a thread was started
    yield getattr(threading, "_shutdown_locks", None)  # up to Python 3.12 of a thread that has ended, until another one starts
    yield sys.path_importer_cache  # one for each folder that was ever on the path
    if any(type(obj) is set for obj in left):  # the names of the files in one of them, read again when it has changed
        finders = [finder for finder in list(sys.path_importer_cache.values()) if type(finder) is FileFinder]
        yield from (*finders, *(finder.__dict__ for finder in finders))
    yield getattr(sys.modules.get("_ctypes"), "_pointer_type_cache", None)  # one for each class that was pointed to
    yield from caches.of_library(left)
    for function in getattr(sys.modules.get("typing"), "_cleanups", ()):
        yield getattr(function, "__self__", None)
    yield from _of_asyncio()


def _may_be_registry(new: dict[object, object]) -> bool:
    """Whether it may be a ``__warningregistry__``: that has its version first, or else warnings."""
    first = next(iter(new), None)
    return not new or type(first) is tuple or (type(first) is str and first == "version")


def _may_be_warning(new: tuple[object, ...]) -> bool:
    """Whether it may be an entry of one: a text and its category, and a line if it is not to be shown once for all lines."""
    return len(new) in {2, 3} and issubclass(type(new[1]), type)


def _may_be_of_loader(new: dict[object, object]) -> bool:
    first = next(iter(new), None)
    return type(first) is str and first == "name"


def _may_be_file(new: tuple[object, ...]) -> bool:
    """Whether it may be what `linecache` has of a file: its size, its time, its lines, and its full name."""
    return len(new) == 4 and type(new[2]) is list


def _namespaces() -> Iterator[dict[str, object]]:
    """The dictionaries of the imported modules; of hundreds, hence in C."""
    modules = list(sys.modules.values())
    plain = map(operator.is_, map(type, modules), itertools.repeat(types.ModuleType))
    return map(_NAMESPACE, itertools.compress(modules, plain))


_NAMESPACE: Callable[[object], dict[str, object]] = vars(types.ModuleType)["__dict__"].__get__


def _of_asyncio() -> Iterator[object]:
    """The dictionaries that name the loop and the task that runs: made once, but seen as new whenever they have held one."""
    yield getattr(sys.modules.get("asyncio.tasks"), "_current_tasks", None)
    policy: Any = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    local = getattr(policy, "_local", None)
    if local is not None:
        shares = gc.get_referents(local)
        yield from (local, *shares, *gc.get_referents(*shares))


def _of_coverage() -> list[object]:
    coverage: Any = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage is not None else None
    if current is None:
        return []
    parts = _parts([current], ("coverage",))
    held = set(map(id, gc.get_referents(*parts)))
    return [*parts, *(obj for obj in freezing.in_sight() if _may_be_of_tracer(obj, held))]


def _may_be_of_tracer(obj: Any, held: set[int]) -> bool:
    """Whether the tracer of a thread may hold an object in C, which tells the collector nothing: methods of coverage's and of
    what that holds (a lock)."""
    tp = type(obj)
    if tp is types.MethodType:
        return _package(type.__dict__["__module__"].__get__(type(obj.__self__))) == "coverage"
    if tp is types.BuiltinFunctionType:
        return id(obj.__self__) in held
    return tp is types.FunctionType and _package(obj.__module__) == "coverage"


def _of_mockers(fixtures: Mapping[str, Any]) -> list[object]:
    """What ``module_mocker`` and the like undo at the end of their scope: a repeat patches what the one before has patched."""
    mocker = getattr(sys.modules.get("pytest_mock"), "MockerFixture", None)
    results = [fixture.cached_result for fixture in fixtures.values() if fixture.scope != "function"]
    mockers = [result[0] for result in results if result is not None and type(result[0]) is mocker]
    parts = _parts(mockers, ("pytest_mock", "unittest")) if mockers else []
    base = getattr(sys.modules.get("unittest.mock"), "NonCallableMock", ())
    # from Python 3.13 on an instance may show what is in its dictionary, and not the dictionary
    dicts = (instance_dict(part) for part in parts if issubclass(type(part), base))
    return [*parts, *(each for each in dicts if each is not None)]


def _modules(packages: tuple[str, ...]) -> list[object]:
    """The namespaces of the modules of some packages."""
    return [
        types.ModuleType.__getattribute__(module, "__dict__")
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages and issubclass(type(module), types.ModuleType)
    ]


def _parts(seeds: list[object], packages: tuple[str, ...]) -> list[object]:
    """The seeds with what they lead to by way of containers and of objects of some packages."""
    seen = set(map(id, seeds))
    found = list(seeds)
    ours: dict[type, bool] = {}
    frontier = found
    while frontier and len(found) < _FAR:
        reached = {id(obj): obj for obj in gc.get_referents(*frontier) if gc.is_tracked(obj)}
        frontier = [obj for key, obj in reached.items() if key not in seen and _is_part(obj, packages, ours)]
        seen.update(map(id, frontier))
        found += frontier
    return found


def _is_part(obj: object, packages: tuple[str, ...], ours: dict[type, bool]) -> bool:
    tp = type(obj)
    if tp in _CONTAINERS:
        return True
    if tp is types.FunctionType:
        return _package(obj.__module__) in packages
    if issubclass(tp, type):
        return _package(type.__dict__["__module__"].__get__(obj)) in packages
    if tp not in ours:
        ours[tp] = tp in _LINKS or _package(type.__dict__["__module__"].__get__(tp)) in packages
    return ours[tp]


def _package(module: object) -> str:
    return module.partition(".")[0] if type(module) is str else ""
