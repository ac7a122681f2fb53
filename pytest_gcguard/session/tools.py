"""What tools that tests use remember for themselves, and replace at their next use.

Rules of this file: answers with roots, holds nothing; a tool is known by its modules and by what its objects lead to.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any

from pytest_gcguard.core.classes import class_items, find

_DECORATORS = 20
"""As many decorators of a test are looked at."""


def of_decorators(function: object) -> Iterator[object]:
    """What the decorators of a test by freezegun and `unittest.mock` note each time that they replace something: for as long
    as it is replaced, and some of it until the next time.

    Their attributes are asked for, not what these lead to that is older.
    """
    mock, api = sys.modules.get("unittest.mock"), sys.modules.get("freezegun.api")
    known = (getattr(mock, "_patch", None), getattr(mock, "_patch_dict", None), getattr(api, "_freeze_time", None))
    for decorator in _closed_over(function):
        if any(type(decorator) is tp for tp in known):
            yield from (decorator, decorator.__dict__)
    yield getattr(api, "_GLOBAL_MODULES_CACHE", None)  # of freezegun, an entry for each module


def _closed_over(function: object) -> Iterator[Any]:
    """What the decorators of a function close over, and the patchers that one decorator of mock collects."""
    for _ in range(_DECORATORS):
        if type(function) is not types.FunctionType:
            break
        yield from gc.get_referents(*(function.__closure__ or ()))
        patchings = function.__dict__.get("patchings")
        if type(patchings) is list:
            yield from patchings
        function = function.__dict__.get("__wrapped__")


def of_blockbuster(left: Iterable[object]) -> Iterator[object]:
    """Of the functions that it puts in the place of methods of C while a test runs the latest of each.

    It does so by forbiddenfruit, which keeps in the class, under another name, what was there last.
    """
    if "blockbuster" not in sys.modules:
        return
    for function in left:
        if type(function) is types.FunctionType and function.__module__ == "blockbuster.blockbuster":
            for method in gc.get_referents(*(function.__closure__ or ())):
                if type(method) is types.MethodDescriptorType:
                    kept = find(class_items(method.__objclass__), f"_c_{method.__name__}")
                    yield function if kept is function else None
