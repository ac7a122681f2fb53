"""What can be read of a class without its metaclass: what it inherits from, its namespace, its names.

Rules of this file: a class may be made by a hostile metaclass, so not even ``cls.__mro__`` is safe: a class is asked by what
`type` itself would answer. Nothing is compared but exact text.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from pytest_gcguard.core.objects.texts import shorten, text

SCAN = 100_000
"""How many entries of one container are looked through: 2 ms at most."""

_MODULE: Callable[[type], object] = type.__dict__["__module__"].__get__
_QUALNAME: Callable[[type], str] = type.__dict__["__qualname__"].__get__
_MRO: Callable[[type], tuple[type, ...] | None] = type.__dict__["__mro__"].__get__
_NAMESPACE: Callable[[type], types.MappingProxyType[str, object]] = type.__dict__["__dict__"].__get__
_FLAGS: Callable[[type], int] = type.__dict__["__flags__"].__get__
_HEAP_TYPE, _IMMUTABLE_TYPE = 1 << 9, 1 << 8


def mro(tp: type) -> tuple[type, ...]:
    """The classes that a class inherits from, itself first."""
    return _MRO(tp) or ()


def with_subclasses(tp: type) -> Iterator[type]:
    """A class and the classes that inherit from it, each once; what their metaclasses say of them is not asked.

    >>> bool in with_subclasses(int), str in with_subclasses(int)
    (True, False)
    """
    seen: set[int] = set()  # by address: a metaclass may define a hash
    waiting = [tp]
    while waiting:
        found = waiting.pop()
        if id(found) not in seen:
            seen.add(id(found))
            waiting += type.__subclasses__(found)
            yield found


def is_made_by_program(tp: type) -> bool:
    """Whether a class was made while the program ran, by a ``class`` statement say, and is not one of C's static types."""
    return bool(_FLAGS(tp) & _HEAP_TYPE)


def has_weak_references(tp: type) -> bool:
    """Whether instances of a class can be referred to weakly.

    >>> has_weak_references(set), has_weak_references(list), has_weak_references(type("Node", (), {"__slots__": ("parent",)}))
    (True, False, False)
    """
    return bool(_WEAK_REFERENCES(tp))


_WEAK_REFERENCES: Callable[[type], int] = type.__dict__["__weakrefoffset__"].__get__
"""Reads it without asking the metaclass."""


def is_written(tp: type) -> bool:
    """Whether a class can be changed by the program: those written in Python can, and few of those written in C.

    >>> is_written(tuple), is_written(type("Written", (), {}))
    (False, True)
    """
    return _FLAGS(tp) & (_HEAP_TYPE | _IMMUTABLE_TYPE) == _HEAP_TYPE


def class_items(tp: type) -> Iterable[tuple[str, object]]:
    """What the body of a class defined, without asking its metaclass."""
    return _NAMESPACE(tp).items()


def class_namespace(tp: type) -> types.MappingProxyType[str, object]:
    """The namespace of a class, read-only."""
    return _NAMESPACE(tp)


def find(items: Iterable[tuple[object, object]], name: str) -> object:
    """The value of a name among the items of a namespace, None if it is not there.

    A lookup would be quicker, and would run the ``__eq__`` of a hostile key of the same hash.
    """
    for key, value in islice(items, SCAN):
        if type(key) is str and key == name:
            return value
    return None


def module_name(tp: type) -> str:
    """The module that a type says it is from; empty if it says something else than a text."""
    # for a static type `_MODULE` reads C's own name; for a class it would look up the namespace, hence `find`
    return text(find(class_items(tp), "__module__") if _FLAGS(tp) & _HEAP_TYPE else _MODULE(tp))


def type_qualname(tp: type) -> str:
    """The name of a type within its module."""
    return text(_QUALNAME(tp))


def type_name(tp: type) -> str:
    """The qualified name of a type, without the module for built-in ones.

    >>> import collections
    >>> type_name(dict), type_name(collections.Counter)
    ('dict', 'collections.Counter')
    """
    module = module_name(tp)
    return type_qualname(tp) if module in {"", "builtins"} else shorten(f"{module}.{type_qualname(tp)}")
