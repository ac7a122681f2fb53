"""Labels and places of many objects: where the class decides them, they are worked out once for each class.

Rules of this file: those of ``describe``, whose words these are. Objects and classes are known by id, so the caller must hold
them.
"""

from __future__ import annotations

from pytest_gcguard.core.model import Place
from pytest_gcguard.core.objects import describe, reading


class Glossary:
    """Words for many objects, which must outlive it; ``reader`` reads them.

    Drop it before looking for what refers to a class, since it refers to classes.

    >>> words = Glossary()
    >>> words.label([]), words.label(3), words.label(Glossary.label)
    ('list', 'int', 'function pytest_gcguard.core.objects.glossary.Glossary.label')
    """

    def __init__(self) -> None:
        self.reader = reading.Reader()
        self._names: dict[int, str] = {}
        self._places: dict[int, Place | None] = {}

    def type_name(self, obj: object) -> str:
        """The qualified name of an object's type."""
        tp = type(obj)
        name = self._names.get(id(tp))
        if name is None:
            name = self._names[id(tp)] = describe.type_name(tp)
        return name

    def label(self, obj: object) -> str:
        """As `describe.label`."""
        return self.type_name(obj) if describe.told_by_type(type(obj)) else describe.label(obj)

    def place(self, obj: object) -> Place | None:
        """As `describe.place`."""
        tp = type(obj)
        key = id(obj) if issubclass(tp, type) else id(tp) if describe.told_by_type(tp) else None
        if key is None:
            return describe.place(obj)
        if key not in self._places:
            self._places[key] = describe.place(obj)
        return self._places[key]
