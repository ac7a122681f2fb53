"""Chains of references as they are told: without what is merely a part of the object before.

Rules of this file: no code of an object runs.
"""

from __future__ import annotations

import collections
import contextvars
import functools
import threading
import types

from pytest_gcguard.core.objects import describe, shares
from pytest_gcguard.core.objects.classes import class_namespace
from pytest_gcguard.core.unpatched import gc

_MANAGED_DICT = 1 << 4
"""The flag of classes whose instances have no dictionary of attributes before somebody asks for it, from Python 3.11 on."""
_CONTAINERS = (dict, list, tuple, set, frozenset, collections.deque)
_FLAGS = type.__dict__["__flags__"].__get__


def folded(chain: list[object]) -> list[object]:
    """A chain without objects that are a part of the one before: its ``__dict__``, a thread's share of a `threading.local`,
    the inside of a context, the keys of a cache.

    >>> import types
    >>> thing = types.SimpleNamespace(a=[])
    >>> [type(obj).__name__ for obj in folded([thing, vars(thing), thing.a])]
    ['SimpleNamespace', 'list']
    """
    result: list[object] = []
    for obj in chain[:-1]:
        if not (result and _is_part(obj, result[-1])):
            result.append(obj)
    return [*result, chain[-1]]


def _is_part(obj: object, owner: object) -> bool:
    tp = type(owner)
    if type(obj) is dict:
        if issubclass(tp, type):
            return gc.get_referents(class_namespace(owner))[0] is obj  # type: ignore[arg-type] # narrowed by hand: see `find`
        if issubclass(tp, threading.local):
            return any(obj is part for part in shares.dictionaries(owner))  # type: ignore[arg-type] # narrowed by hand
        if describe.instance_dict(owner) is obj:
            return True
    if tp is types.MappingProxyType:
        return gc.get_referents(owner)[0] is obj
    if tp is functools._lru_cache_wrapper:
        return type(obj) is dict or type(obj) is tuple
    return tp is contextvars.Context and describe.type_name(type(obj)).startswith("hamt")


def has_hidden_dict(holder: object, held: object) -> bool:
    """Whether an instance holds its attributes itself, and not in a dictionary that it would have on Python 3.10."""
    if type(held) is dict or not _FLAGS(type(holder)) & _MANAGED_DICT:
        return False
    return not issubclass(type(holder), _CONTAINERS)  # which may hold it as an item
