"""Weak references are advised where there can be one, and where it frees what leaks."""

from __future__ import annotations

import pytest
from mini import run


def test_classes_are_to_be_held_weakly_by_what_can_hold_them(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        BY_NAME, KEYS, LISTED, MEMBERS = {}, {}, [], set()

        class Sentinel(type):
            def __new__(cls, name, bases, namespace):
                made = super().__new__(cls, name, (type,), namespace)
                made.__class__ = made
                return made

        def test_value():
            class Plugin: ...
            BY_NAME[f"plugin {len(BY_NAME)}"] = Plugin

        def test_key():
            class Plugin: ...
            KEYS[Plugin] = True

        def test_item():
            class Plugin: ...
            LISTED.append(Plugin)

        def test_member():
            class Plugin: ...
            MEMBERS.add(Plugin)

        def test_its_own():
            class Mark(metaclass=Sentinel): ...
        """,
        "--gcguard-confirm=1",
    )
    classes = {name: [each for each in seen.of(name) if each["title"].startswith("class ")] for name in seen.outcomes}
    hints = {name: found["cut"]["hint"].partition(" once, in its module")[2] for name, (found,) in classes.items()}
    assert hints == {
        "test_value": ", or let test_mini.BY_NAME hold it weakly: weakref.WeakValueDictionary",
        "test_key": ", or let test_mini.KEYS hold it weakly: weakref.WeakKeyDictionary",
        "test_item": ", or let test_mini.LISTED hold it weakly: weakref.WeakSet",
        "test_member": ", or let test_mini.MEMBERS hold it weakly: weakref.WeakSet",
        "test_its_own": ": its __class__ is itself, so that it is never freed",
    }


def test_a_weak_key_is_not_advised_where_its_own_value_holds_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import functools

        UNWRAP, NAMES = {}, {}

        class Emitter: ...

        class Resolver:
            @functools.lru_cache(maxsize=None)
            def find(self, url):
                return url

        def test_closure():
            emitter = Emitter()

            def unwrap():
                emitter.done = True

            UNWRAP[emitter] = unwrap

        def test_plain():
            NAMES[Emitter()] = "name"

        def test_method_with_arguments():
            Resolver().find("a")
        """,
    )
    done = "when its work is done"
    assert seen.one("test_closure")["cut"]["hint"] == f"remove it from test_mini.UNWRAP {done}"
    assert seen.one("test_plain")["cut"]["hint"] == f"remove it from test_mini.NAMES {done}, or hold it there by weakref"
    cached = seen.one("test_method_with_arguments")["cut"]["hint"]
    assert cached.startswith("keep the results in a dict of the object's own, ")
    assert cached.endswith("in tests: test_mini.Resolver.find.cache_clear()")


