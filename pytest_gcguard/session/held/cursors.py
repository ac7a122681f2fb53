"""What connections to SQLite keep of what they were asked: a list with a weak reference to each cursor, of which they drop the
dead ones after some two hundred only, and from Python 3.11 on a cache of the latest statements, a hundred or so. A test that
asks a connection that is older than it leaves new ones there.

An older connection is out of sight. So what it keeps is looked for while the heap is thawed, and asked from then on.

Rules of this file: holds the lists and no connection, and lets go of a list that nobody else holds; a cache, which holds its
connection, is referred to weakly.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Collection, Iterator
from functools import _lru_cache_wrapper
from itertools import compress
from typing import Any

from pytest_gcguard.core.heap.freezing import is_frozen
from pytest_gcguard.core.heap.generations import visible

_TYPES = frozenset({"weakref.ReferenceType", "sqlite3.Statement"})


class Cursors:
    """The lists and caches that are known."""

    def __init__(self) -> None:
        self._lists: list[object] = []
        self._caches: list[weakref.ref[Any]] = []
        self._unheld = next(map(sys.getrefcount, [[]]))

    def held(self) -> list[object]:
        """What it adds to while a test is looked at."""
        return [self, self._lists, self._caches]

    def roots(self) -> list[object]:
        """The lists and caches that are in use."""
        used = [count > self._unheld for count in map(sys.getrefcount, self._lists)]
        if not all(used):
            self._lists[:] = compress(self._lists, used)
        if not self._caches:
            return self._lists
        return [*self._lists, *(cache for reference in self._caches if (cache := reference()) is not None)]

    def learn(self, types: Collection[str]) -> None:
        """Looks for them where weak references or statements are among the types that rise, unless the heap is frozen: what
        is older, as a connection mostly is, is out of sight then, and what is known of it stays.
        """
        sqlite: Any = sys.modules.get("_sqlite3")
        if sqlite is not None and not _TYPES.isdisjoint(types) and not is_frozen():
            found = list(_kept(sqlite))
            self._lists[:] = [each for each in found if type(each) is list]
            self._caches[:] = [weakref.ref(each) for each in found if type(each) is not list]


def _kept(sqlite: Any) -> Iterator[Any]:
    kinds = tuple(getattr(sqlite, name) for name in ("Cursor", "Blob") if hasattr(sqlite, name))
    objects = visible()
    keys = list(map(id, map(type, objects)))  # the hash of a class may be code of its metaclass
    examples = dict(zip(keys, objects, strict=True))
    classes = {key for key, example in examples.items() if issubclass(type(example), sqlite.Connection)}
    for connection in compress(objects, map(classes.__contains__, keys)):
        for each in gc.get_referents(connection):
            if type(each) is list and (type(connection) is sqlite.Connection or _is_of_cursors(each, kinds)):
                yield each
            elif type(each) is _lru_cache_wrapper and any(obj is connection for obj in gc.get_referents(each)):
                yield each  # of what the connection itself was called with


def _is_of_cursors(found: list[Any], kinds: tuple[type, ...]) -> bool:
    """Whether a list may be one of C's: what derives from a connection may have lists of its own."""
    return bool(found) and all(type(each) is weakref.ref and issubclass(type(each()), (type(None), *kinds)) for each in found)
