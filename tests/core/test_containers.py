"""What hangs from a known container and from nowhere else is freed with it; what another holds too is told from that."""

from __future__ import annotations

import collections
import functools
import gc
import io
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from encodings import utf_8
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.leaks import containers, routes
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.leaks.routes import Route
from pytest_gcguard.core.model import Container
from pytest_gcguard.core.origins.origin import Origins

NAME = "test_containers_made_here"


class Node:
    __slots__ = ("__weakref__", "others")

    def __init__(self) -> None:
        self.others: list[object] = []


class Other:
    pass


NODE = f"{__name__}.Node"


def known(container: object, *kinds: str) -> Container:
    return Container((NAME, "KEPT", *kinds), id(container))


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = sys.modules[NAME] = types.ModuleType(NAME)
    yield made
    del sys.modules[NAME]


edges = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)
some = st.sets(st.integers(0, 5), max_size=3)


@given(edges=edges, kept=some, elsewhere=some)
def test_it_is_said_of_all_that_is_freed_with_the_container(
    edges: list[tuple[int, int]], kept: set[int], elsewhere: set[int]
) -> None:
    """Of any graph: what is told to hang from there is all of it, and goes with it."""
    gc.freeze()  # collecting takes as long then as what is made here
    made = sys.modules[NAME] = types.ModuleType(NAME)
    nodes = [Node() for _ in range(6)]
    for source, target in edges:
        nodes[source].others.append(nodes[target])
    made.KEPT = [nodes[at] for at in sorted(kept)]  # type: ignore[attr-defined] # it is made here
    others = [nodes[at] for at in sorted(elsewhere)]
    reached = _reachable(edges, kept)
    watched = [weakref.ref(node) for node in nodes]
    del nodes
    gc.collect()
    left = [node for reference in watched if (node := reference()) is not None]
    lists = [node.others for node in left]
    left += lists  # type: ignore[arg-type] # lists are objects
    del lists
    node = None
    hangs = containers.hanging(left, [NODE], [known(made.KEPT, "list")]) is not None  # type: ignore[arg-type] # likewise
    alive = {at for at, reference in enumerate(watched) if reference() is not None}
    assert hangs == (alive <= reached and not elsewhere)
    del left
    if hangs:
        made.KEPT.clear()
        gc.collect()
        assert not any(reference() is not None for reference in watched)
    del sys.modules[NAME], others
    gc.unfreeze()


def _reachable(edges: list[tuple[int, int]], kept: set[int]) -> set[int]:
    found = set(kept)
    while more := {target for source, target in edges if source in found} - found:
        found |= more
    return found


@functools.lru_cache(maxsize=9)
def remember(node: Node, number: int) -> tuple[Node, int]:
    return node, number


HOLDERS: list[tuple[object, Callable[[Any, Node], object], tuple[str, ...]]] = [
    ([], lambda kept, node: kept.extend((node, node)), ("list",)),
    ({}, lambda kept, node: kept.update(it=node), ("dict",)),
    ({}, lambda kept, node: kept.update({node: 1}), ("dict",)),
    (set(), lambda kept, node: kept.add(node), ("set",)),
    (collections.deque(maxlen=3), lambda kept, node: kept.append(node), ("collections.deque",)),
    (collections.OrderedDict(), lambda kept, node: kept.update(it=node), ("collections.OrderedDict",)),
    (remember, lambda kept, node: (kept(node, 1), kept(node, 2)), ("functools._lru_cache_wrapper",)),
    (type("Registry", (), {"known": []}), lambda kept, node: kept.known.append(node), ("type", "list")),
    ({"a": {}, "c": {}}, lambda kept, node: kept["a"].update(b=node), ("dict", "dict")),
]


@pytest.mark.parametrize(("kept", "add", "kinds"), HOLDERS, ids=["/".join(each[2]) for each in HOLDERS])
def test_what_holds_it_is_told_from_what_else_may(
    module: types.ModuleType, kept: object, add: Callable[[Any, Node], object], kinds: tuple[str, ...]
) -> None:
    module.KEPT = kept  # type: ignore[attr-defined] # it is made here
    node = Node()
    watched, ids = weakref.ref(node), {id(node), id(node.others)}
    add(kept, node)
    last = routes.walked((NAME, "KEPT", *kinds))[-1][0]
    del node
    elsewhere: list[object] = []

    def hangs() -> bool:
        # with the keys that a function keeps
        left = [obj for obj in gc.get_objects() if id(obj) in ids or (type(obj) is tuple and obj and id(obj[0]) in ids)]
        return containers.hanging(left, [NODE], [known(last, *kinds)]) is not None

    assert hangs()
    elsewhere.append(watched())
    assert not hangs()
    elsewhere.clear()
    assert hangs()
    elsewhere.append(watched().others)  # type: ignore[union-attr] # it is alive
    assert not hangs()


