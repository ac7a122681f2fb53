"""Who holds an object, by each kind of root."""

from __future__ import annotations

import contextvars
import functools
import gc
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from pytest_gcguard.core.holders import Search
from pytest_gcguard.core.model import Holder
from pytest_gcguard.core.watch import Lens


class Held:
    __slots__ = ("__weakref__",)


class Box:
    kept: list[object] = []  # noqa: RUF012 -- a leak through a class attribute needs a mutable one
    things: dict[str, object]

    @functools.lru_cache  # noqa: B019 -- the leak under test
    def cached(self) -> int:
        return 1


REGISTRY: dict[str, list[object]] = {}
CONTEXT: contextvars.ContextVar[list[object]] = contextvars.ContextVar("open_sessions")


@contextmanager
def in_global(target: object) -> Iterator[None]:
    REGISTRY["alice"] = [0, target]
    yield
    REGISTRY.clear()


@contextmanager
def in_class(target: object) -> Iterator[None]:
    Box.kept.append(target)
    yield
    Box.kept.clear()


@contextmanager
def in_instance(target: object) -> Iterator[None]:
    box = Box()
    box.things = {"it": target}
    REGISTRY["boxes"] = [box]
    del box
    yield
    REGISTRY.clear()


@contextmanager
def in_context(target: object) -> Iterator[None]:
    token = CONTEXT.set([target])
    yield
    CONTEXT.reset(token)


@contextmanager
def in_handler(target: object) -> Iterator[None]:
    handler = logging.NullHandler()
    handler.owner = target  # type: ignore[attr-defined] # handlers carry what programs give them
    logging.getLogger("held").addHandler(handler)
    yield
    logging.getLogger("held").removeHandler(handler)


@contextmanager
def in_thread(target: object) -> Iterator[None]:
    ready, done = threading.Event(), threading.Event()

    def work(box: list[object]) -> None:
        mine = box.pop()
        ready.set()
        done.wait(10)
        del mine

    thread = threading.Thread(target=work, args=([target],), name="worker")
    thread.start()
    ready.wait(10)
    yield
    done.set()
    thread.join(10)


ME = __name__


@pytest.mark.parametrize(
    ("hold", "expression"),
    [
        (in_global, f"{ME}.REGISTRY['alice'][1]"),
        (in_class, f"{ME}.Box.kept[0]"),
        (in_instance, f"{ME}.REGISTRY['boxes'][0].things['it']"),
        (in_context, "context variable 'open_sessions' [0]"),
        (in_handler, "loggerDict['held'].handlers[0].owner"),
        (in_thread, "local mine of work() in thread 'worker'"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_holder_is_named_from_its_root(
    lens: Lens, hold: Callable[[object], AbstractContextManager[None]], expression: str
) -> None:
    part: list[object] = [Held()]
    with hold(part[0]):
        found = Search(lens.origins, part).holder(part[0])
    assert isinstance(found, Holder)
    # a registry of the standard library may be reached by way of several modules
    assert found.expression.startswith(expression) or (hold is in_handler and found.expression.endswith(expression))


def test_a_cache_on_a_method_is_named_as_the_holder_of_its_instance(lens: Lens) -> None:
    part: list[object] = [Box()]
    Box.cached(part[0])
    try:
        found = Search(lens.origins, part).holder(part[0])
        assert found is not None
        assert found.expression.startswith(f"{ME}.Box.cached")
    finally:
        Box.cached.cache_clear()


def test_what_nothing_holds_any_more_has_no_holder_in_python(lens: Lens) -> None:
    part: list[object] = [Held()]
    found = Search(lens.origins, part).holder(part[0])
    assert found is None or found.expression.strip() == "C code"


def test_searching_leaves_nothing_behind(lens: Lens) -> None:
    part: list[object] = [Held()]
    REGISTRY["x"] = [part[0]]
    Search(lens.origins, part).holder(part[0])
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(3):
        Search(lens.origins, part).holder(part[0])
    gc.collect()
    REGISTRY.clear()
    assert len(gc.get_objects()) - before <= 5
