"""Tests that go on from each other: examples of a document, cells of a notebook, steps of one function.

What one leaves in what they share, as the names of a document, is held by that, and a repeat would change what the next ones
see. Of tests that are neither functions nor doctests nobody knows whether they share something.

Rules of this file: those of ``holdings``.
"""

from __future__ import annotations

import pytest
from _pytest.doctest import DoctestItem

from pytest_gcguard.core.objects.reading import instance_dict
from pytest_gcguard.session.held import tools

_STEPS = frozenset({"________step_name_", "steps_data"})
"""The fixtures by which pytest-steps runs a function step by step, and lets steps share their data."""


def may_go_on(item: pytest.Item) -> bool:
    """Whether other tests may go on from what a test makes."""
    return is_foreign(item) or not _STEPS.isdisjoint(getattr(item, "fixturenames", ()))


def is_foreign(item: pytest.Item) -> bool:
    """Whether a test is of a kind that a plugin has brought along."""
    return not isinstance(item, (pytest.Function, DoctestItem))


def kept(item: pytest.Item) -> list[object]:
    """What such a test leads to, by way of containers and of objects of the package that its class comes from."""
    if not is_foreign(item):
        return []
    seeds: list[object] = [found for node in item.listchain()[1:] if (found := instance_dict(node)) is not None]
    return tools.parts_of(seeds, (tools.package(type(item).__module__),))
