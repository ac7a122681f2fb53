"""The instance that a test of a class runs on: made when the test begins, gone when it has ended.

pytest makes it when it collects, and keeps it until the session ends. So it would be frozen with all that is older than the
test, and a cycle by way of ``self`` would never be seen.

Rules of this file: an instance is dropped only if pytest makes another one just like it when one is asked for.
"""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest


def untouched(item: pytest.Item) -> bool:
    """Whether nobody could tell the instance that pytest has made for a test from a new one."""
    method, instance = item.__dict__.get("_obj"), item.__dict__.get("_instance")
    if instance is None or type(method) is not types.MethodType or method.__self__ is not instance:
        return False
    cls: Any = type(instance)
    if cls.__new__ is not object.__new__:
        return False
    if cls.__init__ is object.__init__:
        return not getattr(instance, "__dict__", None)
    for module, name in (("unittest", "TestCase"), ("unittest.async_case", "IsolatedAsyncioTestCase")):
        case: Any = getattr(sys.modules.get(module), name, None)  # a suite without such tests need not import it
        if case is not None and cls.__init__ is case.__init__:
            return bool(vars(instance).keys() == vars(case()).keys())
    return False


def drop(item: pytest.Item) -> None:
    """Lets go of the instance, and of the method that is bound to it."""
    item.__dict__.pop("_instance", None)
    item.__dict__["_obj"] = None


def make(item: pytest.Item) -> None:
    """Has pytest make another instance for a test that ended before anybody asked for one, as when its `setUpClass` skips it.

    pytest ends a test of `unittest` as if the instance were still there.
    """
    getattr(item, "instance", None)
