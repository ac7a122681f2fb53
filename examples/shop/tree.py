"""A category knows its children and each child knows its parent: together they form a cycle.
Nothing but the garbage collector can free them, unless the way up is a weak reference, as in `TidyCategory`."""

from __future__ import annotations

import weakref


class Category:
    def __init__(self, name: str, parent: Category | None = None) -> None:
        self.name = name
        self.parent = parent
        self.children: list[Category] = []
        if parent is not None:
            parent.children.append(self)


class TidyCategory:
    def __init__(self, name: str, parent: TidyCategory | None = None) -> None:
        self.name = name
        self._parent = weakref.ref(parent) if parent is not None else None
        self.children: list[TidyCategory] = []
        if parent is not None:
            parent.children.append(self)

    @property
    def parent(self) -> TidyCategory | None:
        return self._parent() if self._parent is not None else None
