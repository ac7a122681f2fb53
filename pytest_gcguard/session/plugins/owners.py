"""Other plugins that run tests in pytest's place: reruns, forks, retries of flaky tests."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
from _pytest import runner

Owner = Callable[[pytest.Item, "pytest.Item | None"], object]


def others(item: pytest.Item, guard: object) -> list[Owner]:
    """Who else would run this test, to be asked before the guard does."""
    return [
        functools.partial(_ask, impl)
        for impl in reversed(item.ihook.pytest_runtest_protocol.get_hookimpls())
        if impl.plugin is not runner and not (impl.hookwrapper or impl.wrapper) and impl.plugin is not guard
    ]


def _ask(impl: Any, item: pytest.Item, nextitem: pytest.Item | None) -> object:
    given = {"item": item, "nextitem": nextitem}
    return impl.function(*[given[name] for name in impl.argnames])
