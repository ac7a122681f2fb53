"""Which tests may collect and count objects themselves: those that know ``gc`` by its name.

Rules of this file: asked before each test until one does, so each namespace is looked at only once.
"""

from __future__ import annotations

import types
from typing import Any

import pytest

_NAMES = frozenset(("gc", "objgraph"))


class Knowers:
    """Tells of a test whether it knows gc, or one of its fixtures, or the module of either.

    Remembers ids of nodes and of modules' namespaces, which live as long as the run.
    """

    def __init__(self) -> None:
        self._parents: dict[int, bool] = {}
        self._namespaces: dict[int, bool] = {}

    def is_one(self, item: pytest.Item) -> bool:
        """Whether a test may collect."""
        known = self._parents.get(id(item.parent))
        if known is None:
            known = self._parents[id(item.parent)] = self._is_of_module(item)
        if known:
            return True
        method: Any = item.__dict__.get("_obj")  # not asked for: that may make an instance of the test's class
        if self._is_function(getattr(method, "__func__", method)):
            return True
        fixtures = fixtures_of(item)
        return bool(fixtures) and any(self._is_function(fixture.func) for fixture in fixtures)

    def _is_of_module(self, item: pytest.Item) -> bool:
        module: Any = item.getparent(pytest.Module)
        namespace = getattr(module.__dict__.get("_obj"), "__dict__", None) if module is not None else None
        return namespace is not None and self._names_it(namespace)

    def _is_function(self, function: Any) -> bool:
        if type(function) is not types.FunctionType:
            return False
        return not _NAMES.isdisjoint(function.__code__.co_names) or self._names_it(function.__globals__)

    def _names_it(self, namespace: dict[str, Any]) -> bool:
        known = self._namespaces.get(id(namespace))
        if known is None:
            known = self._namespaces[id(namespace)] = any(name in namespace for name in _NAMES)
        return known


def fixtures_of(item: pytest.Item) -> list[Any]:
    """The fixtures that a test asks for."""
    known: Any = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", None)
    return [each[-1] for each in known.values() if each] if known else []


def asks_for_wider(item: pytest.Item) -> bool:
    """Whether a test asks for a fixture of a wider scope, which outlives it."""
    return any(fixture.scope != "function" for fixture in fixtures_of(item))
