"""Handlers' lists are as old as their logger, and a context's mapping as old as the context; what is in them is not."""

from __future__ import annotations

import contextvars
import gc
import logging
import sys
from collections.abc import Iterator

import pytest

from pytest_gcguard.core.heap import replaced

MAY_REPLACE = sys.version_info >= (3, 14)
"""Not each release of 3.14 does."""


class Peculiar(logging.Logger):
    """One whose list would be asked for by code of its own."""

    @property
    def handlers(self) -> list[logging.Handler]:
        raise AssertionError("asked")

    @handlers.setter
    def handlers(self, _: list[logging.Handler]) -> None:
        pass


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    name = "pytest_gcguard.test_replaced"
    yield logging.getLogger(name)
    del logging.root.manager.loggerDict[name]


def remove_a_handler(logger: logging.Logger) -> None:
    handler = logging.NullHandler()
    logger.addHandler(handler)
    logger.removeHandler(handler)


def test_the_list_is_taken_out_and_its_handlers_stay(logger: logging.Logger) -> None:
    before = logger.handlers
    remove_a_handler(logger)
    handler = logging.NullHandler()
    logger.addHandler(handler)
    assert logger.handlers is before or MAY_REPLACE
    other: list[object] = [handler]
    objects = [logger.handlers, handler, other]
    replaced.take_out(objects)
    assert [id(obj) for obj in objects] == [id(obj) for obj in ([] if MAY_REPLACE else [before]) + [handler, other]]


def test_the_list_of_a_new_logger_stays(logger: logging.Logger) -> None:
    objects: list[object] = [logger, logger.handlers]
    replaced.take_out(objects)
    assert len(objects) == 2


def test_a_logger_that_would_answer_by_code_of_its_own_is_not_asked(logger: logging.Logger) -> None:
    logger.__class__ = Peculiar
    objects: list[object] = [[]]
    replaced.take_out(objects)
    assert objects == [[]]
    logger.__class__ = logging.Logger


def test_the_nodes_of_the_context_are_taken_out_and_its_variables_stay() -> None:
    def made() -> list[object]:
        kept = [contextvars.ContextVar[list[int]](f"variable {number}") for number in range(64)]
        for variable in kept:
            variable.set([3])
        nodes = gc.get_referents(contextvars.copy_context())
        found: list[object] = []
        while nodes:
            found += nodes
            nodes = gc.get_referents(*(obj for obj in nodes if type(obj).__name__.startswith("hamt")))
        before = {type(obj).__name__ for obj in found}
        assert {"hamt", "hamt_array_node", "hamt_bitmap_node"} <= before
        replaced.take_out(found)
        ids = set(map(id, found))
        assert ids.issuperset(map(id, kept))
        return found

    found = contextvars.Context().run(made)
    assert {type(obj) for obj in found} == {contextvars.ContextVar, list}


def test_the_nodes_of_another_context_stay() -> None:
    variable = contextvars.ContextVar[int]("variable")
    other = contextvars.Context()
    other.run(variable.set, 3)
    objects = gc.get_referents(other)
    replaced.take_out(objects)
    assert [type(obj).__name__ for obj in objects] == ["hamt"]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the collector tracks all dictionaries from Python 3.14 on")
def test_a_dictionary_that_is_empty_by_now_is_not_what_is_left() -> None:
    emptied: dict[str, object] = {"once": []}
    emptied.clear()
    assert gc.is_tracked(emptied)
    filled: dict[str, object] = {"still": []}
    assert replaced.lasting([emptied, filled, []]) == [filled, []]
    gc.collect()
    assert not gc.is_tracked(emptied)  # so no count of a repeat has it
