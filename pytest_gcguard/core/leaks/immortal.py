"""What the collector has lost sight of for good, on interpreters where a first thread does that.

Rules of this file: no code of an object runs.
"""

from __future__ import annotations

import sys
import types

from pytest_gcguard.core.heap import generations
from pytest_gcguard.core.interpreter import FIRST_THREAD_BLINDS
from pytest_gcguard.core.unpatched import gc

_KINDS = frozenset({types.FunctionType, types.ModuleType, dict})


def immortal() -> list[object]:
    """The modules, their namespaces, the classes and functions that are imported and that the collector does not track.

    Nothing where it has lost sight of none.
    """
    if not FIRST_THREAD_BLINDS:
        return []
    unwanted = generations.untraversable()
    found: dict[int, object] = {}
    waiting: list[object] = [*dict.values(sys.modules), object]
    while waiting:
        obj = waiting.pop()
        if id(obj) in found or obj is unwanted or gc.is_tracked(obj):
            continue
        tp = type(obj)
        if issubclass(tp, type):
            waiting += type.__subclasses__(obj)  # type: ignore[arg-type] # narrowed by hand: its own `__subclasses__` is code
        elif tp not in _KINDS and not issubclass(tp, types.ModuleType):
            continue
        found[id(obj)] = obj
        waiting += gc.get_referents(obj)
    return list(found.values())
