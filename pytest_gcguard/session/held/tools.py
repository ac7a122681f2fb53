"""What tools that tests use remember of a test, and mostly replace at their next use.

Rules of this file: answers with roots, holds nothing; a tool is known by its modules and by what its objects lead to.
"""

from __future__ import annotations

import pathlib
import sys
import threading
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import _lru_cache_wrapper
from typing import Any

from pytest_gcguard.core.heap import freezing
from pytest_gcguard.core.objects.classes import class_items, find
from pytest_gcguard.core.objects.reading import instance_dict
from pytest_gcguard.core.unpatched import gc

CONTAINERS = frozenset({dict, list, set, tuple, deque, OrderedDict, defaultdict})
_LINKS = frozenset(
    {
        *(types.CellType, types.FunctionType, types.MethodType, types.MappingProxyType, staticmethod, classmethod, property),
        *(threading.local, weakref.WeakKeyDictionary, weakref.WeakValueDictionary, _lru_cache_wrapper),
        type(pathlib.Path()),  # which remembers its parts once it was asked for them
    }
)
"""Types that lead from an object to the containers that are a part of it."""
_FAR = 200_000
"""How many objects of a tool are looked through."""
_HYPOTHESIS = ("hypothesis", "_hypothesis_globals", "_hypothesis_pytestplugin")
_FLEXMOCK = ("flexmock",)
_DECORATORS = 20
"""How many decorators of a test are looked at."""


def of_hypothesis(function: object) -> list[object]:
    """What Hypothesis holds, if it runs a test of this function."""
    if type(function) is types.FunctionType and "is_hypothesis_test" in function.__dict__:
        return parts_of([function, *_modules(_HYPOTHESIS)], _HYPOTHESIS)
    return []


def of_decorators(function: object) -> Iterator[object]:
    """What a test's decorators of freezegun and `unittest.mock` remember of what they replace, some of it to the next time."""
    mock, api = sys.modules.get("unittest.mock"), sys.modules.get("freezegun.api")
    known = (getattr(mock, "_patch", None), getattr(mock, "_patch_dict", None), getattr(api, "_freeze_time", None))
    for decorator in _closed_over(function):
        if any(type(decorator) is tp for tp in known):
            yield from (decorator, decorator.__dict__)
    yield getattr(api, "_GLOBAL_MODULES_CACHE", None)  # of freezegun, an entry for each module


def _closed_over(function: object) -> Iterator[Any]:
    """What the decorators of a function close over, and the patchers that a decorator of mock has collected."""
    for _ in range(_DECORATORS):
        if type(function) is not types.FunctionType:
            break
        yield from gc.get_referents(*(function.__closure__ or ()))
        patchings = function.__dict__.get("patchings")
        if type(patchings) is list:
            yield from patchings
        function = function.__dict__.get("__wrapped__")


def of_blockbuster(left: Iterable[object]) -> Iterator[object]:
    """The functions that blockbuster put in the place of methods of C while a test ran, the latest of each.

    It uses forbiddenfruit, which keeps what it has replaced in the class, under another name.
    """
    if "blockbuster" not in sys.modules:
        return
    for function in left:
        if type(function) is types.FunctionType and function.__module__ == "blockbuster.blockbuster":
            for method in gc.get_referents(*(function.__closure__ or ())):
                if type(method) is types.MethodDescriptorType:
                    kept = find(class_items(method.__objclass__), f"_c_{method.__name__}")
                    yield function if kept is function else None


def of_coverage() -> list[object]:
    """What coverage holds, if it measures."""
    coverage: Any = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage is not None else None
    if current is None:
        return []
    parts = parts_of([current], ("coverage",))
    held = set(map(id, gc.get_referents(*parts)))
    return [*parts, *(obj for obj in freezing.in_sight() if _may_be_of_tracer(obj, held))]


def _may_be_of_tracer(obj: Any, held: set[int]) -> bool:
    """Whether the tracer of a thread may hold an object in C code, hidden from the collector: a method or function of
    coverage, or a built-in method of something that coverage holds (a lock).
    """
    tp = type(obj)
    if tp is types.MethodType:
        return package(type.__dict__["__module__"].__get__(type(obj.__self__))) == "coverage"
    if tp is types.BuiltinFunctionType:
        return id(obj.__self__) in held
    return tp is types.FunctionType and package(obj.__module__) == "coverage"


def of_mockers(fixtures: Mapping[str, Any]) -> list[object]:
    """What ``module_mocker`` and the like hold until their scope ends: a repeat patches what the run before has patched."""
    mocker = getattr(sys.modules.get("pytest_mock"), "MockerFixture", None)
    results = [fixture.cached_result for fixture in fixtures.values() if fixture.scope != "function"]
    mockers = [result[0] for result in results if result is not None and type(result[0]) is mocker]
    parts = parts_of(mockers, ("pytest_mock", "unittest")) if mockers else []
    base = getattr(sys.modules.get("unittest.mock"), "NonCallableMock", ())
    # from Python 3.13 on an instance may show what is in its dictionary, and not the dictionary
    dicts = (instance_dict(part) for part in parts if issubclass(type(part), base))
    return [*parts, *(each for each in dicts if each is not None)]


def of_flexmock() -> list[object]:
    """What flexmock keeps of its mocks: it makes its lists anew after each test, whether the test mocks anything or not."""
    return parts_of(_modules(_FLEXMOCK), _FLEXMOCK) if "flexmock" in sys.modules else []


def _modules(packages: tuple[str, ...]) -> list[object]:
    """The namespaces of the modules of some packages."""
    return [
        types.ModuleType.__getattribute__(module, "__dict__")
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages and issubclass(type(module), types.ModuleType)
    ]


def parts_of(seeds: list[object], packages: tuple[str, ...]) -> list[object]:
    """The seeds and what they lead to by way of containers and of objects of some packages."""
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
    if tp in CONTAINERS:
        return True
    if tp is types.FunctionType:
        return package(obj.__module__) in packages
    if issubclass(tp, type):
        return package(type.__dict__["__module__"].__get__(obj)) in packages
    if tp not in ours:
        ours[tp] = tp in _LINKS or package(type.__dict__["__module__"].__get__(tp)) in packages
    return ours[tp]


def package(module: object) -> str:
    """The top-level package of a module's name; empty if that is no text."""
    return module.partition(".")[0] if type(module) is str else ""
