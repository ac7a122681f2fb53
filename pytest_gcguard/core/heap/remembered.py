"""What C code remembers of classes and warnings, where no Python object refers to it.

Rules of this file: answers with roots, holds nothing; no code of an object runs.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_gcguard.core.heap.unreachable import is_abc_callback

_ACTIONS = frozenset({"all", "always", "default", "error", "ignore", "module", "once"})
_PATTERNS = (type(None), str, re.Pattern)


def remembered(objects: Sequence[object]) -> list[object]:
    """Of what is new that which C code remembers: classes that were asked for, those that derive from one, and the filters of
    the last warning.

    `_abc` keeps sets of weak references, each with a callback that knows the set; `_warnings` the list that it looked up last.
    A class has a dictionary of those that derive from it, with the one weak reference to each that has no callback.
    """
    callbacks: Iterator[Any] = filter(is_abc_callback, objects)
    sets = [callback.__self__() for callback in callbacks]
    subclasses = (obj for obj in objects if _is_of_subclass(obj) or (type(obj) is dict and _is_of_subclasses(obj)))
    return [*sets, *subclasses, *(obj for obj in objects if type(obj) is list and obj and all(map(_is_filter, obj)))]


def _is_of_subclass(obj: Any) -> bool:
    if type(obj) is not weakref.ref:
        return False
    callback: object = obj.__callback__
    return callback is None and issubclass(type(obj()), type)


def _is_of_subclasses(found: dict[Any, Any]) -> bool:
    """Whether a dictionary is all classes that derive from one, by their addresses."""
    return bool(found) and all(
        _is_of_subclass(each) and type(key) is int and key == id(each()) for key, each in list(found.items())
    )


def _is_filter(obj: object) -> bool:
    """Whether an object is a tuple as `warnings` makes it: one that merely begins like it may hold anything."""
    if type(obj) is not tuple or len(obj) != 5:
        return False
    action, message, category, module, line = obj
    if type(action) is not str or action not in _ACTIONS or type(line) is not int:
        return False
    return type(message) in _PATTERNS and type(module) in _PATTERNS and issubclass(type(category), type)
