"""Timers that go off soon: what such a one holds is let go of then, and is no leak.

A `threading.Timer` ends by itself when it has called its function. That takes as long as its interval at most, unless the
function starts the next timer: then what it holds may stay for good.

Rules of this file: no code of an object runs; a function is read by the names in its code, and so are those of its module and
of its object's class that it names. In doubt a timer goes off late.
"""

from __future__ import annotations

import functools
import sys
import threading
import types
from collections.abc import Collection, Iterator
from itertools import islice
from typing import cast

from pytest_gcguard.core.objects import classes, reading
from pytest_gcguard.core.unpatched import time

_SOON = 60.0
"""Up to how many seconds of an interval are soon."""
_FUNCTIONS = 200
"""How many functions are read to see whether one of them starts a timer."""
_STARTS = frozenset({"Timer", "call_at", "call_later", "call_soon", "create_task", "ensure_future"})
"""Names by which code starts a timer, or goes on in another way."""
_PYTHON = (types.FunctionType, types.BuiltinFunctionType, types.MethodWrapperType)


def goes_off_soon(obj: object) -> bool:
    """Whether an object is a timer that waits for its time, which comes soon, and starts no other then.

    >>> goes_off_soon(threading.Timer(30, print))  # it was not started
    False
    """
    if not issubclass(type(obj), threading.Timer) or not _waits(obj):
        return False
    state = reading.instance_dict(obj) or {}
    interval = classes.find(state.items(), "interval")
    if type(interval) not in {int, float} or not 0 <= cast("float", interval) <= _SOON:
        return False
    called = _unwrapped(classes.find(state.items(), "function"))
    return called is not None and not _starts_timers(*called)


def handle_goes_off_soon(obj: object) -> bool:
    """Whether an object is a timer of an asyncio loop that goes off soon, as `call_later` returns, and starts no other.

    What asyncio itself is to call then, as the end of a `sleep`, goes on with a coroutine, which may stay for good.

    >>> import asyncio
    >>> loop = asyncio.new_event_loop()
    >>> def goodbye(): ...
    >>> [handle_goes_off_soon(loop.call_later(seconds, goodbye)) for seconds in (5, 3600)]
    [True, False]
    >>> handle_goes_off_soon(loop.call_later(5, [].clear))
    True
    >>> loop.close()
    """
    events = sys.modules.get("asyncio.events")
    if events is None or type(obj) is not events.TimerHandle:
        return False
    when, callback = getattr(obj, "_when", None), getattr(obj, "_callback", None)  # slots of asyncio's own class
    if type(when) not in {int, float} or cast("float", when) - time.monotonic() > _SOON:
        return False
    called = _unwrapped(callback)
    if called is None:
        return False
    module = getattr(called[0], "__module__", None)  # a method of C has none
    return not (type(module) is str and module.partition(".")[0] == "asyncio") and not _starts_timers(*called)


def _waits(timer: object) -> bool:
    """Whether a thread waits in the timer's own ``run``, and not in what that calls, or in one of a class derived from it."""
    state = reading.instance_dict(timer) or {}
    frame = sys._current_frames().get(cast("int", classes.find(state.items(), "_ident")))
    for function in (threading.Condition.wait, threading.Event.wait, threading.Timer.run):
        if frame is None or frame.f_code is not function.__code__:
            return False
        frame = frame.f_back
    return True


def _unwrapped(called: object) -> tuple[object, type | None] | None:
    """The function behind methods and partials, and the class of the object that it is a method of; None for anything else."""
    owner = None
    for _ in range(10):
        if type(called) is functools.partial:
            called = called.func
        elif type(called) is types.MethodType:
            owner, called = type(called.__self__), called.__func__
        else:
            break
    return (called, owner) if type(called) in _PYTHON else None


def _starts_timers(function: object, owner: type | None) -> bool:
    """Whether a function may start a timer: by its own code, or by functions of its module or methods of its object."""
    todo = [function]
    seen: set[int] = set()
    while todo:
        function = todo.pop()
        if type(function) is not types.FunctionType or id(function.__code__) in seen:
            continue
        if len(seen) == _FUNCTIONS:
            return True
        seen.add(id(function.__code__))
        names = set(_names(function.__code__))
        named = list(_named(names, function, owner))
        if not names.isdisjoint(_STARTS) or any(map(_makes_timers, named)):
            return True
        todo += named
    return False


def _names(code: types.CodeType) -> Iterator[str]:
    """The names of globals, attributes and methods in some code, and in the functions that are written in it."""
    yield from code.co_names
    for inner in code.co_consts:
        if type(inner) is types.CodeType:
            yield from _names(inner)


def _named(names: Collection[str], function: types.FunctionType, owner: type | None) -> Iterator[object]:
    """What some names may stand for in a function: globals of its module, attributes of a class; and its closure and defaults.

    Of a class, what its body defines is meant as well.
    """
    owners = classes.mro(owner) if owner is not None else ()
    values = [
        *map(reading.contents, function.__closure__ or ()),
        *(function.__defaults__ or ()),
        *(function.__kwdefaults__ or {}).values(),
    ]
    for items in (dict.items(function.__globals__), *map(classes.class_items, owners)):
        values += (value for name, value in islice(items, classes.SCAN) if type(name) is str and name in names)
    for value in values:
        yield value if (found := _unwrapped(value)) is None else found[0]
        if issubclass(type(value), type):
            yield from (each for _, each in classes.class_items(cast("type", value)))


def _makes_timers(called: object) -> bool:
    return issubclass(type(called), type) and any(base is threading.Timer for base in classes.mro(cast("type", called)))
