"""Cycles kept as bytes for later.

The collector does not track bytes. So a test that counts all objects, before and after a collection of its own, does not
count what the guard has noted meanwhile, however much that is.

Rules of this file: what lasts is text, bytes and numbers, in dictionaries that are made before anything is noted. ``pickle``
is not used: it looks up classes in `sys.modules`, which belongs to the program.
"""

from __future__ import annotations

import dataclasses
import hashlib
import marshal
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cut, Cycle, Place, Step

_FORMS = 1_000
_VERSION = 2
"""The last format of marshal in which equal values give equal bytes, whoever else refers to their parts."""

Notes = dict[bytes, int]
"""How many cycles there were that are described alike, by the bytes of one of them."""


def note(cycles: Iterable[Cycle], notes: Notes) -> None:
    """Adds cycles to the notes.

    >>> notes: Notes = {}
    >>> note([Cycle((), ("app.Node",), Origin.OWN, objects=2)] * 3, notes)
    >>> [(cycle.types, number) for cycle, number in noted(notes)]
    [(('app.Node',), 3)]
    """
    same: dict[int, list[Cycle]] = {}
    for cycle in cycles:  # of those that are alike most are one object
        same.setdefault(id(cycle), []).append(cycle)
    for each in same.values():
        key = _bytes(each[0])
        notes[key] = notes.get(key, 0) + len(each)


def noted(notes: Notes) -> Iterator[tuple[Cycle, int]]:
    """What was noted, in the order in which the first of each kind came: a cycle, and how many there were."""
    return ((_cycle(kept), number) for kept, number in notes.items())


class Said:
    """The descriptions of cycles by their form, so that cycles that are alike are worded once in a run.

    A form is made of texts and numbers (`Component.form`, `Twins.lasting`).

    >>> said = Said()
    >>> said.keep(("app.Node", ".me"), Cycle((), ("app.Node",), Origin.OWN, objects=2))
    >>> said.of(("app.Node", ".me")).objects, said.of(("app.Node", ".you"))
    (2, None)
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[bytes, bytes] = {}

    def of(self, form: Hashable) -> Cycle | None:
        """The description of a cycle of this form, if there was one."""
        kept = self._kept.get(_digest(form))
        return None if kept is None else _cycle(kept)

    def keep(self, form: Hashable, cycle: Cycle) -> None:
        """Remembers the description of the cycles of a form."""
        if len(self._kept) < _FORMS:
            self._kept[_digest(form)] = _bytes(cycle)


def _digest(form: Hashable) -> bytes:
    """A form as a short key. It is made of text and numbers, so its text says all of it; for large cycles that is long."""
    return hashlib.blake2b(repr(form).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _bytes(cycle: Cycle) -> bytes:
    return marshal.dumps(dataclasses.asdict(cycle) | {"origin": cycle.origin.value}, _VERSION)


def _cycle(kept: bytes) -> Cycle:
    fields: dict[str, Any] = marshal.loads(kept)
    cut = fields["cut"]
    fields["path"] = _steps(fields["path"])
    fields["origin"] = Origin(fields["origin"])
    fields["cut"] = None if cut is None else Cut(**cut | {"also": _steps(cut["also"])})
    fields["made_at"] = tuple(Place(**place) for place in fields["made_at"])
    return Cycle(**fields)


def _steps(steps: Iterable[dict[str, Any]]) -> tuple[Step, ...]:
    return tuple(Step(**step) for step in steps)
