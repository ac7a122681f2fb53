"""Notices that somebody else is about to look through the whole heap, so that it can be thawed for them.

Two functions of `gc` see nothing of what is frozen. Whoever calls ``gc.get_objects()`` looks up the name in the module first,
so the lookup is watched. The functions are not replaced: a wrapper would be one more object that they find.

A caller that has such a function under a name of its own looks nothing up. An audit hook notices every call, but it cannot be
removed, and since the interpreter audits each `id()`, any hook makes `copy.deepcopy` take twice the time (CPython 3.11 and
3.14). So one is added only when somebody is seen to have such a name.

Rules of this file: no exception reaches whoever looks; the package itself calls the functions by the names imported here.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
from collections.abc import Callable
from gc import get_objects, get_referrers
from types import FrameType

Listener = Callable[[], object]

_NAMES = ("get_objects", "get_referrers")
_EVENTS = frozenset(f"gc.{name}" for name in _NAMES)
_listeners: list[Listener] = []


class _Watched(str):
    """A key of a namespace that notices when it is looked up, since it is compared then."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        _tell()
        return str.__eq__(self, other)


def listen(listener: Listener) -> None:
    """From now on a function is called before somebody else looks through the heap; of several only the last one is."""
    if not _listeners:
        _name(_Watched)
    _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    """Ends that; a function that does not listen is no error. When none is left, the names are put back."""
    if listener in _listeners:
        _listeners.remove(listener)
        if not _listeners:
            _name(str)


def _name(kind: type[str]) -> None:
    namespace = vars(gc)
    for name in _NAMES:
        if name in namespace:  # a program may have taken it out
            walk = namespace.pop(name)
            namespace[kind(name)] = walk


def _tell() -> None:
    if _listeners:
        with contextlib.suppress(Exception):  # it would be raised where somebody asks for a name of a module
            _listeners[-1]()


def are_held() -> bool:
    """Whether somebody has one of the functions under a name of its own, and can call it without looking up a name of `gc`.

    >>> are_held()
    False
    >>> from gc import get_referrers as mine
    >>> are_held()
    True
    """
    of_two = sys.getrefcount(_HELD_TWICE)
    return sys.getrefcount(get_objects) > of_two or sys.getrefcount(get_referrers) > of_two


_HELD_TWICE = object()
_AS_A_MODULE_HOLDS = {"": _HELD_TWICE}
"""So `_HELD_TWICE` has as many references as each of the functions: a name here, and an entry in a namespace."""


@functools.cache
def audit() -> None:
    """From now on, to the end of the process, every call is noticed, whatever name it is called by."""
    sys.addaudithook(_met)


def _met(event: str, _: object) -> None:
    if event in _EVENTS and _listeners and not _is_own(sys._getframe(1)):
        _tell()


def _is_own(frame: FrameType) -> bool:
    name: object = dict.get(frame.f_globals, "__name__")
    return type(name) is str and name.startswith(_PACKAGE)


_PACKAGE = __name__.partition(".")[0] + "."

__all__ = ["Listener", "are_held", "audit", "get_objects", "get_referrers", "listen", "unlisten"]
