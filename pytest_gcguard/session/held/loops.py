"""What asyncio holds of a test that has run: the loop that it has made the current one, timers that were cancelled, and what
the task that runs the tests awaits.

Rules of this file: those of ``interpreter``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from types import CoroutineType, FrameType
from typing import Any

from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.objects.classes import module_name
from pytest_gcguard.core.unpatched import gc


def current(left: list[object]) -> Iterator[object]:
    """The dictionaries with the running loop and task: made once, but the collector sees them as new after each use.

    They lead to the current loop, which the next one replaces, and to all that it holds. Where something else holds a part of
    that as well, they explain nothing: it may stay.
    """
    yield getattr(sys.modules.get("asyncio.tasks"), "_current_tasks", None)
    policy: Any = getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)
    local = getattr(policy, "_local", None)
    if local is not None:
        shares = gc.get_referents(local)
        held = gc.get_referents(*shares)
        if not _is_shared(held, left):
            yield from (local, *shares, *held)


def _is_shared(roots: list[object], left: list[object]) -> bool:
    """Whether something else holds an object that some roots lead to, of a class that is not the standard library's.

    How many references come from elsewhere is not known, since lists of the guard hold what is ``left``. But these hold each
    object as often, so what has more than another is held by something else.
    """
    beyond = set(map(id, Snapshot(left).beyond(roots)))
    beyond.update(map(id, roots))
    reached = [obj for obj in left if id(obj) not in beyond]
    inside = Counter(map(id, gc.get_referents(*roots, *reached)))
    outside = [count - inside[id(obj)] for obj, count in zip(reached, map(sys.getrefcount, reached), strict=True)]
    least = min(outside, default=0)
    return any(
        count > least and module_name(type(obj)).partition(".")[0] not in sys.stdlib_module_names
        for obj, count in zip(reached, outside, strict=True)
    )


def cancelled_timers(left: list[object]) -> Iterator[object]:
    """The cancelled timers of event loops, unless the loop is new as well.

    A loop drops them when their time is up, or when they are more than a hundred and more than the other timers.
    """
    timer = getattr(sys.modules.get("asyncio.events"), "TimerHandle", None)
    timers: list[Any] = [obj for obj in left if type(obj) is timer]
    new = set(map(id, left)) if timers else ()
    yield from (each for each in timers if each._cancelled and each._scheduled and id(each._loop) not in new)


def of_runner() -> Iterator[object]:
    """What the task in which anyio's plugin runs the tests of a module, say, awaits after each of them, and the last call.

    Both are new after each test. What the call has returned, which may be the value of a fixture, is not explained by them.
    """
    asyncio: Any = sys.modules.get("_asyncio")
    task: Any = getattr(getattr(sys.modules.get("anyio.pytest_plugin"), "_current_runner", None), "_runner_task", None)
    if asyncio is None or type(task) is not asyncio.Task:
        return
    parts = gc.get_referents(task.get_coro())
    parts += gc.get_referents(*(part for part in parts if type(part) is FrameType))  # up to Python 3.10
    for part in parts:
        is_empty = type(part) is asyncio.Future and part.done() and part._result is None and part._exception is None
        if is_empty or type(part) is CoroutineType:
            yield part
