"""How an attribute, an item and a key are written, as one would type it and the same in each run.

Rules of this file: no code of a key runs; only literals of exactly the interpreter's own types are shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_gcguard.core.objects.classes import type_name
from pytest_gcguard.core.objects.reading import ABSENT
from pytest_gcguard.core.objects.texts import is_wide, shorten, steady, text

__all__ = ["dotted", "index", "key_itself"]

_KEY_LIMIT = 40


def dotted(key: object) -> str | None:
    """The name of an attribute as one would type it; None of what stands for no name.

    >>> dotted("parent"), dotted("no name")
    ('.parent', ".__dict__['no name']")
    """
    if key is ABSENT:
        return None
    name = text(key)
    return f".{steady(name)}" if name.replace("…", "").isidentifier() else f".__dict__{index(key)}"


def index(key: object) -> str:
    """The item at a key, as one would type it as far as the key can be shown, and is the same in each run.

    >>> index("key"), index(("a", 1)), index([]), index(id(index))
    ("['key']", "[('a', 1)]", '[<list>]', '[<int>]')
    """
    if type(key) is tuple and 0 < len(key) <= _KEY_LIMIT and all(id(type(part)) in _LITERALS for part in key):
        parts = ", ".join(map(_literal, key))
        return f"[{shorten(f'({parts},)' if len(key) == 1 else f'({parts})', _KEY_LIMIT)}]"
    return f"[{_literal(key)}]" if id(type(key)) in _LITERALS else f"[<{_kind(key)}>]"


def key_itself(key: object) -> str:
    """The reference of a mapping to one of its keys."""
    return f"<key {_kind(key)}>"


def _kind(obj: object) -> str:
    """The type of an object, or which class it is: all classes have the same type."""
    return f"class {type_name(obj)}" if issubclass(type(obj), type) else type_name(type(obj))  # type: ignore[arg-type]


def _literal(value: object) -> str:
    return shorten(_LITERALS[id(type(value))](value), _KEY_LIMIT)


_LITERALS: dict[int, Callable[[Any], str]] = {
    id(str): lambda key: repr(shorten(steady(shorten(key)), _KEY_LIMIT - 2)),
    id(bytes): lambda key: repr(key[:_KEY_LIMIT]),
    id(int): lambda key: "<int>" if is_wide(key) else repr(key),  # a huge one also takes long, and may be refused
    id(float): repr,
    id(bool): repr,
    id(type(None)): repr,
}
