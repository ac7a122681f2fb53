"""Checks what is read from a file: gives the value of a key, or raises a `ValueError` that says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

__all__ = ["added", "all_of", "later", "listed_in", "number", "optional", "take"]

T = TypeVar("T")


def listed_in(text: str, what: str, version: int, key: str) -> list[object]:
    """The list in the text of one of our files, which says what it is and in which version of its format it is written.

    >>> listed_in('{"gcguard_catalogue": 1, "bugs": [{}]}', "catalogue", 1, "bugs")
    [{}]
    >>> listed_in('{"gcguard_catalogue": 2, "bugs": []}', "catalogue", 1, "bugs")
    Traceback (most recent call last):
    ValueError: it is a catalogue of format 2; only format 1 can be read here
    """
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from None
    name = f"gcguard_{what}"
    if not isinstance(loaded, dict) or name not in loaded:
        raise ValueError(f'it is not a {what} of pytest-gcguard: it has no "{name}"')
    if loaded[name] != version:
        raise ValueError(f"it is a {what} of format {loaded[name]!r}; only format {version} can be read here")
    listed: object = loaded.get(key)
    if not isinstance(listed, list):
        raise ValueError(f'its "{key}" are not a list')
    return listed


def number(mapping: object, key: str) -> float:
    """A number of seconds; other programs may have written it as ``3``."""
    value = take(mapping, key, object)
    return float(value) if isinstance(value, int) else take(mapping, key, float)


def added(mapping: object, key: str, kind: type[T], default: T) -> T:
    """The value of a key that was added to schema 1, which documents of other makers may lack."""
    return take(mapping, key, kind) if isinstance(mapping, Mapping) and key in mapping else default


def optional(mapping: object, key: str, kind: type[T]) -> T | None:
    """The value of a key that must be there and may be null."""
    return None if take(mapping, key, object) is None else take(mapping, key, kind)


def later(mapping: object, key: str, kind: type[T]) -> T | None:
    """The value of a key that the first reports of this schema did not have."""
    return optional(mapping, key, kind) if isinstance(mapping, Mapping) and key in mapping else None


def take(mapping: object, key: str, kind: type[T]) -> T:
    """The value of a key, which must be there and be of a kind; raises `ValueError` if it is not.

    >>> take({"seconds": 3}, "seconds", str)
    Traceback (most recent call last):
    ValueError: 'seconds' is 3, not of type str
    """
    if not isinstance(mapping, Mapping) or key not in mapping:
        raise ValueError(f"{key!r} is missing")
    value = mapping[key]
    if not isinstance(value, kind):
        raise ValueError(f"{key!r} is {value!r:.40}, not of type {kind.__name__}")
    return value


def all_of(values: list[object], kind: type[T]) -> tuple[T, ...]:
    """The values of a list, which must be of a kind.

    >>> all_of(["a"], str)
    ('a',)
    """
    chosen = tuple(value for value in values if isinstance(value, kind))
    if len(chosen) != len(values):
        raise ValueError(f"a list has something other than type {kind.__name__} in it")
    return chosen
