"""Containers that hooks of plugins empty after each test: what is in them when a test is looked at has not leaked.

A test is looked at and repeated before its reports are made and its protocol ends. A ``conftest.py`` may clear its registries
only then, and some libraries of mocks do so when the report is made. That a hook does so is read in the sources.

Rules of this file: no hook is called, and no code of an object runs; in doubt no hook empties a container.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_gcguard.core.files import limits
from pytest_gcguard.core.model import Holder
from pytest_gcguard.core.objects.classes import class_items, mro
from pytest_gcguard.core.objects.modules import module_namespace
from pytest_gcguard.core.objects.reading import instance_dict
from pytest_gcguard.session.held.tools import package

_HOOKS = ("protocol", "makereport", "logreport", "logfinish", "logstart")
"""What is called for a test after the look at it, or at the start of the next one."""
_OTHERS = sys.stdlib_module_names | {"_pytest", "pluggy", "pytest_gcguard", "xdist"}
"""Packages whose functions empty nothing of a program's."""
_CALLS = 3
"""Through so many calls from one file to another a hook may empty a container."""


class Cleaners:
    """The functions that hooks of plugins call after each test."""

    def __init__(self, config: pytest.Config) -> None:
        self._functions = _reached(list(_hooks(config)))
        self._by_file: dict[str, frozenset[str]] = {}
        for function in self._functions:
            file = function.__code__.co_filename
            self._by_file[file] = self._by_file.get(file, frozenset()) | {function.__code__.co_name}

    def held(self) -> list[object]:
        """The containers that were made for it."""
        return [self._functions, self._by_file, *self._by_file.values()]

    def empty(self, holder: Holder | None) -> bool:
        """Whether one of the functions takes things out of what holds a leak."""
        if holder is None:
            return False
        if any(name in limits.emptied(file, self._by_file[file]) for file, name in holder.places if file in self._by_file):
            return True
        return holder.container is not None and any(self._empties(each, holder.container.key) for each in self._functions)

    def _empties(self, function: types.FunctionType, key: int) -> bool:
        """Whether a function empties a container with this id, which it reaches by a global or an attribute of one."""
        code = function.__code__
        for name, value in _reads(function):
            if id(value) == key and name in limits.emptied(code.co_filename, frozenset({code.co_name})):
                return True
        return False


def _hooks(config: pytest.Config) -> Iterator[types.FunctionType]:
    for name in _HOOKS:
        for impl in getattr(config.hook, f"pytest_runtest_{name}").get_hookimpls():
            function: Any = impl.function
            if type(function) is types.MethodType:
                function = function.__func__
            if type(function) is types.FunctionType and package(function.__module__) not in _OTHERS:
                yield function


def _reached(functions: list[types.FunctionType]) -> list[types.FunctionType]:
    """Some functions and those that they call by the names of globals, and of attributes of these."""
    found = dict.fromkeys(functions)
    latest = functions
    for _ in range(_CALLS):
        called = (_function(value) for function in latest for _, value in _reads(function))
        latest = [each for each in dict.fromkeys(called) if each is not None and each not in found]
        found.update(dict.fromkeys(latest))
    return list(found)


def _function(value: object) -> types.FunctionType | None:
    if type(value) is staticmethod or type(value) is classmethod:
        value = value.__func__
    return value if type(value) is types.FunctionType and package(value.__module__) not in _OTHERS else None


def _reads(function: types.FunctionType) -> Iterator[tuple[str, object]]:
    """What a function may read by name: its globals, and with a dot before the name the attributes of these."""
    names = set(function.__code__.co_names)
    for each in names.intersection(function.__globals__):
        value = function.__globals__[each]
        yield each, value
        for namespace in _namespaces(value):
            yield from ((f".{name}", inner) for name, inner in namespace if type(name) is str and name in names)


def _namespaces(value: Any) -> Iterator[list[tuple[Any, object]]]:
    """What a module has, a class with those that it inherits from, or an instance with its class."""
    if issubclass(type(value), types.ModuleType):
        yield list(module_namespace(value).items())
        return
    is_class = issubclass(type(value), type)
    yield from (list(class_items(base)) for base in mro(value if is_class else type(value)))
    namespace: dict[Any, object] | None = None if is_class else instance_dict(value)
    if namespace is not None:
        yield list(dict.items(namespace))
