"""The entry of a weak dictionary that holds a leaked object: such an entry ends with its key, or with its value.

Rules of this file: no code of an object that is looked at runs; what is returned is inert.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Sequence
from typing import Any

from pytest_gcguard.core.model import WeakEntry
from pytest_gcguard.core.objects import classes, items, keys, reading, referents


def entry(chain: Sequence[object], leaked: Collection[int], expression: Callable[[Sequence[object]], str]) -> WeakEntry | None:
    """The entry of a weak dictionary on the way to the first leaked object of a chain; of several the last; else None.

    ``chain`` is without the ``__dict__`` of instances, ``leaked`` has the ids of what leaks, ``expression`` puts a chain into
    words.
    """
    first, at = _place(chain, leaked)
    if at is None:
        return None
    if _is_weak(chain[at], chain[at + 1], weakref.WeakValueDictionary):
        if issubclass(type(chain[at + 2]), weakref.ref):
            return None  # the reference to the value has the key as well
        return WeakEntry(expression(chain[: at + 1]), "", expression(chain[: at + 2]))
    key = _key(chain[at + 1], chain[at + 2])
    if key is None:
        return None
    return WeakEntry(
        mapping=expression(chain[: at + 1]),
        item=keys.index(key),
        value=expression(chain[: at + 3]),
        new=first == at + 2,
        is_key=key is chain[at + 2],
        leads_to_key=_leads_to(chain[at + 2], key, leaked),
    )


def key_of(chain: Sequence[object], leaked: Collection[int]) -> object | None:
    """The key of the entry of a weak dictionary by which alone a leaked object is kept; None where there is no such entry, or
    where it has its key for its value, or leads there.
    """
    _, at = _place(chain, leaked)
    if at is None or _is_weak(chain[at], chain[at + 1], weakref.WeakValueDictionary):
        return None
    key = _key(chain[at + 1], chain[at + 2])
    return None if key is chain[at + 2] or _leads_to(chain[at + 2], key, leaked) else key


def inside(chain: Sequence[object], leaked: Collection[int]) -> object | None:
    """The plain dictionary inside of the weak one of whose keys `key_of` tells, where that key leaks as well; else None."""
    key = key_of(chain, leaked)
    _, at = _place(chain, leaked)
    return chain[at + 1] if at is not None and key is not None and id(key) in leaked else None


def _place(chain: Sequence[object], leaked: Collection[int]) -> tuple[int, int | None]:
    """Where the first leaked object of a chain is, and before it the last weak dictionary."""
    first = next((at for at, obj in enumerate(chain) if id(obj) in leaked), len(chain) - 1)
    return first, next((at for at in range(first - 2, -1, -1) if _is_weak(chain[at], chain[at + 1], *_WEAK)), None)


def _key(entries: Any, value: object) -> object | None:
    """The key of a value in the plain dictionary inside of a weak one."""
    reference = items.name_of(dict.keys(entries), dict.values(entries), value)
    return reference() if type(reference) is weakref.ref else None


_WEAK: tuple[type, ...] = (weakref.WeakKeyDictionary, weakref.WeakValueDictionary)


def _is_weak(owner: object, entries: object, *kinds: type) -> bool:
    """Whether an object is a weak dictionary of some kinds, and ``entries`` the plain dictionary inside of it."""
    if type(entries) is not dict or not any(base is kind for base in classes.mro(type(owner)) for kind in kinds):
        return False
    namespace: dict[Any, object] | None = reading.instance_dict(owner)
    return namespace is not None and classes.find(dict.items(namespace), "data") is entries


def _leads_to(value: object, key: object, leaked: Collection[int]) -> bool:
    """Whether a value refers to a key, directly or by way of what leaks along with it."""
    reader = reading.Reader()
    seen = {id(value)}
    order = [value]
    for obj in order:
        found = referents.held(obj)
        namespace = reader.instance_dict(obj)
        if namespace is not None:
            found += dict.values(namespace)
        if any(each is key for each in found):
            return True
        new = {id(each): each for each in found if id(each) in leaked and id(each) not in seen}
        seen.update(new)
        order.extend(new.values())
    return False
