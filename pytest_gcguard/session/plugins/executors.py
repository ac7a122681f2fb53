"""Lets tests of Hypothesis be repeated on another instance: it remembers the first one, and fails on others.

Rules of this file: Hypothesis is known by what its functions close over. Where that is different, a repeat fails by its health
check, and the test stays unconfirmed.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from pytest_gcguard.core.unpatched import gc
from pytest_gcguard.session.held import suspected

_FUNCTIONS = 20
"""How many of the functions that a test's decorators close over are looked at."""


@contextmanager
def anew(item: pytest.Item) -> Iterator[None]:
    """A block in which a test may be run on another instance; after it, Hypothesis remembers the instance of before."""
    function = suspected.function_of(item)
    with ExitStack() as stack:
        if type(function) is types.FunctionType and "is_hypothesis_test" in function.__dict__:
            for names in _closures(function):
                for forget in (_of_thread, _of_all):
                    put_back = forget(names)
                    if put_back is not None:
                        stack.callback(put_back)
        yield


def _closures(function: types.FunctionType) -> Iterator[dict[str, types.CellType]]:
    """What a function closes over, by name; and the same of each function among that."""
    pending = [function]
    for each in pending:  # it grows
        names = dict(zip(each.__code__.co_freevars, each.__closure__ or (), strict=True))
        yield names
        more = (obj for obj in gc.get_referents(*names.values()) if type(obj) is types.FunctionType)
        pending += [obj for obj in more if len(pending) < _FUNCTIONS]


def _of_thread(names: dict[str, types.CellType]) -> Callable[[], None] | None:
    """Has Hypothesis forget the instance that this thread has run a test on."""
    local = _contents(names, "thread_local")
    module = type.__dict__["__module__"].__get__(type(local))
    if type(module) is not str or not module.startswith("hypothesis."):
        return None
    kept = getattr(local, "_ThreadLocal__threadlocal", None)
    before: dict[str, object] = getattr(kept, "__dict__", {})
    if "prev_self" not in before:
        return None
    instance = before.pop("prev_self")
    return lambda: before.update(prev_self=instance)


def _of_all(names: dict[str, types.CellType]) -> Callable[[], None] | None:
    """The same for older releases, which want the same instance in all threads."""
    cell = names.get("prev_self")
    if cell is None or "Unset" not in names:
        return None
    instance, cell.cell_contents = cell.cell_contents, _contents(names, "Unset")
    return lambda: setattr(cell, "cell_contents", instance)


def _contents(names: dict[str, types.CellType], name: str) -> Any:
    return next(iter(gc.get_referents(names[name])), None) if name in names else None
