"""What connections to SQLite keep of what they were asked.

A connection has a list of weak references to its cursors, from which it drops the dead ones only after some two hundred, and
from Python 3.11 on a cache of a hundred or so statements. A test that uses a connection that is older than it leaves new ones
there. Such a connection is frozen and out of sight, so what it keeps is looked for while the heap is thawed, and known from
then on.

Rules of this file: holds the lists but no connection, and drops a list that nobody else holds; a cache, which holds its
connection, is referred to weakly.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Collection, Iterator
from functools import _lru_cache_wrapper
from itertools import compress
from typing import Any

from pytest_gcguard.core.heap.freezing import is_frozen
from pytest_gcguard.core.heap.generations import visible
from pytest_gcguard.core.objects.classes import with_subclasses
from pytest_gcguard.core.unpatched import gc

_TYPES = frozenset({"weakref.ReferenceType", "sqlite3.Statement"})


class Cursors:
    """The lists and caches that are known."""

    def __init__(self) -> None:
        self._lists: list[object] = []
        self._caches: list[weakref.ref[Any]] = []
        self._unheld = next(map(sys.getrefcount, [[]]))

    def held(self) -> list[object]:
        """The containers of its own that it adds to while a test is looked at."""
        return [self, self._lists, self._caches]

    def roots(self) -> list[object]:
        """The lists and caches that are in use."""
        used = [count > self._unheld for count in map(sys.getrefcount, self._lists)]
        if not all(used):
            self._lists[:] = compress(self._lists, used)
        if not self._caches:
            return self._lists
        return [*self._lists, *(cache for reference in self._caches if (cache := reference()) is not None)]

    def of_now(self, types: Collection[str]) -> list[object]:
        """The lists and caches that are in use, looked for anew if some of them may hold what rises."""
        self.learn(types)
        return self.roots()

    def learn(self, types: Collection[str]) -> None:
        """Looks for the lists and caches, if weak references or statements are among the types that rise.

        Where the heap is frozen, older connections are out of sight, and what is known stays.
        """
        sqlite: Any = sys.modules.get("_sqlite3")
        if sqlite is not None and not _TYPES.isdisjoint(types) and not is_frozen():
            found = list(_kept(sqlite))
            self._lists[:] = [each for each in found if type(each) is list]
            self._caches[:] = [weakref.ref(each) for each in found if type(each) is not list]


def _kept(sqlite: Any) -> Iterator[Any]:
    kinds = tuple(getattr(sqlite, name) for name in ("Cursor", "Blob") if hasattr(sqlite, name))
    objects = visible()
    classes = frozenset(map(id, with_subclasses(sqlite.Connection)))  # by id: the hash of a class may be code of its metaclass
    for connection in compress(objects, map(classes.__contains__, map(id, map(type, objects)))):
        for each in gc.get_referents(connection):
            if type(each) is list and (type(connection) is sqlite.Connection or _is_of_cursors(each, kinds)):
                yield each
            elif type(each) is _lru_cache_wrapper and any(obj is connection for obj in gc.get_referents(each)):
                yield each  # of what the connection itself was called with


def _is_of_cursors(found: list[Any], kinds: tuple[type, ...]) -> bool:
    """Whether a list may be the one of C code: a class derived from a connection may have lists of its own."""
    references = gc.get_referents(found)
    return bool(references) and all(
        type(each) is weakref.ref and issubclass(type(each()), (type(None), *kinds)) for each in references
    )
