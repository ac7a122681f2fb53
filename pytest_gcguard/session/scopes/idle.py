"""Which wider-scoped fixtures make nothing, so that there is nothing to look for when they end.

A look costs a collection of the whole heap, and each class of a `unittest` suite has such a fixture.

Rules of this file: in doubt a fixture makes something.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from typing import Any

from pytest_gcguard.core.heap import generations
from pytest_gcguard.core.objects.classes import class_items, find, mro
from pytest_gcguard.core.unpatched import gc

SET_UP_CLASS = "_unittest_setUpClass_fixture_"
"""How the name of the fixture begins by which pytest calls a class's ``setUpClass``."""
_FUNCTIONS = (types.FunctionType, types.MethodType)
_REVERSED: type = type(reversed([]))


def is_idle(fixturedef: Any, request: Any, objects: list[object], start: list[int | None]) -> bool:
    """Whether a fixture has made nothing but what pytest makes for each, and runs no code when it ends.

    One that only sets an attribute of the class is like that, and so is the fixture for a ``setUpClass`` that does nothing.
    ``objects`` are those in sight after its setup, in the order of their making. ``start`` was made right before it, and has
    the number of collections of that time. Ids would not do: a new object may have the address of an older one.
    """
    if inspect.isgeneratorfunction(fixturedef.func):
        return _has_default_setup(fixturedef, request)
    ends = (end.func if type(end) is functools.partial else end for end in fixturedef._finalizers)
    if not all(type(end) in _FUNCTIONS and end.__module__ == "_pytest.fixtures" for end in ends):
        return False
    at = next((at for at, obj in enumerate(objects) if obj is start), None)
    if at is None or start[0] is None or start[0] != generations.collections():
        return False
    for obj in objects[at + 1 :]:
        if not (
            obj is fixturedef.cached_result
            or (type(obj) is list and {*map(id, gc.get_referents(obj))} == {id(fixturedef), id(request)})  # the call of a hook
            or (type(obj) is types.GeneratorType and obj.gi_code.co_name == "pytest_fixture_setup")
            or type(obj) is _REVERSED
        ):
            return False
    return True


def _has_default_setup(fixturedef: Any, request: Any) -> bool:
    """Whether a fixture calls the ``setUpClass`` and ``tearDownClass`` that each `unittest.TestCase` has, which do nothing."""
    base = getattr(sys.modules.get("unittest"), "TestCase", None)
    if base is None or not fixturedef.argname.startswith(SET_UP_CLASS):
        return False
    for name in ("setUpClass", "tearDownClass"):
        found = (find(class_items(each), name) for each in mro(request.cls))
        if next((each for each in found if each is not None), None) is not find(class_items(base), name):
            return False
    return True
