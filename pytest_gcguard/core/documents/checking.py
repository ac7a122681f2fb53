"""What is read from a file, checked: the value of a key, or a ValueError that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["added", "all_of", "later", "number", "optional", "take"]

T = TypeVar("T")


def number(mapping: object, key: str) -> float:
    """A number of seconds, which other writers of JSON may have written as ``3``."""
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
    """The value of a key that must be there and of a kind; what comes from a file is believed no further than that.

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
