"""What Django keeps of a test that has used its database or its test client, most of it until the next one.

Rules of this file: those of ``holdings``; Django is known by its modules and never imported.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Iterable, Iterator
from functools import _lru_cache_wrapper
from typing import Any

from pytest_gcguard.core.objects.classes import class_items, module_name, mro
from pytest_gcguard.core.objects.reading import instance_dict
from pytest_gcguard.core.unpatched import gc
from pytest_gcguard.session.held.tools import package


def kept(left: list[object], cls: type | None) -> list[object]:
    """What Django keeps of the objects that are ``left`` after a test, which may be one of a class."""
    if "django" not in sys.modules:
        return []
    case = list(_of_case(cls))
    return [*_mails(), *case, *_emptied(left), *_of_sqlite(left), *_locals(left), *_connected(left, case)]


def _of_case(cls: type | None) -> Iterator[object]:
    """The clients and the transaction of the latest test of a class."""
    case = getattr(sys.modules.get("django.test.testcases"), "SimpleTestCase", None)
    if cls is not None and isinstance(case, type) and case in mro(cls):
        for name, value in class_items(cls):
            if name in _OF_CASE:
                yield value


_OF_CASE = frozenset({"client", "async_client", "atomics"})
"""The attributes of its class that each test gets anew, from Django 5.2 on."""


def _mails() -> Iterator[object]:
    """The mails of the latest test, where it finds them."""
    mails = getattr(sys.modules.get("django.core.mail"), "outbox", None)
    yield mails
    # from Python 3.13 on an instance may show its attributes but not its dictionary
    yield from map(instance_dict, mails if type(mails) is list else ())


def _emptied(left: Iterable[object]) -> list[object]:
    """The empty lists that Django has put in the place of older ones, at connections and signals.

    Each test of a project's that uses the database leaves some of these, which the next one replaces.
    """
    empty = {id(obj) for obj in left if type(obj) is list and not obj}
    if not empty:
        return []
    homes = [home for home in (*_connections(), *_signals()) if home is not None]
    values = [value for home in homes for value in (instance_dict(home) or {}).values()]
    return [value for value in values if id(value) in empty]


def _connections() -> list[object]:
    """The connections of this thread."""
    handler = getattr(sys.modules.get("django.db"), "connections", None)
    settings = (instance_dict(handler) or {}).get("settings")  # once Django has asked for them
    if not isinstance(settings, dict):
        return []
    local = getattr(handler, "_connections", None)
    return [getattr(local, alias, None) for alias in settings]


def _of_sqlite(left: Iterable[object]) -> Iterator[object]:
    """What the connections to SQLite remember: weak references to their cursors, and the latest statements."""
    sqlite: Any = sys.modules.get("sqlite3")
    if sqlite is None or not any(type(obj) is weakref.ref or module_name(type(obj)) == "sqlite3" for obj in left):
        return
    inner = [(instance_dict(each) or {}).get("connection") for each in _connections()]
    for each in gc.get_referents(*(each for each in inner if type(each) is sqlite.Connection)):
        if type(each) is list or type(each) is _lru_cache_wrapper or module_name(type(each)) == "sqlite3":
            yield each


def _signals() -> list[object]:
    """The signals that a test client listens to, or may listen to."""
    modules = [sys.modules.get(name) for name in ("django.core.signals", "django.test.signals")]
    values = [value for module in modules if module is not None for value in vars(module).values()]
    return [value for value in values if _is_signal(value)]


def _is_signal(obj: object) -> bool:
    signal_type = getattr(sys.modules.get("django.dispatch.dispatcher"), "Signal", None)
    return isinstance(signal_type, type) and issubclass(type(obj), signal_type)


def _locals(left: Iterable[object]) -> Iterator[object]:
    """The empty values of asgiref's locals: each change makes a new one, in a context variable."""
    storage = getattr(sys.modules.get("asgiref.local"), "_Storage", None)
    return (obj for obj in left if type(obj) is storage and not getattr(obj, "data", None))


def _connected(left: Iterable[object], case: list[object]) -> Iterator[object]:
    """What is made when Django connects a function of its own to a signal once more, as its test client does in each request.

    The entry of the function replaces the one before. Up to Django 5.2 there is a finalizer too, which stays for as long as
    the function, so there is one more of them each time; nobody but Django can change that. What is connected of the test's
    ``case`` goes with it.
    """
    for finalizer in left:
        if type(finalizer) is weakref.finalize:
            info: Any = weakref.finalize._registry.get(finalizer)  # type: ignore[attr-defined] # where finalizers are, not in the stubs
            method = getattr(info, "func", None)
            if type(method) is types.MethodType and _is_signal(method.__self__) and _is_known(info.weakref(), case):
                yield from (finalizer, info)
    for signal in _signals():
        for entry in gc.get_referents((instance_dict(signal) or {}).get("receivers")):
            if any(type(part) is weakref.ref and _is_known(part(), case) for part in gc.get_referents(entry)):
                yield entry


def _is_known(receiver: object, case: list[object]) -> bool:
    """Whether a receiver is a part of the test's case, or a function of Django that stays for as long as its module."""
    if any(receiver is part for part in case):
        return True
    return (
        type(receiver) is types.FunctionType
        and package(receiver.__module__) == "django"
        and "<locals>" not in receiver.__qualname__
    )
