"""Twins: what has the same form without names has the same form in words."""

from __future__ import annotations

import collections
import functools
import gc
import types
import weakref
from collections.abc import Callable, Hashable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.cycles import graph, rings
from pytest_gcguard.core.cycles.captured import Captured
from pytest_gcguard.core.cycles.component import Component
from pytest_gcguard.core.cycles.twins import Twins
from pytest_gcguard.core.objects.glossary import Glossary
from pytest_gcguard.core.origins.origin import Origins


class Node:
    other: object
    next: object


class Leaf:
    pass


class Slotted:
    __slots__ = ("left", "right")
    left: object
    right: object


def closing() -> object:
    left: object = None
    right: object = None

    def inner() -> tuple[object, object]:
        return left, right

    return inner


def closing_too() -> object:
    left: object = None
    other: object = None

    def inner() -> tuple[object, object]:
        return left, other

    return inner


def closing_in_a_line(number: int) -> object:
    left: object = None
    right: object = None
    return (lambda: left, lambda: right)[number]


def called() -> object:
    return functools.partial(list, [])


_MAKERS: tuple[Callable[[], object], ...] = (
    *(Node, Leaf, Slotted, dict, list, closing, closing_too, called),
    *(functools.partial(closing_in_a_line, 0), functools.partial(closing_in_a_line, 1)),
    *(types.SimpleNamespace, collections.OrderedDict, collections.defaultdict, collections.deque),
)
Edges = list[tuple[int, object, int]]
_KEYS = ("left", "right", 3, None, "bound", "bound too", "as key", "called back", "default", "by name")


def _store(obj: object, key: object, value: object) -> None:
    if key in {"bound", "bound too"}:
        key, value = "left", types.MethodType(closing if key == "bound" else closing_too, value)
    elif key == "called back":
        key, value = "left", weakref.ref(Node, value)  # type: ignore[arg-type] # it is never called
    if isinstance(obj, dict) and key == "as key":
        obj[value if isinstance(value, Hashable) else "as key"] = value
    elif isinstance(obj, dict):
        obj[key] = value
    elif isinstance(obj, (list, collections.deque)):
        obj.append(value)
    elif isinstance(obj, functools.partial):
        obj.args[0].append(value)
    elif type(obj) is types.FunctionType and key == "default":
        obj.__defaults__ = (value,)
    elif type(obj) is types.FunctionType and key == "by name":
        obj.__kwdefaults__ = {"left": value}
    elif type(obj) is types.FunctionType:
        obj.__closure__[-1 if key != "left" else 0].cell_contents = value  # type: ignore[index] # it has one or two cells
    else:
        setattr(obj, "left" if key == "left" else "right", value)


_GRAPHS = (
    st.lists(st.sampled_from(_MAKERS), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(_KEYS), st.integers(0, 2)), max_size=6),
    st.lists(st.sampled_from(_MAKERS), min_size=1, max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(_KEYS), st.integers(0, 2)), max_size=6),
)


def _made(parts: list[tuple[list[Callable[[], object]], Edges]]) -> list[object]:
    """The objects of some graphs, and what they keep each other in."""
    objects: list[object] = []
    for makers, stored in parts:
        made = [maker() for maker in makers]
        for source, key, target in stored:
            _store(made[source % len(made)], key, made[target % len(made)])
        objects += made
    known = set(map(id, objects))
    for obj in objects:  # to which their parts are added meanwhile
        if type(obj) is types.FunctionType:
            cells = obj.__closure__ or ()
            held: list[object] = [cells, *cells, *(cell.cell_contents for cell in cells), obj.__defaults__, obj.__kwdefaults__]
            held = [part for part in held if id(part) not in known and part is not None]
        else:
            held = [
                part
                for part in gc.get_referents(obj)
                if type(part) in (dict, types.MethodType, tuple, list, weakref.ref) and id(part) not in known
            ]
        objects += held
        known.update(map(id, objects))
    return objects


def _in_words(captured: Captured, component: list[int]) -> object:
    place = {node: at for at, node in enumerate(component)}
    successors = [[place[target] for target in captured.successors[node] if target in place] for node in component]
    return Component([captured.objects[node] for node in component], successors, lambda _: None).form()


def _cycles(captured: Captured) -> list[list[int]]:
    found = graph.components(captured.successors)
    return [component for component in found if graph.is_cyclic(captured.successors, component)]


