"""What is looked for in a test, and what of it fails the test.

Rules of this file: frozen values. It is imported in every run, so it imports next to nothing itself, and its classes are named
tuples: a dataclass takes ten times as long to define.
"""

from __future__ import annotations

from typing import NamedTuple

from pytest_gcguard.core.kinds import Kind, Origin


class Limit(NamedTuple):
    """What a marker allows: up to ``max`` findings of a kind, not counting those that are ignored.

    With ``types`` only these count. Without ``origins`` those count that may fail a test (`Policy.origins`).
    """

    max: int = 0
    types: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    origins: frozenset[Origin] | None = None


class Policy(NamedTuple):
    """The settings in force for one test, resolved from marker, command line, ini file and defaults.

    ``look_for`` are the kinds that are reported, ``fail_on`` those that fail the test. ``confirm`` is how many times a suspect
    is run again, within ``confirm_seconds``, unless ``repeat`` says that it cannot be. ``cycles`` and ``leaks`` are the limits
    that the markers ``no_cycles`` and ``no_leaks`` set. ``baseline`` has the signatures that are known and let through;
    ``accept`` lets everything through that could fail a test, since it is being written to the baseline.
    """

    look_for: frozenset[Kind] = frozenset({Kind.UNCOLLECTABLE, Kind.CYCLE, Kind.LEAK})
    fail_on: frozenset[Kind] = frozenset({Kind.UNCOLLECTABLE, Kind.LEAK})
    origins: frozenset[Origin] = frozenset({Origin.OWN})
    confirm: int = 2
    confirm_seconds: float = 30.0
    repeat: bool = True
    ignore: tuple[str, ...] = ()
    memory: bool = False
    freeze: bool = True
    cycles: Limit | None = None
    leaks: Limit | None = None
    baseline: frozenset[str] = frozenset()
    accept: bool = False
