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


def of_freezegun(function: object) -> Iterator[object]:
    """What it remembers of each module, and what the decorators of a test note each time that they stop the clock, for as long
    as it stands.
    """
    api = sys.modules.get("freezegun.api")
    if api is None:
        return
    yield getattr(api, "_GLOBAL_MODULES_CACHE", None)
    decorator: Any = getattr(api, "_freeze_time", None)
    for _ in range(_DECORATORS):
        if type(function) is not types.FunctionType:
            break
        for obj in gc.get_referents(*(function.__closure__ or ())):
            if type(obj) is decorator:
                yield from (obj, obj.__dict__)
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
