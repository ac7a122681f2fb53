"""The clock of pytest-timeout: it stands still while the guard looks at a test, and each repeat gets the time of one run.

Rules of this file: a release with neither the hooks (from 2.1 on) nor the functions of before is left alone, since a clock
that runs on is better than a test that is not looked at. Where only the call of a test is timed, pytest-timeout does that in
each repeat by itself.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


def stop(item: pytest.Item) -> Callable[[], object]:
    """Stops the clock of a test, for time that is not the test's; returns what starts it anew with the time of one run."""
    stop, start = _hands(item)
    stop()
    return start


@contextmanager
def running(item: pytest.Item) -> Iterator[None]:
    """A block that has the time of one run, while the clock is stopped."""
    stop, start = _hands(item)
    start()
    try:
        yield
    finally:
        stop()


_Hands = tuple[Callable[[], object], Callable[[], object]]


def _hands(item: pytest.Item) -> _Hands:
    """Two functions that stop the clock of a test and start it anew; they do nothing where there is none."""
    plugin: Any = sys.modules.get("pytest_timeout")
    if plugin is not None and item.config.pluginmanager.is_registered(plugin):
        try:
            return _by_hooks(plugin, item) or _by_functions(plugin, item) or _NO_HANDS
        except (AttributeError, TypeError):  # these are private, and may be called otherwise one day
            pass
    return _NO_HANDS


def _by_hooks(plugin: Any, item: pytest.Item) -> _Hands | None:
    hook: Any = item.config.hook
    if not hasattr(hook, "pytest_timeout_set_timer") or not hasattr(hook, "pytest_timeout_cancel_timer"):
        return None
    settings = plugin._get_item_settings(item)
    if settings.func_only or not settings.timeout or settings.timeout <= 0:
        return _NO_HANDS
    stop, start = hook.pytest_timeout_cancel_timer, hook.pytest_timeout_set_timer
    return lambda: stop(item=item), lambda: start(item=item, settings=settings)


def _by_functions(plugin: Any, item: pytest.Item) -> _Hands | None:
    """The same for releases before 2.1; there starting does nothing for a test without a limit."""
    stop, start = plugin.timeout_teardown, plugin.timeout_setup
    return None if plugin.get_func_only_setting(item) else (lambda: stop(item), lambda: start(item))


def nothing() -> None:
    """Does nothing."""


_NO_HANDS: _Hands = (nothing, nothing)
