"""A route is walked forwards from a module's global, whatever is on the way, and leads where a search for the holder began."""

from __future__ import annotations

import sys
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator

import pytest

from pytest_gcguard.core.heap import freezing
from pytest_gcguard.core.leaks import routes
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.origins.origin import Origins

NAME = "test_routes_made_here"


class Held:
    pass


class Box:
    def __init__(self, value: object) -> None:
        self.value = value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = sys.modules[NAME] = types.ModuleType(NAME)
    yield made
    del sys.modules[NAME]


KEEPERS = [
    lambda held: list(held),
    lambda held: dict(enumerate(held)),
    lambda held: [[each] for each in held],
    lambda held: [{"it": each} for each in held],
    lambda held: OrderedDict((str(id(each)), [each]) for each in held),
    lambda held: Box({"all": list(held)}),
    lambda held: [Box(each) for each in held],
    lambda held: {"slots": [Slotted(each) for each in held]},
    lambda held: type("Registry", (), {"known": list(held)}),
    lambda held: [lambda each=each: each for each in held],
]


@pytest.mark.parametrize("keep", KEEPERS, ids=map(str, range(len(KEEPERS))))
def test_the_way_to_one_object_leads_to_its_like(module: types.ModuleType, keep: Callable[[list[Held]], object]) -> None:
    held = [Held(), Held(), Held()]
    module.KEPT = keep(held)  # type: ignore[attr-defined] # it is made here
    freezing.thaw()
    with Search(Origins(None), held) as search:
        found = search.holder(held[0])
    assert found is not None
    assert found.expression.startswith(f"{NAME}.KEPT")
    assert found.route[:2] == (NAME, "KEPT")
    assert routes.leads_to(found.route, held)
    assert not routes.leads_to(found.route, [*held, Held()])
    assert not routes.leads_to(found.route, [])


@pytest.mark.parametrize(
    "route",
    [
        (),
        (NAME, "KEPT", "test_routes.Held"),
        (NAME, "OTHER", "list", "test_routes.Held"),
        (NAME, "KEPT", "dict", "test_routes.Held"),
        (NAME, "KEPT", "list", "list", "test_routes.Held"),
        ("test_routes_never_made", "KEPT", "list", "test_routes.Held"),
    ],
)
def test_another_way_does_not_lead_there(module: types.ModuleType, route: routes.Route) -> None:
    held = Held()
    module.KEPT = [held]  # type: ignore[attr-defined] # it is made here
    assert not routes.leads_to(route, [held])
    assert routes.leads_to((NAME, "KEPT", "list", f"{__name__}.Held"), [held])


def test_what_is_too_wide_is_not_followed(module: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    module.KEPT = [[held], [], []]  # type: ignore[attr-defined] # it is made here
    route = (NAME, "KEPT", "list", "list", f"{__name__}.Held")
    assert routes.leads_to(route, [held])
    monkeypatch.setattr(routes, "_MOST", 2)
    assert not routes.leads_to(route, [held])


def test_no_way_leads_through_a_module(module: types.ModuleType) -> None:
    module.KEPT = [module]  # type: ignore[attr-defined] # it is made here
    assert routes.of(NAME, [module.KEPT, module]) == ()
    assert routes.of(NAME, [[]]) == ()
    assert routes.of(NAME, []) == ()