@given(*_GRAPHS)
def test_twins_are_alike_in_words(
    first: list[Callable[[], object]], edges: Edges, second: list[Callable[[], object]], others: Edges
) -> None:
    captured = Captured(_made([(first, edges), (first, edges), (second, others)]), Origins(None))
    twins = Twins(captured.objects)
    by_form: dict[object, set[object]] = {}
    lasting: dict[object, set[object]] = {}
    for component in _cycles(captured):
        form = twins.form(component, captured.successors)
        if form is not None:
            in_words = _in_words(captured, component)
            by_form.setdefault(form, set()).add(in_words)
            # of objects with other ids, made later or in another test
            lasting.setdefault(twins.lasting(component, form, Glossary(), lambda _: None), set()).add(in_words)
    assert all(len(in_words) == 1 for in_words in (*by_form.values(), *lasting.values()))


def test_functions_of_one_line_that_close_over_others_are_told_apart_for_good() -> None:
    lasting = []
    for number in (0, 1, 0):
        function: Any = closing_in_a_line(number)
        objects = [function, function.__closure__, function.__closure__[0]]
        objects[2].cell_contents = function
        twins = Twins(objects)
        form = twins.form([0, 1, 2], [[1], [2], [0]])
        assert form is not None
        lasting.append(twins.lasting([0, 1, 2], form, Glossary(), lambda _: None))
    assert lasting[0] == lasting[2] != lasting[1]


_RINGS = st.lists(st.tuples(st.sampled_from(_MAKERS), st.sampled_from(_KEYS)), min_size=1, max_size=4)


@given(st.lists(_RINGS, min_size=1, max_size=3), *_GRAPHS)
def test_what_columns_tell_of_rings_is_what_twins_tell_of_each(
    drawn: list[list[tuple[Callable[[], object], object]]],
    makers: list[Callable[[], object]],
    edges: Edges,
    others: list[Callable[[], object]],
    stored: Edges,
) -> None:
    parts = [(makers, edges), (others, stored)]
    for steps in drawn:
        around: Edges = [(at, key, (at + 1) % len(steps)) for at, (_, key) in enumerate(steps)]
        parts += [([maker for maker, _ in steps], around)] * 2
    captured = Captured(_made(parts), Origins(None))
    twins = Twins(captured.objects)
    cycles = _cycles(captured)
    for ring in cycles:
        alike = [each for each in cycles if captured.kinds(each) == captured.kinds(ring)]
        same = rings.alike(twins, captured.successors, ring, alike)
        if same is None:
            continue
        form = twins.form(ring, captured.successors)
        for other, is_one in zip(alike, same, strict=True):
            assert not is_one or _in_words(captured, other) == _in_words(captured, ring)
            assert form is None or is_one == (twins.form(other, captured.successors) == form)


def test_what_columns_tell_of_rings_of_each_kind() -> None:
    made: list[tuple[list[Callable[[], object]], Edges]] = []
    names = [("left", "right"), ("left", "right"), ("right", "right")]
    kinds: list[Callable[[], object]] = [Node, Slotted, dict, list, closing]
    for kind in kinds:
        made += [([kind, Node], [(0, one, 1), (1, other, 0)]) for one, other in names]
    captured = Captured(_made(made), Origins(None))
    twins = Twins(captured.objects)
    told = []
    for kind in kinds:
        of_kind = [ring for ring in sorted(_cycles(captured)) if type(captured.objects[ring[0]]) is type(kind())]
        same = rings.alike(twins, captured.successors, of_kind[0], of_kind)
        told.append(list(same) if same is not None else None)
    differ = [True, True, False]
    assert told == [differ, differ, differ, [True, True, True], differ]


