"""Runs to render: one with a hostile finding of each sort, one with as many distinct findings as you like."""

from __future__ import annotations

import dataclasses

from pytest_gcguard.core.documents.document import Document, Outcome
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.documents.written import finding_to_dict
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Place, Step

HOSTILE = "<script>alert(1)</script>`|\"'\n]]>&%0A::error::x\r\x1b[31m\udce4\u202e ](javascript:x) ${{ x }}"


def finding(number: int, steps: int = 5, spice: str = "") -> Finding:
    """A finding that differs from those of other numbers; every third is a leak."""
    leak = number % 3 == 0
    kind = Kind.LEAK if leak else Kind.CYCLE
    path = tuple(Step(f"app.m{number}.T{at}{spice}", f".edge_{at}{spice}", "app/m.py", 10 + at) for at in range(steps))
    return Finding(
        f"{kind.rule}-{number:08x}",
        kind,
        list(Origin)[number % 4],
        f"{path[0].type} → {path[0].edge} → …",
        (path[0].type,),
        path=path,
        cut=Cut(path[1].type, path[1].edge, "app/m.py", 11, verified=True, hint=f"hold it by weakref.ref{spice}"),
        holder=f"app.registry._OPEN['alice']{spice}" if leak else None,
        made_at=(Place("app/m.py", 41, f"make{spice}"), Place("tests/test_m.py", 7, "test")) if leak else (),
        growth=(1, 1, 1) if leak else None,
        objects=4,
        retained=3,
        notes=(f"a note{spice}",),
        shape=("not-unregistered" if leak else "parent-child", f"of-a-later-version{spice}", None)[number % 5 % 3],
    )


def run(
    number: int,
    tests: int = 3,
    steps: int = 5,
    spice: str = "",
    outcome: Outcome = "failed",
    partial: bool = False,
    own: bool = False,
) -> Document:
    """A run with that many distinct findings, each in so many tests; the project's own have the outcome.

    With ``own`` all are the project's, and the paths have as many steps and up to eight more.
    """
    tally = Tally("1.0", "3.14.0")
    for each in range(number):
        found = finding(each, steps + (each % 9 if own else 0), spice)
        if own:
            found = dataclasses.replace(found, origin=Origin.OWN)
        record = finding_to_dict(found, outcome if found.origin is Origin.OWN else "reported")
        for test in range(tests):
            tally.add(f"tests/test_m{each}.py::TestIt::test_it[{test}{spice}]", [record], checked=True, seconds=0.001)
    return tally.document("2030-01-31T12:00:00Z", seconds=3.5, partial=partial)
