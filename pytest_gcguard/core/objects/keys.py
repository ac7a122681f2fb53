"""How an attribute, an item and a key are written: as one would type them, and the same in each run.

Rules of this file: no code of a key runs; only literals of exactly the interpreter's own types are shown, and members of
enumerations by their names.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from itertools import islice
from typing import Any

from pytest_gcguard.core.objects.classes import SCAN, class_items, find, type_name, type_qualname
from pytest_gcguard.core.objects.reading import ABSENT
from pytest_gcguard.core.objects.texts import is_wide, shorten, steady, text

__all__ = ["dotted", "index", "key_itself"]

_KEY_LIMIT = 40


def dotted(key: object) -> str | None:
    """An attribute as one would type it; None for ``ABSENT``.

    >>> dotted("parent"), dotted("no name")
    ('.parent', ".__dict__['no name']")
    """
    if type(key) is str and len(key) <= _KEY_LIMIT:
        return _dotted(key)
    return None if key is ABSENT else _dotted.__wrapped__(key)


@functools.lru_cache(maxsize=1024)
def _dotted(key: object) -> str:
    name = text(key)
    return f".{steady(name)}" if name.replace("…", "").isidentifier() else f".__dict__{index(key)}"


def index(key: object) -> str:
    """The item at a key, as one would type it; a key that cannot be shown, or differs from run to run, by its type.

    >>> index("key"), index(("a", 1)), index([]), index(id(index))
    ("['key']", "[('a', 1)]", '[<list>]', '[<int>]')
    """
    if type(key) is tuple and 0 < len(key) <= _KEY_LIMIT:
        parts = list(map(_literal, key))
        if None not in parts:
            inside = ", ".join(filter(None, parts))
            return f"[{shorten(f'({inside},)' if len(parts) == 1 else f'({inside})', _KEY_LIMIT)}]"
    return f"[{_literal(key) or f'<{_kind(key)}>'}]"


def key_itself(key: object) -> str:
    """The reference of a mapping to one of its keys."""
    return f"<key {_kind(key)}>"


def _kind(obj: object) -> str:
    """The type of an object; for a class its own name, since all classes have the same type."""
    return f"class {type_name(obj)}" if issubclass(type(obj), type) else type_name(type(obj))  # type: ignore[arg-type] # it is one


def _literal(value: object) -> str | None:
    write = _LITERALS.get(id(type(value)), _member)
    words = write(value)
    return None if words is None else shorten(words, _KEY_LIMIT)


def _member(value: object) -> str | None:
    """A member of an enumeration as one would type it; None for anything else, as a combination of flags.

    It is looked up in its class: to ask the member would make its ``__dict__``.
    """
    tp = type(value)
    members: Any = find(class_items(tp), "_member_map_") if issubclass(type(tp), enum.EnumMeta) else None
    for name, member in islice(dict.items(members), SCAN) if issubclass(type(members), dict) else ():
        if member is value and type(name) is str and name.isidentifier():
            return f"{type_qualname(tp).rpartition('.')[2]}.{name}"
    return None


_LITERALS: dict[int, Callable[[Any], str | None]] = {
    id(str): lambda key: repr(shorten(steady(shorten(key)), _KEY_LIMIT - 2)),
    id(bytes): lambda key: repr(key[:_KEY_LIMIT]),
    id(int): lambda key: "<int>" if is_wide(key) else repr(key),  # a huge one also takes long, and may be refused
    id(float): repr,
    id(bool): repr,
    id(type(None)): repr,
}
