"""What C code remembers of classes and warnings, where no Python object refers to it.

Rules of this file: answers with roots, holds nothing; no code of an object runs.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_gcguard.core.heap.unreachable import is_abc_callback
from pytest_gcguard.core.objects.gaps import has_gaps
from pytest_gcguard.core.unpatched import gc

_ACTIONS = frozenset({"all", "always", "default", "error", "ignore", "module", "once"})
_PATTERNS = (type(None), str, re.Pattern)


def remembered(objects: Sequence[object]) -> list[object]:
    """Those of some new objects by which C code remembers something: about abstract classes, subclasses, and warnings.

    `_abc` keeps sets of weak references to classes, each with a callback that knows the set. A class has a dictionary of weak
    references to its subclasses, which have no callback. `_warnings` keeps the list of filters that it looked up last.
    """
    callbacks: Iterator[Any] = filter(is_abc_callback, objects)
    sets = [callback.__self__() for callback in callbacks]
    subclasses = (obj for obj in objects if _is_of_subclass(obj) or (type(obj) is dict and _is_of_subclasses(obj)))
    return [*sets, *subclasses, *filter(_is_of_filters, objects)]


def _is_of_subclass(obj: Any) -> bool:
    if type(obj) is not weakref.ref:
        return False
    callback: object = obj.__callback__
    return callback is None and issubclass(type(obj()), type)


def _is_of_subclasses(found: dict[Any, Any]) -> bool:
    """Whether a dictionary has weak references to classes by their addresses, as a class has of its subclasses."""
    return bool(found) and all(
        _is_of_subclass(each) and type(key) is int and key == id(each()) for key, each in list(found.items())
    )


def _is_of_filters(obj: object) -> bool:
    found = gc.get_referents(obj) if type(obj) is list else []
    return bool(found) and all(map(_is_filter, found))


def _is_filter(obj: object) -> bool:
    """Whether an object is a filter of `warnings`: all of the tuple is checked, since another may hold anything."""
    if type(obj) is not tuple or len(obj) != 5 or has_gaps(obj):
        return False
    action, message, category, module, line = obj
    if type(action) is not str or action not in _ACTIONS or type(line) is not int:
        return False
    return type(message) in _PATTERNS and type(module) in _PATTERNS and issubclass(type(category), type)