def test_no_code_of_a_key_runs_while_rings_are_looked_at() -> None:
    class Odd(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            raise AssertionError(f"compared with {other!r}")

    nodes = [Node() for _ in range(4)]
    for node in nodes:
        node.__dict__[Odd("other")] = 3
        node.__dict__["next"] = node
    mappings: list[dict[object, object]] = [{Odd("me"): 3} for _ in range(4)]
    for mapping in mappings:
        mapping["self"] = mapping
    for objects in (nodes, mappings):
        assert rings.alike(Twins(objects), [[at] for at in range(4)], [0], [[1], [2], [3]]) is None


def test_many_pairs_have_one_form_and_those_of_another_attribute_another() -> None:
    nodes = [Node() for _ in range(6)]
    for one, other in zip(nodes[:4:2], nodes[1:4:2], strict=True):
        one.other, other.other = other, one
    nodes[4].next, nodes[5].other = nodes[5], nodes[4]
    captured = Captured(nodes, Origins(None))
    forms = [Twins(nodes).form(pair, [[1], [0], [3], [2], [5], [4]]) for pair in ([0, 1], [2, 3], [4, 5])]
    assert captured.successors
    assert forms[0] == forms[1] is not None
    assert forms[2] not in (None, forms[0])


def test_slots_are_told_apart_as_attributes_are() -> None:
    nodes = [Slotted() for _ in range(3)]
    for node, name in zip(nodes, ("left", "left", "right"), strict=True):
        setattr(node, name, node)
    forms = [Twins(nodes).form([at], [[0], [1], [2]]) for at in range(3)]
    assert forms[0] == forms[1] is not None
    assert forms[2] not in (None, forms[0])


def test_what_a_dictionary_has_as_a_key_is_told_apart_from_a_value() -> None:
    objects: list[object] = []
    for as_key in (True, True, False):
        node = Node()
        node.other = {node: 1} if as_key else {1: node}
        objects += (node, node.other)
    successors = [[1], [0], [3], [2], [5], [4]]
    forms = [Twins(objects).form([at, at + 1], successors) for at in (0, 2, 4)]
    assert forms[0] == forms[1] is not None
    assert forms[2] not in (None, forms[0])


class Both(Slotted):
    pass


def test_a_slot_is_no_attribute_of_the_same_name() -> None:
    by_slot, by_dict = Both(), Both()
    by_slot.left = by_slot
    vars(by_dict)["left"] = by_dict
    forms = [Twins([by_slot, by_dict]).form([at], [[0], [1]]) for at in range(2)]
    assert None not in forms
    assert forms[0] != forms[1]


class FailureError(ValueError):
    me: object


def test_what_inherits_from_a_type_made_by_c_has_no_form_here() -> None:
    failure = FailureError()
    failure.me = failure
    assert Twins([failure]).form([0], [[0]]) is None


def test_methods_of_one_function_have_one_form_and_those_of_another_have_another() -> None:
    nodes = [Node() for _ in range(3)]
    for node, function in zip(nodes, (closing, closing, closing_too), strict=True):
        node.other = types.MethodType(function, node)
    objects = [*nodes, *(node.other for node in nodes)]
    successors = [[3], [4], [5], [0], [1], [2]]
    forms = [Twins(objects).form([at, at + 3], successors) for at in range(3)]
    assert forms[0] == forms[1] is not None
    assert forms[2] not in (None, forms[0])
    nodes[0].other = types.MethodType(len, nodes[0])
    objects[3] = nodes[0].other
    assert Twins(objects).form([0, 3], successors) is None, "what is bound is no function of Python's"


def test_functions_of_one_code_that_close_over_themselves_have_one_form() -> None:
    objects: list[object] = []
    for make in (closing, closing, closing_too):
        function = make()
        _store(function, "right", function)
        objects += (function, function.__closure__, function.__closure__[1])  # type: ignore[attr-defined]
    successors = Captured(objects, Origins(None)).successors
    forms = [Twins(objects).form(range(at, at + 3), successors) for at in (0, 3, 6)]
    assert forms[0] == forms[1] is not None
    assert forms[2] not in (None, forms[0])


def test_what_the_standard_library_has_in_c_to_hold_others_takes_part() -> None:
    for make in (collections.OrderedDict, collections.defaultdict, collections.deque, types.SimpleNamespace):
        found: list[object] = []
        for key in ("left", "left", "right"):
            node = Node()
            holder: object = make()
            node.other = holder
            if make is collections.deque:
                _store(holder, key, [node] if key == "left" else node)
            else:
                _store(holder, key, node)
            # with the dictionaries of their attributes, which an instance of Node has on its own up to Python 3.10
            parts = {id(part): part for part in gc.get_referents(node, holder) if type(part) in (dict, list)}
            found += (node, holder, *parts.values())
        successors = Captured(found, Origins(None)).successors
        twins = Twins(found)
        forms = [twins.form(component, successors) for component in graph.components(successors) if len(component) > 1]
        assert forms[0] == forms[1] is not None, make
        assert forms[2] not in (None, forms[0]), make


def test_functions_with_themselves_as_a_default_and_callbacks_of_weak_references_have_a_form() -> None:
    def watcher(*, by_name: bool = False) -> Node:
        node = Node()

        def forget(_: object, owner: object = None, *, other: object = None) -> object:
            return owner or other

        if by_name:
            forget.__kwdefaults__ = {"other": node}
        else:
            forget.__defaults__ = (node,)
        node.other = weakref.ref(Node, forget)
        return node

    nodes = [watcher(), watcher(), watcher(by_name=True)]
    objects: list[object] = []
    for node in nodes:
        function = node.other.__callback__  # type: ignore[attr-defined] # a weak reference
        objects += [node, node.other, function, function.__kwdefaults__ if node is nodes[2] else function.__defaults__]
    successors = [[at - at % 4 + (at + 1) % 4] for at in range(12)]
    forms = [Twins(objects).form(range(at, at + 4), successors) for at in (0, 4, 8)]
    assert forms[0] == forms[1]
    assert None not in forms
    assert forms[2] != forms[0]