def test_a_search_among_what_hangs_there_finds_what_one_of_the_heap_does(module: types.ModuleType) -> None:
    module.KEPT = [[Node()], [Node()]]  # type: ignore[attr-defined] # it is made here
    gc.unfreeze()
    nodes = [each[0] for each in module.KEPT]
    with Search(Origins(None), nodes) as search:
        of_heap = search.find(nodes[0])
    del nodes
    left = [*module.KEPT, *(each[0] for each in module.KEPT)]
    among = containers.hanging(left, [NODE], [known(module.KEPT, "list")])
    assert among is not None
    nodes = left[2:]
    with Search(Origins(None), nodes, among=among) as search:
        found = search.find(nodes[0])
    assert found.holder is not None
    assert found.holder.expression == f"{NAME}.KEPT[0][0]"
    assert found == of_heap
    assert found.holder.container == known(module.KEPT[0], "list", "list")
    container = known(module.KEPT, "list")
    assert containers.leads_on(found.holder.route, container, left)
    assert not containers.leads_on((NAME, "KEPT", "list", NODE), container, left)


def test_of_other_types_it_does_not_matter_where_they_are(module: types.ModuleType) -> None:
    module.KEPT = [Node()]  # type: ignore[attr-defined] # it is made here
    other = Other()
    left = [module.KEPT[0], module.KEPT[0].others, other]
    assert containers.hanging(left, [NODE], [known(module.KEPT, "list")]) is not None
    left = [module.KEPT[0], module.KEPT[0].others, other]
    assert containers.hanging(left, [NODE, f"{__name__}.Other"], [known(module.KEPT, "list")]) is None


def test_only_the_very_container_that_is_known_is_meant(module: types.ModuleType) -> None:
    module.KEPT = {"known": [Node()], "other": [Node()]}  # type: ignore[attr-defined] # it is made here

    def hangs(name: str) -> bool:
        left = [module.KEPT[name][0], module.KEPT[name][0].others]
        return containers.hanging(left, [NODE], [known(module.KEPT["known"], "dict", "list")]) is not None

    assert hangs("known")
    assert not hangs("other")


def test_without_its_id_a_container_is_any_that_is_there(module: types.ModuleType) -> None:
    module.KEPT = {"one": [Node()]}  # type: ignore[attr-defined] # it is made here
    module.KEPT["other"] = [*module.KEPT["one"]]
    elsewhere: list[object] = []

    def hangs(where: Container) -> bool:
        left = [module.KEPT["one"][0], module.KEPT["one"][0].others]
        return containers.hanging(left, [NODE], [where]) is not None

    there = Container((NAME, "KEPT", "dict", "list"))
    assert [hangs(there), hangs(known(module.KEPT["one"], "dict", "list"))] == [True, False]
    elsewhere += module.KEPT["one"]
    assert not hangs(there)


@pytest.mark.parametrize("route", [(NAME, "NONE", "list"), (NAME, "KEPT", "dict"), ("no_module", "KEPT", "list"), ()], ids=str)
def test_where_no_container_is_nothing_hangs(module: types.ModuleType, route: Route) -> None:
    module.KEPT = [Node()]  # type: ignore[attr-defined] # it is made here
    left = [module.KEPT[0], module.KEPT[0].others]
    assert containers.hanging(left, [NODE], [Container(route, id(module.KEPT))]) is None
    assert containers.hanging(left, [NODE], []) is None


DECODER = f"{utf_8.IncrementalDecoder.__module__}.IncrementalDecoder"


def test_what_a_text_stream_hides_from_the_collector_is_a_part_of_it(module: types.ModuleType) -> None:
    """Up to Python 3.11 the object by which a stream holds its decoder says nothing of that."""
    older = set(map(id, gc.get_objects()))
    module.KEPT = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(3)]  # type: ignore[attr-defined] # it is made here

    def decoders() -> list[object]:
        return [obj for obj in gc.get_objects() if type(obj) is utf_8.IncrementalDecoder and id(obj) not in older]

    def hangs() -> bool:
        left = [obj for obj in [*module.KEPT, *gc.get_referents(*module.KEPT)] if gc.is_tracked(obj) and id(obj) not in older]
        left += decoders()
        return containers.hanging(left, [DECODER], [known(module.KEPT, "list")]) is not None

    assert hangs()
    elsewhere: list[object] = [module.KEPT.pop()]
    assert not hangs(), "a stream is elsewhere"
    elsewhere[:] = decoders()[:1]
    assert not hangs(), "a decoder is held elsewhere, too"
    elsewhere.clear()
    assert hangs()
