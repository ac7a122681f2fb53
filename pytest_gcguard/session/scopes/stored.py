"""What wider-scoped fixtures store in a test's class or module: ``cls.server = …`` in a ``setup_class``, a global in a
``setup_module``. What hangs from there is the fixture's, as what hangs from the value of a fixture is.

Rules of this file: holds names only; no code of a class or module runs.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from pytest_gcguard.core.objects import classes
from pytest_gcguard.core.objects.modules import module_namespace

_DOTTED = re.compile(r"\w+(?:\.\w+)+")


class Stored:
    """The attributes of classes and modules that fixtures have set, as expressions (``test_shop.TestShop.server``)."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def note(self, before: Mapping[str, int], request: Any) -> None:
        """Notes what has been set since `of_request` was asked ``before``."""
        self.names.update(name for name, key in of_request(request).items() if before.get(name) != key)

    def has(self, expression: str) -> bool:
        """Whether an expression begins with one of these attributes.

        >>> stored = Stored(); stored.names.add("test_shop.TestShop.server")
        >>> stored.has("test_shop.TestShop.server.requests[-1]"), stored.has("test_shop.TestShop.servers[0]")
        (True, False)
        """
        found = _DOTTED.match(expression)
        parts = found[0].split(".") if found is not None else []
        return any(".".join(parts[:at]) in self.names for at in range(2, len(parts) + 1))


def of_request(request: Any) -> dict[str, int]:
    """The attributes of the class and of the module of the test that a fixture is set up for, with the ids of their values."""
    item = getattr(request, "_pyfuncitem", None)
    return dict(_attributes(item)) if isinstance(item, pytest.Function) else {}


def _attributes(item: pytest.Function) -> Iterator[tuple[str, int]]:
    module, cls = item.module, item.cls
    if type(module) is types.ModuleType:
        yield from ((f"{module.__name__}.{name}", id(value)) for name, value in list(module_namespace(module).items()))
    for each in classes.mro(cast("type", cls)) if issubclass(type(cls), type) else ():
        if classes.is_written(each):
            yield from ((f"{classes.type_name(each)}.{name}", id(value)) for name, value in classes.class_items(each))