def test_an_entry_of_a_weak_dictionary_ends_as_its_key_lets_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import weakref

        class Places(weakref.WeakKeyDictionary): ...

        LABELS, STREAMS, OPEN = (weakref.WeakKeyDictionary() for _ in range(3))
        PLACES, KEPT, SHELVES = Places(), [], weakref.WeakValueDictionary()

        class Box: ...

        class Label:
            def __init__(self, box=None):
                self.boxes = [box]

        class Shelf: ...

        SHELF = Shelf()
        OPEN[SHELF] = []

        def make_cache():
            cache = weakref.WeakKeyDictionary()
            def get(box):
                return cache.setdefault(box, Label(box))
            return get

        GET = make_cache()

        def test_value_knows_key():
            box = Box()
            LABELS[box] = Label(box)

        def test_value_knows_key_as_advised():
            box = Box()
            LABELS[box] = Label(weakref.ref(box))

        def test_value_knows_key_and_is_deleted_as_advised():
            box = Box()
            LABELS[box] = Label(box)
            del LABELS[box]

        def test_function():
            box = Box()
            def show():
                return box
            LABELS[box] = show

        def test_class():
            box = Box()
            class Plugin:
                place = box
            LABELS[box] = Plugin

        def test_cache():
            GET(Box())

        def test_subclass():
            box = Box()
            PLACES[box] = Label(box)

        def test_key_itself():
            box = Box()
            STREAMS[box] = box

        def test_key_itself_as_advised():
            box = Box()
            STREAMS[box] = weakref.ref(box)

        def test_key_is_kept():
            box = Box()
            KEPT.append(box)
            STREAMS[box] = Label()

        def test_value_grows():
            OPEN[SHELF].append(Label())

        def test_value_is_kept():
            SHELVES[Box()] = SHELF
        """,
    )
    done = "delete the entry when its work is done"
    apart = f"refer to its key by weakref only, or not at all, or {done}"
    names = ("value_knows_key", "function", "class", "cache", "subclass", "key_itself", "value_grows", "value_is_kept")
    assert {name: seen.one(f"test_{name}")["cut"]["hint"] for name in names} == {
        "value_knows_key": f"let the value in test_mini.LABELS {apart}",
        "function": f"let the value in test_mini.LABELS {apart}",
        "class": (
            "make class test_mini.test_class.<locals>.Plugin once, in its module,"
            f" or let the value in test_mini.LABELS {apart}"
        ),
        "cache": f"let the value in test_mini.GET.<closure cache> {apart}",
        "subclass": f"let the value in test_mini.PLACES {apart}",
        "key_itself": f"hold the value in test_mini.STREAMS by weakref, since it is its own key, or {done}",
        "value_grows": "remove it from test_mini.OPEN[<test_mini.Shelf>] when its work is done, or hold it there by weakref",
        "value_is_kept": "remove it from test_mini.SHELVES when its work is done",
    }
    assert {each["types"][0]: each["cut"]["hint"] for each in seen.of("test_key_is_kept")} == {
        "test_mini.Box": "remove it from test_mini.KEPT when its work is done, or hold it there by weakref",
        "test_mini.Label": f"let go of the key of its entry in test_mini.STREAMS, or {done}",
    }
    assert seen.one("test_value_knows_key")["holder"] == "test_mini.LABELS.data[<weakref.ReferenceType>]"
    assert [name for name in seen.outcomes if name.endswith("_as_advised") and seen.of(name)] == []


def test_nothing_is_to_be_held_weakly_that_has_no_weak_references(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import collections
        import dataclasses

        KEPT, PLACES = [], []
        Place = collections.namedtuple("Place", "row column")

        class Node:
            __slots__ = ("parent", "kids", "on_close", "__dict__")

            def __init__(self, parent=None):
                self.parent, self.kids = parent, []

            def close(self): ...

        class Named(Node):
            __slots__ = ("__weakref__",)

        @dataclasses.dataclass(slots=True)
        class Record:
            values: list

        def tree(kind):
            root = kind()
            root.kids.append(kind(root))

        def test_tree():
            tree(Node)

        def test_tree_with_a_place_for_weak_references():
            tree(Named)

        def test_method():
            node = Node()
            node.on_close = node.close

        def test_two():
            one, other = Node(), Node()
            one.parent = one.left = one
            one.kids = None

        def test_list():
            ring = []
            ring.append(ring)

        def test_record():
            KEPT.append(Record([]))

        def test_place():
            PLACES.append(Place([], []))
        """,
    )
    hints = {
        name: seen.one(f"test_{name}")["cut"]["hint"]
        for name in ("tree", "tree_with_a_place_for_weak_references", "method", "two", "list", "record", "place")
    }
    assert hints == {
        "tree": "set .parent of test_mini.Node to None when its work is done",
        "tree_with_a_place_for_weak_references": (
            "hold .parent of test_mini.Named by weakref.ref, or set it to None when its work is done"
        ),
        "method": "remove the method in .on_close of test_mini.Node when done",
        "two": "set .parent of test_mini.Node and .left of test_mini.Node to None when their work is done",
        "list": "clear [0] of list when its work is done",
        "record": "remove it from test_mini.KEPT when its work is done",
        "place": "remove it from test_mini.PLACES when its work is done",
    }
