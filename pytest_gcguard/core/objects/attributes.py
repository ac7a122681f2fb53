"""What instances of a class written in Python refer to, by name: a reader that is made once for many instances.

Rules of this file: those of ``reading``. There is no reader for a class that inherits from a type made by C: its instances may
refer to more than their slots and their ``__dict__``.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Sequence

from pytest_gcguard.core.objects.classes import is_made_by_program, mro
from pytest_gcguard.core.objects.reading import ABSENT, dictionary_descriptor, read, slot_descriptors


class Attributes:
    """Reads the instances of a class: made once for all of them."""

    def __init__(self, namespace: object | None, slots: Sequence[tuple[str, object]]) -> None:
        self._namespace = namespace
        self._slots = slots

    def of(self, obj: object) -> Iterator[tuple[object, object]]:
        """Names and values. Slots come first, with a dot before their names, since the ``__dict__`` may have the same name."""
        for name, descriptor in self._slots:
            if (value := read(descriptor, obj)) is not ABSENT:
                yield f".{name}", value
        namespace = read(self._namespace, obj) if self._namespace is not None else None
        if type(namespace) is dict:
            yield from dict.items(namespace)

    def in_slots(self, name: object, objects: Iterable[object]) -> Iterator[object] | None:
        """What each of some instances has in the slot of a name, or `ABSENT`; None where there is no such slot."""
        descriptor = next((each for slot, each in self._slots if f".{slot}" == name), None)
        return (read(descriptor, obj) for obj in objects) if descriptor is not None else None

    def namespaces(self, objects: Iterable[object]) -> list[object]:
        """The ``__dict__`` of each of some instances, or `ABSENT`."""
        return [read(self._namespace, obj) for obj in objects]


def attributes(tp: type) -> Attributes | None:
    """What reads the instances of a class; None where they may refer to more than their attributes.

    >>> class Node: __slots__ = ("__dict__", "parent")
    >>> node = Node(); node.parent, node.other = 1, 2
    >>> list(attributes(Node).of(node)), attributes(type("Error", (ValueError,), {}))
    ([('.parent', 1), ('other', 2)], None)
    """
    if not all(base is object or is_made_by_program(base) for base in mro(tp)):
        return None
    slots = [each for each in slot_descriptors(tp) if type(each[1]) is types.MemberDescriptorType]
    return Attributes(dictionary_descriptor(tp), slots)
