"""Other plugins that run tests in pytest's place: reruns, forks, retries of flaky tests."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from _pytest import runner

Owner = Callable[[pytest.Item, "pytest.Item | None"], object]


class Others:
    """Who else would run a test, to be asked before the guard does; known by what the test is in, until a plugin comes."""

    def __init__(self, guard: object) -> None:
        self._guard = guard
        self._known: dict[int, list[Owner]] = {}

    def of(self, item: pytest.Item) -> list[Owner]:
        """Those of a test: a ``conftest.py`` of its folder may be one."""
        known = self._known.get(id(item.parent))
        if known is None:
            known = self._known[id(item.parent)] = [
                functools.partial(_ask, impl)
                for impl in reversed(item.ihook.pytest_runtest_protocol.get_hookimpls())
                if impl.plugin is not runner and not (impl.hookwrapper or impl.wrapper) and impl.plugin is not self._guard
            ]
        return known

    def forget(self) -> None:
        """Has them asked for anew: a plugin has come."""
        self._known.clear()


def _ask(impl: Any, item: pytest.Item, nextitem: pytest.Item | None) -> object:
    given = {"item": item, "nextitem": nextitem}
    return impl.function(*[given[name] for name in impl.argnames])
