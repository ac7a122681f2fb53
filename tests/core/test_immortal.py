"""Holders where the collector has lost sight of classes, functions and modules, as free-threaded 3.13 does."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator

import pytest

from pytest_gcguard.core import interpreter
from pytest_gcguard.core.heap import walks
from pytest_gcguard.core.leaks import backrefs, immortal
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.unpatched import gc


class Held:
    __slots__ = ()


class Box:
    kept: list[object] = []  # noqa: RUF012 -- a leak through a class attribute needs a mutable one


def keeps(_: object = None, kept: list[object] = []) -> None:  # noqa: B006 -- the leak under test
    """Has a default that holds."""


KEPT: list[object] = []


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    modules = [module for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)]
    unseen = {id(obj) for module in modules for obj in (module, vars(module))}
    is_tracked, get_referrers = gc.is_tracked, walks.get_referrers

    def is_seen(obj: object) -> bool:
        return is_tracked(obj) and id(obj) not in unseen and not issubclass(type(obj), (type, types.FunctionType))

    monkeypatch.setattr(gc, "is_tracked", is_seen)
    monkeypatch.setattr(walks, "get_referrers", lambda *of: [obj for obj in get_referrers(*of) if is_seen(obj)])
    monkeypatch.setattr(immortal, "FIRST_THREAD_BLINDS", True)
    monkeypatch.setattr(backrefs, "FIRST_THREAD_BLINDS", True)
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize(
    ("kept", "held_by"),
    [
        (lambda: Box.kept, "Box.kept[0]"),
        (lambda: KEPT, "KEPT[0]"),
        (lambda: (keeps.__defaults__ or ())[1], "keeps.__defaults__[1][0]"),
    ],
    ids=["class", "global", "default"],
)
def test_the_holder_is_named_though_the_collector_sees_none_of_what_leads_to_it(
    kept: Callable[[], list[object]], held_by: str
) -> None:
    target = [Held()]
    kept().append(target[0])
    try:
        with Search(Origins(None), target) as search:
            holder = search.find(target[0]).holder
    finally:
        kept().clear()
    assert holder is not None
    assert holder.expression == f"{__name__}.{held_by}"


@pytest.mark.usefixtures("blind")
def test_what_the_collector_sees_is_not_looked_for_a_second_time() -> None:
    found = immortal.immortal()
    assert any(obj is Box for obj in found)
    assert any(obj is sys.modules[__name__] for obj in found)
    assert not any(gc.is_tracked(obj) for obj in found)


def test_nothing_is_looked_for_where_the_collector_sees_all() -> None:
    assert bool(immortal.immortal()) is interpreter.FIRST_THREAD_BLINDS
