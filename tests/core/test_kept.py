"""What is kept of cycles is what is told of them later."""

from __future__ import annotations

import dataclasses
import gc

from pytest_gcguard.core.cycles import kept
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Cut, Cycle, Place, Step

STEPS = (Step("app.Node", ".\udc80", "app.py", 3), Step("app.Node", ".me"))
FULL = Cycle(
    path=STEPS,
    types=("app.Node", "list"),
    origin=Origin.LIBRARY,
    objects=7,
    retained=9,
    cut=Cut("app.Node", ".parent", "app.py", 4, verified=True, hint="cut it", also=STEPS),
    finalizer=True,
    hidden=True,
    maker="fixture 'db' (module scope)",
    shape="parent-child",
    notes=("one", "two"),
    made_at=(Place("app.py", 3, "make"), Place("app.py", 5)),
)
BARE = Cycle((), (), Origin.OWN, 0)


def test_all_that_is_noted_is_told_in_the_order_of_the_first() -> None:
    assert all(getattr(FULL, field.name) for field in dataclasses.fields(Cycle))
    again = dataclasses.replace(FULL, path=tuple(dataclasses.replace(step) for step in STEPS))  # equal, of other objects
    more = dataclasses.replace(FULL, retained=10)
    notes: kept.Notes = {}
    kept.note([FULL, BARE, FULL, more], notes)
    kept.note([BARE, again], notes)
    assert list(kept.noted(notes)) == [(FULL, 3), (BARE, 2), (more, 1)]


def test_the_collector_sees_nothing_of_what_is_kept() -> None:
    notes: kept.Notes = {}
    said = kept.Said()
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for number in range(50):
            kept.note([dataclasses.replace(FULL, retained=number)], notes)
            said.keep((FULL.types, number), FULL)
        after = len(gc.get_objects())
    finally:
        gc.enable()
    assert after - before < 5
    assert len(notes) == 50
    assert said.of((FULL.types, 49)) == FULL
    assert said.of((FULL.types, 50)) is None
