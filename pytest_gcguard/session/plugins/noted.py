"""Takes back what plugins record of a repeat for the end of the session, as pytest-benchmark does with its measurements.

Rules of this file: of what a plugin has added to a list, only entries that name the test are taken out; what it is to close or
to undo at the end stays. No code of an object runs.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import pytest

from pytest_gcguard.core.unpatched import gc
from pytest_gcguard.session.held.tools import package

_NOT_PLUGINS = ("_pytest", "pluggy", "pytest_gcguard")


@contextmanager
def taken_back(item: pytest.Item) -> Iterator[None]:
    """A block after which the lists of plugins have no more entries of the test than before."""
    lengths = [(kept, len(kept)) for kept in _lists(item.config)]
    try:
        yield
    finally:
        for kept, length in lengths:
            if len(kept) > length:
                kept[length:] = [entry for entry in kept[length:] if not _names(entry, item)]


def _lists(config: Any) -> list[list[object]]:
    """The lists among the attributes of plugins, and of what plugins have put into pytest's configuration."""
    keepers = chain(config.__dict__.values(), config.stash._storage.values(), config.pluginmanager.get_plugins())
    found: dict[int, list[object]] = {}
    for keeper in keepers:
        if issubclass(type(keeper), (types.ModuleType, type)) or package(type(keeper).__module__) in _NOT_PLUGINS:
            continue
        for kept in (keeper, *_within(keeper)):
            if type(kept) is list:
                found[id(kept)] = kept
    return list(found.values())


def _names(entry: object, item: pytest.Item) -> bool:
    return any(each is item or (type(each) is str and each == item.nodeid) for each in (entry, *_within(entry)))


def _within(obj: object) -> list[object]:
    """What an object refers to, and what the dictionaries among that do."""
    held = gc.get_referents(obj)
    if _OWN_DICTIONARY:
        held += gc.get_referents(*(each for each in held if type(each) is dict))
    return [*held, *gc.get_referents(*(each for each in held if type(each) is dict))]


_OWN_DICTIONARY = sys.version_info < (3, 11)
"""Up to Python 3.10 an object refers to its attributes only by way of its dictionary."""
