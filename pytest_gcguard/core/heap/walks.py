"""Who else looks through the whole heap: told of just before, so that it can be thawed for them.

Two functions of `gc` see nothing of what is frozen. Who calls one looks up its name in the module first, so the names are
watched there: the functions stay what they are, and so does what they find, which a function around them would be part of.

An audit hook would be told of each call as well, and it is there for who has such a function under a name of its own. But it
cannot be removed, and the interpreter audits each `id()`: with any hook at all `copy.deepcopy` takes twice the time (CPython
3.11 and 3.14). So none is added before somebody is seen to have such a name.

Rules of this file: nothing is raised into who looks; the guard's own walks are called from this package by the names of here.
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
    """A key of a namespace: whoever looks it up compares it."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        _tell()
        return str.__eq__(self, other)


def listen(listener: Listener) -> None:
    """Has a function called before somebody else looks through the heap; the last that listens is the only one."""
    if not _listeners:
        _name(_Watched)
    _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    """Ends that; one that does not listen is no error. When nobody listens any more the names are those of before."""
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
    """Whether somebody has one of the functions under a name of its own, so that no name of `gc` is looked up to call it.

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
"""With it, what is held by `_HELD_TWICE` is held as often as each of the functions: by a name of here and by one of `gc`."""


@functools.cache
def audit() -> None:
    """From now on, to the end of the process, calls are told of as well, whatever the name; once is enough."""
    sys.addaudithook(_met)


def _met(event: str, _: object) -> None:
    if event in _EVENTS and _listeners and not _is_own(sys._getframe(1)):
        _tell()


def _is_own(frame: FrameType) -> bool:
    name: object = dict.get(frame.f_globals, "__name__")
    return type(name) is str and name.startswith(_PACKAGE)


_PACKAGE = __name__.partition(".")[0] + "."

__all__ = ["Listener", "are_held", "audit", "get_objects", "get_referrers", "listen", "unlisten"]
