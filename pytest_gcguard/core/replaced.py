"""Lists that the standard library puts in the place of older ones: as new as the test, but not what it made.

Rules of this file: as those of ``reading``: no code of an object that is looked at may run.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

from pytest_gcguard.core.classes import class_items, mro

__all__ = ["take_out"]


def take_out(objects: list[object]) -> None:
    """Takes the handlers' lists of older loggers off a list of what is new; what is in them stays.

    From 3.14 on a logger whose handler is removed is given another list, which is what pytest does after each step of a test.

    >>> import logging
    >>> new = logging.root.handlers = list(logging.root.handlers)
    >>> objects = [[], new]
    >>> take_out(objects); len(objects) == (1 if _REPLACES else 2)
    True
    """
    if _REPLACES and any(type(obj) is list for obj in objects):
        present = set(map(id, objects))
        lists = {id(handlers) for logger, handlers in _handlers() if id(logger) not in present}
        if not lists.isdisjoint(present):
            objects[:] = [obj for obj in objects if id(obj) not in lists]


_REPLACES = sys.version_info >= (3, 14)


def _handlers() -> Iterator[tuple[object, object]]:
    """Each logger with its list of handlers, if that is nothing but an attribute."""
    plain: dict[int, bool] = {}
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        tp = type(logger)
        if id(tp) not in plain:
            names = {name for base in mro(tp) for name, _ in class_items(base) if type(name) is str}
            plain[id(tp)] = issubclass(tp, logging.Logger) and "handlers" not in names
        if plain[id(tp)]:
            try:
                yield logger, object.__getattribute__(logger, "handlers")  # so that nothing runs, and no dictionary is made
            except AttributeError:
                continue
