"""The local variables of a frame, read without running any code of the program's and without keeping them alive.

Rules of this file: those of ``reading``; a look leaves the frame as it was.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterable
from itertools import islice
from typing import Any

from pytest_gcguard.core.objects.classes import SCAN
from pytest_gcguard.core.unpatched import gc


def frame_locals(frame: types.FrameType) -> list[tuple[str, object]]:
    """The local variables of a frame, or of a generator's frame, by name; the look itself keeps none of them alive.

    >>> def f():
    ...     answer = 42
    ...     yield
    >>> generator = f(); next(generator); frame_locals(generator.gi_frame)
    [('answer', 42)]
    """
    if _LEAVES_FREED_LOCALS and _is_hollow(frame):
        return []
    code = frame.f_code
    snapshot = sys.version_info < (3, 13) and bool(code.co_flags & inspect.CO_OPTIMIZED)
    if sys.version_info < (3, 13) and not snapshot and (code.co_cellvars or code.co_freevars):
        return []  # f_locals would write its cells into the class body's namespace, which may be the program's own mapping
    namespace: Any = frame.f_locals
    if issubclass(type(namespace), dict):
        found = _named(dict.items(namespace))
    elif code.co_flags & inspect.CO_OPTIMIZED:  # from 3.13 on a proxy of the interpreter's, which keeps nothing
        found = _named(namespace.items())
    else:
        return []  # what a metaclass' __prepare__ made
    # Up to 3.12 f_locals is a copy that stays in the frame. It is emptied, unless the program holds it as well (`locals()`).
    # What `exec` put into it is left. The three references to it are the frame's, ours, and the call's.
    if snapshot and sys.getrefcount(namespace) <= 3:
        for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            namespace.pop(name, None)
    return found


def locals_in_order(frame: types.FrameType) -> list[tuple[str, object]]:
    """The same, with those last that no programmer has named: a comprehension's ``.0``, pytest's ``@py_assert1``."""
    return sorted(frame_locals(frame), key=lambda local: not local[0].isidentifier())


def is_snapshot(frame: types.FrameType, obj: object) -> bool:
    """Whether an object that a frame refers to is the copy of its variables that `f_locals` has left there.

    Up to Python 3.12 it stays with the frame once somebody has asked for it, as a tool that shows the variables of a
    traceback.
    """
    if sys.version_info >= (3, 13) or type(obj) is not dict or obj is frame.f_globals or obj is frame.f_builtins:
        return False
    code = frame.f_code
    names = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and all(type(key) is str and key in names for key in dict.keys(obj))


_LEAVES_FREED_LOCALS = sys.version_info[:2] == (3, 13)
"""In Python 3.13 (up to 3.13.5) a frame that outlives its suspended generator still shows variables with freed objects."""


def _is_hollow(frame: types.FrameType) -> bool:
    """Whether a frame refers only to its function and code; one that runs, or of a suspended generator, refers to nothing."""
    return 0 < len(gc.get_referents(frame)) - (frame.f_trace is not None) <= 2


def _named(items: Iterable[tuple[object, object]]) -> list[tuple[str, object]]:
    return [(key, value) for key, value in islice(items, SCAN) if type(key) is str]
