"""Tests that are neither functions nor doctests: examples of a document, cells of a notebook, files of data.

They may share what they make, as the examples of a document share its names: then what one leaves is held by the document,
and a repeat would change what the next ones see.

Rules of this file: those of ``holdings``.
"""

from __future__ import annotations

import pytest
from _pytest.doctest import DoctestItem

from pytest_gcguard.core.objects.reading import instance_dict
from pytest_gcguard.session.held import tools


def is_foreign(item: pytest.Item) -> bool:
    """Whether a test is of a kind that a plugin has brought along."""
    return not isinstance(item, (pytest.Function, DoctestItem))


def kept(item: pytest.Item) -> list[object]:
    """What such a test leads to, by way of containers and of objects of the package that its class comes from."""
    if not is_foreign(item):
        return []
    seeds: list[object] = [found for node in item.listchain()[1:] if (found := instance_dict(node)) is not None]
    return tools.parts_of(seeds, (tools.package(type(item).__module__),))
