"""Where chains of references begin: what the interpreter and its modules hold while they run, and words for it.

Roots are the modules, the local variables of running functions (of all threads), the running threads, the context, signal
handlers, loggers and trace functions; and of what only C code holds, the callbacks of `atexit` and `os.register_at_fork` and
the registries of `codecs`.

Rules of this file: roots are known by id and hold nothing; no code of an object runs, with one exception: before Python 3.14
the callbacks of `atexit` can only be found by being compared with them. That is done where only C code holds a callable, and
could run the ``__eq__`` of a callback.
"""

from __future__ import annotations

import atexit
import contextvars
import dataclasses
import encodings
import functools
import operator
import signal
import sys
import threading
import types
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import loggers
from pytest_gcguard.core.leaks.ranking import RANK
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import find
from pytest_gcguard.core.objects.modules import module_namespace
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.unpatched import gc

_LAST_ERROR = ("last_exc", "last_value", "last_traceback")
_CALLABLES = frozenset(
    map(
        id,
        (
            types.FunctionType,
            types.MethodType,
            types.BuiltinFunctionType,
            types.MethodWrapperType,
            functools.partial,
        ),
    )
)


@dataclasses.dataclass(frozen=True, slots=True)
class Root:
    """Words for a root, and whose it is.

    ``module`` is its name in `sys.modules`, if it is a module. ``home`` is the module that has it as a global, for roots that
    are known to be one. ``of_c``: only C code holds it. ``inner`` is how many objects of a chain the words stand for, beyond
    the first. ``thread`` is the number of the thread that is named in the words, or 0.
    """

    text: str
    origin: Origin | None
    module: str = ""
    home: str = ""
    of_c: bool = False
    inner: int = 0
    thread: int = 0


class Roots:
    """The roots as they are now; make one for a search, and drop it with it.

    >>> import os
    >>> Roots(Origins(None)).of(vars(os)).text
    'os'
    """

    def __init__(self, origins: Origins) -> None:
        modules = _imported(origins)
        self._known = dict(modules)
        self._atexit: frozenset[int] | None = None
        self._loggers = loggers.Loggers()
        logged = ((key, Root(text, Origin.STDLIB, home=home)) for key, text, home in self._loggers.named())
        for key, root in (*_registries(), *logged, *_locals(origins, modules)):
            known = self._known.get(key)
            if known is None or (not known.module and RANK[root.origin] < RANK[known.origin]):
                self._known[key] = root

    def of(self, obj: object) -> Root | None:
        """The root that an object is, or None."""
        root = self._known.get(id(obj))
        if root is None or not root.thread:
            return root
        # only now: to look for the name makes the thread's __dict__, and the heap must stay as it is while leaks are explained
        return dataclasses.replace(root, text=root.text.format(thread=repr(_thread_name(root.thread))))

    def are_kin(self, obj: object, others: Iterable[object]) -> bool:
        """Whether an object leads to one of ``others`` only as loggers know each other, which holds nothing."""
        return self._loggers.are_kin(obj, others)

    def of_c(self, obj: object) -> Root | None:
        """The root for an object that no Python object refers to, if it is a registry of the interpreter or in one."""
        tp = type(obj)
        if tp is list or tp is dict:
            return _registry_of_c(obj)
        return self.of_atexit(obj) if id(tp) in _CALLABLES else None

    def of_variable(self, obj: object) -> Root | None:
        """The root for a context variable that has a value: while it has, the context holds it as well."""
        is_set = type(obj) is contextvars.ContextVar and any(obj is var for var in contextvars.copy_context())
        return _variable(obj) if is_set else None  # type: ignore[arg-type] # narrowed by hand

    def of_atexit(self, obj: object) -> Root | None:
        """The root for a callback of `atexit`, whatever its type; None of other objects."""
        if sys.version_info >= (3, 14):  # there they are in a list
            return None
        if self._atexit is None:
            self._atexit = _atexit_callbacks()
        return Root("atexit callback ", Origin.STDLIB, of_c=True) if id(obj) in self._atexit else None


