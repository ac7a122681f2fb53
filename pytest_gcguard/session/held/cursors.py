"""The lists in which connections to SQLite keep a weak reference to each cursor, of which they drop the dead ones after some
two hundred only: a test that asks a connection that is older than it leaves new ones there.

An older connection is out of sight. So its list is looked for while the heap is thawed, and asked from then on.

Rules of this file: holds the lists and no connection, and lets go of a list that nobody else holds.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Collection, Iterator
from itertools import compress
from typing import Any

from pytest_gcguard.core.heap.generations import visible

_REFERENCE = "weakref.ReferenceType"


class Cursors:
    """The lists that are known."""

    def __init__(self) -> None:
        self._lists: list[object] = []
        self._unheld = next(map(sys.getrefcount, [[]]))

    def held(self) -> list[object]:
        """What it adds to while a test is looked at."""
        return [self, self._lists]

    def roots(self) -> list[object]:
        """The lists that are in use."""
        used = [count > self._unheld for count in map(sys.getrefcount, self._lists)]
        if not all(used):
            self._lists[:] = compress(self._lists, used)
        return self._lists

    def learn(self, types: Collection[str]) -> None:
        """Looks for the lists where weak references are among the types that rise; asked while the heap is thawed."""
        sqlite: Any = sys.modules.get("_sqlite3")
        if sqlite is not None and _REFERENCE in types:
            self._lists[:] = _lists(sqlite)


def _lists(sqlite: Any) -> Iterator[object]:
    kinds = tuple(getattr(sqlite, name) for name in ("Cursor", "Blob") if hasattr(sqlite, name))
    objects = visible()
    keys = list(map(id, map(type, objects)))  # the hash of a class may be code of its metaclass
    examples = dict(zip(keys, objects, strict=True))
    classes = {key for key, example in examples.items() if issubclass(type(example), sqlite.Connection)}
    for connection in compress(objects, map(classes.__contains__, keys)):
        for each in gc.get_referents(connection):
            if type(each) is list and (type(connection) is sqlite.Connection or _is_of_cursors(each, kinds)):
                yield each


def _is_of_cursors(found: list[Any], kinds: tuple[type, ...]) -> bool:
    """Whether a list may be one of C's: what derives from a connection may have lists of its own."""
    return bool(found) and all(type(each) is weakref.ref and issubclass(type(each()), (type(None), *kinds)) for each in found)
