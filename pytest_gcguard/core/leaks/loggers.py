"""The loggers of module `logging`, and which references among them hold nothing.

Each logger refers to its parent, and to a manager that knows all of them. So there is a way from any logger to every handler
of every other one. Records travel that way, but nobody holds a handler by it.

Rules of this file: loggers are known by id, and nothing is held; no code of an object runs.
"""

from __future__ import annotations

import sys
import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import class_items, find
from pytest_gcguard.core.objects.modules import module_namespace


class Loggers:
    """The loggers as they are now.

    >>> import logging
    >>> root, other = logging.getLogger(), logging.getLogger("other")
    >>> loggers = Loggers()
    >>> loggers.are_kin(other, [root]), loggers.are_kin([], [root]), loggers.are_kin(other, [[]])
    (True, False, False)
    """

    def __init__(self) -> None:
        self._named: dict[int, tuple[str, str]] = {}
        self._kin: set[int] = set()
        self._captures: int | None = None
        """The handler of pytest's fixture ``caplog``, the same for all tests of a run."""
        module = sys.modules.get("logging")
        logger: Any = find(module_namespace(module).items(), "Logger") if type(module) is types.ModuleType else None
        if not issubclass(type(logger), type):
            return
        items = dict(class_items(logger))
        self._named[id(items.get("root"))] = ("logging.getLogger()", "logging")
        manager = items.get("manager")
        known: Any = find((describe.instance_dict(manager) or {}).items(), "loggerDict")
        for name, each in list(dict.items(known)) if issubclass(type(known), dict) else ():
            if type(name) is str:
                self._named[id(each)] = (f"logging.getLogger({describe.shorten(name, 40)!r})", "")
        self._kin = {id(logger), id(manager), id(known), *self._named}
        self._captures = next(map(id, filter(_captures, _handlers(module))), None)

    def named(self) -> Iterator[tuple[int, str, str]]:
        """Their ids, each with an expression for it, and the module that has it as a global, or an empty text."""
        for key, (text, home) in self._named.items():
            yield key, text, home
        if self._captures is not None:
            yield self._captures, "caplog.handler", ""

    def are_kin(self, obj: object, others: Iterable[object]) -> bool:
        """Whether an object is a logger, or what loggers know each other by, and one of ``others`` is a logger."""
        return id(obj) in self._kin and any(id(other) in self._named for other in others)


def _handlers(module: Any) -> Iterator[object]:
    """All log handlers, the oldest first: `logging` has weak references to them."""
    references: Any = find(module_namespace(module).items(), "_handlerList")
    for reference in list(references) if type(references) is list else ():
        if type(reference) is weakref.ref:
            yield reference()


def _captures(handler: object) -> bool:
    return describe.type_name(type(handler)) == "_pytest.logging.LogCaptureHandler"