class _Imported:
    """The imported modules and their namespaces as roots, worked out anew when others are imported than the last time."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._modules: list[weakref.ref[types.ModuleType]] = []
        self._roots: dict[int, Root] = {}

    def roots(self, origins: Origins) -> dict[int, Root]:
        table: Any = sys.modules
        entries = list(dict.items(table)) if issubclass(type(table), dict) else []
        # a proxy would say that it is a module
        modules = {key: module for key, module in entries if type(key) is str and issubclass(type(module), types.ModuleType)}
        if self._keys != list(modules) or any(map(operator.is_not, map(_call, self._modules), modules.values())):
            self._keys, self._modules = list(modules), list(map(weakref.ref, modules.values()))
            self._roots = dict(_named(modules, origins))
        return self._roots


_call = operator.methodcaller("__call__")
_IMPORTED: weakref.WeakKeyDictionary[Origins, _Imported] = weakref.WeakKeyDictionary()


def as_told(root: Root, chain: Sequence[object]) -> Root:
    """A root with the origin of what leads on from there: pytest keeps the error of the last test that failed in `sys`.

    By the frames of that error, all of pytest can be reached, and whatever it knows of tests.
    """
    if root.module == "sys" and len(chain) > 1 and any(chain[1] is getattr(sys, name, None) for name in _LAST_ERROR):
        return dataclasses.replace(root, origin=Origin.HARNESS)
    return root


def _imported(origins: Origins) -> dict[int, Root]:
    """The imported modules and their namespaces, by id."""
    return _IMPORTED.setdefault(origins, _Imported()).roots(origins)


def _named(modules: Mapping[str, types.ModuleType], origins: Origins) -> Iterator[tuple[int, Root]]:
    for key, module in modules.items():
        namespace = module_namespace(module)
        named = find(namespace.items(), "__name__")
        # a module can be there under several names, as posixpath is under os.path
        name = named if type(named) is str and modules.get(named) is module else key
        text, origin = describe.shorten(name), origins.of_module(name)
        yield id(module), Root(text, origin, key, of_c=True)  # by what its C code keeps, beside its namespace
        yield id(namespace), Root(text, origin, key)


def _registries() -> Iterator[tuple[int, Root]]:
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if handler is not None and not issubclass(type(handler), int):
            word = f"signal.{number.name}" if isinstance(number, signal.Signals) else str(number)
            yield id(handler), Root(f"signal.getsignal({word})", Origin.STDLIB)
    for name, function in (("gettrace", sys.gettrace()), ("getprofile", sys.getprofile())):
        if function is not None:
            yield id(function), Root(f"sys.{name}()", Origin.STDLIB)
    for var, value in contextvars.copy_context().items():
        yield id(value), _variable(var)
    for ident, thread in threads().items():
        yield id(thread), Root("thread {thread}", Origin.STDLIB, thread=ident)


def _variable(var: contextvars.ContextVar[Any]) -> Root:
    return Root(f"context variable {describe.shorten(var.name, 40)!r} ", None)


def threads() -> dict[int, object]:
    """The running threads by number. `threading.enumerate` is not used: it waits for a lock."""
    active: Any = find(vars(threading).items(), "_active")
    return dict(dict.items(active)) if issubclass(type(active), dict) else {}


def is_running(obj: object) -> bool:
    """Whether an object is a thread that runs, but not the main one, which nobody can stop.

    >>> is_running(threading.main_thread())
    False
    """
    return obj is not threading.main_thread() and any(obj is thread for thread in threads().values())


def _thread_name(ident: int) -> str:
    """The name of a thread, without asking the property, which a subclass may override."""
    name = find((describe.instance_dict(threads().get(ident)) or {}).items(), "_name")
    return describe.shorten(name, 40) if type(name) is str else "unknown"


def _locals(origins: Origins, modules: Collection[int]) -> list[tuple[int, Root]]:
    """The local variables of running functions, without the guard's own; those of a module's code are its globals."""
    found: list[tuple[int, Root]] = []
    here = threading.get_ident()
    tops = sys._current_frames()
    tops[here] = sys._getframe(1)  # a function whose variables hold its own frame would be a cycle
    for ident, top in tops.items():
        where, thread = (" ", 0) if ident == here else (" in thread {thread} ", ident)
        frame: types.FrameType | None = top
        while frame is not None:
            if not (_of_the_guard(frame) or (_of_a_module(frame) and id(frame.f_globals) in modules)):
                origin = origins.of_object(frame)
                words = f" of {describe.shorten(frame.f_code.co_name, 80)}(){where}"
                for name, value in describe.frame_locals(frame):
                    found.append((id(value), Root(f"local {describe.shorten(name, 80)}{words}", origin, thread=thread)))
            frame = frame.f_back
    return found


def _of_the_guard(frame: types.FrameType) -> bool:
    globals_: dict[Any, object] = frame.f_globals  # maybe of a subclass with an `items` of its own
    name = find(dict.items(globals_), "__name__")
    return type(name) is str and name.partition(".")[0] == "pytest_gcguard"


def _of_a_module(frame: types.FrameType) -> bool:
    # by its name first: to ask for the variables of a function or of a class body may write them into a mapping
    return frame.f_code.co_name == "<module>" and frame.f_locals is frame.f_globals


def _registry_of_c(obj: Any) -> Root | None:
    """The root for a list or dictionary that only C code holds, recognised by what is in it."""
    if type(obj) is dict:
        return (
            Root("codecs error handlers ", Origin.STDLIB, of_c=True)
            if find(obj.items(), "xmlcharrefreplace") is not None
            else None
        )
    found = gc.get_referents(obj)
    if any(item is encodings.search_function for item in found):
        return Root("codecs search functions ", Origin.STDLIB, of_c=True)
    if any(map(_is_of_logging, found)):  # which has functions called at each of the three times
        return Root("os.register_at_fork callback ", Origin.STDLIB, of_c=True, inner=1)
    callbacks = found and len(obj) == atexit._ncallbacks() and all(type(item) is tuple and len(item) == 3 for item in found)
    return Root("atexit callback ", Origin.STDLIB, of_c=True, inner=2) if callbacks else None


def _is_of_logging(obj: object) -> bool:
    module = sys.modules.get("logging")
    if type(obj) is not types.FunctionType or not issubclass(type(module), types.ModuleType):
        return False
    return obj.__globals__ is module_namespace(cast("types.ModuleType", module))


class _Curious:
    """Equal to nothing, and remembers the ids of what it was compared with."""

    __hash__ = None  # type: ignore[assignment] # it is no key

    def __init__(self) -> None:
        self.seen: list[int] = []

    def __eq__(self, other: object) -> bool:
        self.seen.append(id(other))
        return False


def _atexit_callbacks() -> frozenset[int]:
    curious = _Curious()
    atexit.unregister(curious)  # type: ignore[arg-type] # which looks for an equal one
    return frozenset(curious.seen)


__all__ = ["Root", "Roots", "is_running", "threads"]
