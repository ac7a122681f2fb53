"""The local variables of a frame, read without running any code of the program's and without keeping them alive.

Rules of this file: as those of ``reading``; what is asked for leaves the frame as it was.
"""

from __future__ import annotations

import gc
import inspect
import sys
import types
from collections.abc import Iterable
from itertools import islice
from typing import Any

from pytest_gcguard.core.objects.classes import SCAN


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
        return []  # asking for f_locals would write these into the body's namespace, which may be the program's own mapping
    namespace: Any = frame.f_locals
    if issubclass(type(namespace), dict):
        found = _named(dict.items(namespace))
    elif code.co_flags & inspect.CO_OPTIMIZED:  # from 3.13 on a proxy of the interpreter's, which keeps nothing
        found = _named(namespace.items())
    else:
        return []  # what a metaclass' __prepare__ made
    # Up to 3.12 f_locals is a copy that stays in the frame. One that the program itself holds, as `locals()`, is left as it
    # is; what `exec` put into it is left, too. The three references: the frame's, ours, and the call's.
    if snapshot and sys.getrefcount(namespace) <= 3:
        for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            namespace.pop(name, None)
    return found


def locals_in_order(frame: types.FrameType) -> list[tuple[str, object]]:
    """The same, with those last whose names no programmer wrote: a comprehension's ``.0``, pytest's ``@py_assert1``."""
    return sorted(frame_locals(frame), key=lambda local: not local[0].isidentifier())


def is_snapshot(frame: types.FrameType, obj: object) -> bool:
    """Whether what a frame refers to is the copy of its variables that stays with it, up to Python 3.12, once `f_locals` was
    asked for: of an exception's frame, say, by who shows variables.
    """
    if sys.version_info >= (3, 13) or type(obj) is not dict or obj is frame.f_globals or obj is frame.f_builtins:
        return False
    code = frame.f_code
    names = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and all(type(key) is str and key in names for key in dict.keys(obj))


_LEAVES_FREED_LOCALS = sys.version_info[:2] == (3, 13)
"""In Python 3.13 (up to 3.13.5) a frame that outlives its suspended generator still has variables, whose objects are freed."""


def _is_hollow(frame: types.FrameType) -> bool:
    """Whether a frame refers to its function and code only; that of a running function or a suspended generator to nothing."""
    return 0 < len(gc.get_referents(frame)) - (frame.f_trace is not None) <= 2


def _named(items: Iterable[tuple[object, object]]) -> list[tuple[str, object]]:
    return [(key, value) for key, value in islice(items, SCAN) if type(key) is str]
