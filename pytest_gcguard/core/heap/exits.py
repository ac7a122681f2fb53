"""The ends of ``with`` blocks that a function is within while it runs: on its stack, where the collector does not see them.

Up to Python 3.13 ``with lock:`` keeps the bound method ``lock.__exit__`` until the block ends, so a thread that waits within
the block seems to leave a method that nobody holds. What else the thread holds says more.

Rules of this file: only types and references are looked at; no code of an object runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import BuiltinFunctionType, FunctionType, MethodType

from pytest_gcguard.core.unpatched import gc

_NAMES = ("__exit__", "__aexit__")


def without_running(left: list[object], objects: Sequence[object]) -> list[object]:
    """What is left of some objects, without the ends of blocks that none of ``objects`` holds.

    >>> import threading
    >>> end = threading.Lock().__exit__
    >>> without_running([end], [end]), without_running([end], [end, [end]]) == [end]
    ([], True)
    """
    ends = {id(obj) for obj in left if _is_end(obj)}
    if not ends:
        return left
    ends.difference_update(map(id, gc.get_referents(*objects)))
    return [obj for obj in left if id(obj) not in ends]


def _is_end(obj: object) -> bool:
    if type(obj) is BuiltinFunctionType:
        return obj.__name__ in _NAMES
    return type(obj) is MethodType and type(obj.__func__) is FunctionType and obj.__func__.__name__ in _NAMES
