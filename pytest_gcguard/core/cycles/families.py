"""Kinds of references that one line stores, however many classes inherit it: all ``.parent`` of the nodes of a tree.

Rules of this file: the references of one family read alike, the classes of their objects have a class in common that is not
Python's own, and the same line stores them, as far as the source tells.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence

from pytest_gcguard.core.cycles.component import Arc, Component, Kind
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.origins import storing


@dataclasses.dataclass(frozen=True, slots=True)
class Family:
    """Several kinds of references, and the name of the class that all of their objects are instances of."""

    kinds: tuple[Kind, ...]
    base: str


def found(component: Component, examples: Mapping[Kind, Arc]) -> Iterator[Family]:
    """The families among the kinds of references of a component; ``examples`` has a reference of each kind."""
    by_line: dict[object, list[Kind]] = {}
    for kind in sorted(examples):
        stop, words = component.stop(examples[kind][0]), component.words(examples[kind])
        if words.startswith(".") and not words.startswith(".<"):
            place = storing.line(component.objects[stop], words, component.glossary.place)
            if place is not None:
                by_line.setdefault((kind[1], place.file, place.line, component.origin(stop)), []).append(kind)
    for kinds in by_line.values():
        base = _in_common([type(component.objects[component.stop(examples[kind][0])]) for kind in kinds])
        if len(kinds) > 1 and base is not None:
            yield Family(tuple(kinds), describe.type_name(base))


def _in_common(types: Sequence[type]) -> type | None:
    """The nearest class that all of some classes are or inherit from, if it is not one of Python's own.

    >>> class Base: ...
    >>> class One(Base): ...
    >>> class Other(Base): ...
    >>> _in_common([One, Other]).__name__, _in_common([One, Base]).__name__, _in_common([One, int])
    ('Base', 'Base', None)
    """
    others = [set(map(id, describe.mro(tp))) for tp in types[1:]]
    common = (base for base in describe.mro(types[0]) if all(id(base) in each for each in others))
    packages = ((base, describe.type_name(base).partition(".")) for base in common)
    return next((base for base, (package, dot, _) in packages if dot and package not in sys.stdlib_module_names), None)
