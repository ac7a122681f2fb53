"""New objects that only replace older ones, made by the interpreter and the standard library: nothing that a test made.

Rules of this file: those of ``reading``: no code of an object that is looked at may run.
"""

from __future__ import annotations

import linecache
import logging
import sys
from collections.abc import Iterator
from contextvars import copy_context

from pytest_gcguard.core.objects.classes import class_items, is_made_by_program, mro, type_qualname
from pytest_gcguard.core.unpatched import gc

__all__ = ["lasting", "take_out"]


def take_out(objects: list[object]) -> None:
    """Takes off a list of new objects those that only replace older ones; what is in them stays.

    These are the lists of handlers of older loggers: from 3.14 on a logger gets a new one when a handler is removed, which
    pytest does after each step of a test. And the nodes of the mapping in which the current context keeps its variables: it
    gets new ones when a variable is set or reset, as `decimal` and numpy do.

    >>> import contextvars
    >>> contextvars.ContextVar("name").set(3).old_value is contextvars.Token.MISSING
    True
    >>> nodes = gc.get_referents(copy_context()); take_out(nodes); nodes
    []
    """
    kinds = set(map(id, map(type, objects)))
    gone: set[int] = set()
    if id(_MAPPING) in kinds:
        gone.update(_nodes_of_context())
    if _REPLACES and id(list) in kinds:
        gone |= _lists_of_handlers(objects)
    if gone:
        objects[:] = [obj for obj in objects if id(obj) not in gone]


def lasting(left: list[object]) -> list[object]:
    """What a test left, without what may only replace something older; what is in that stays.

    Left out are the lists of handlers of older loggers on all versions: a program may replace them too, as a fixture that puts
    back what a test has changed. And dictionaries that, up to Python 3.13, the collector sees as new whenever they are filled
    again: that of `linecache`, and empty ones, such as that in which a class knows its subclasses up to 3.10. Another
    collection stops tracking these, so that no repeat counts them.

    >>> import logging
    >>> logging.root.handlers = list(logging.root.handlers)
    >>> lasting([[], logging.root.handlers, linecache.cache])
    [[]]
    """
    gone = _lists_of_handlers(left) if any(type(obj) is list for obj in left) else set()
    gone.add(id(linecache.cache))
    return [obj for obj in left if id(obj) not in gone and not (_UNTRACKS and type(obj) is dict and not obj)]


_UNTRACKS = sys.version_info < (3, 14)
_MAPPING = type(gc.get_referents(copy_context())[0])


def _nodes_of_context() -> Iterator[int]:
    """The mapping of the current context and its inner nodes, by id: no name leads to their types."""
    nodes = gc.get_referents(copy_context())
    while nodes:
        nodes = [obj for obj in nodes if not is_made_by_program(type(obj)) and type_qualname(type(obj)).startswith("hamt")]
        yield from map(id, nodes)
        nodes = gc.get_referents(*nodes)


_REPLACES = sys.version_info >= (3, 14)


def _lists_of_handlers(objects: list[object]) -> set[int]:
    """The ids of the objects that are the list of handlers of a logger, unless the logger is among the objects as well."""
    present = set(map(id, objects))
    return present.intersection(id(handlers) for logger, handlers in _handlers() if id(logger) not in present)


def _handlers() -> Iterator[tuple[object, object]]:
    """Each logger with its list of handlers, if that is a plain attribute."""
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
