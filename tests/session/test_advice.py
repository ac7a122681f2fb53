"""The advice on a finding goes with what is to be cut, and who follows it has no finding any more."""

from __future__ import annotations

import pytest
from mini import run

LIBRARY = """
def attempt(call):
    try:
        call()
    except Exception as error:
        kept = error
    return str(kept)

def walk():
    def step(depth):
        return depth and step(depth - 1)
    return step(3)
"""
TESTS = """
import os, sys, pytest
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
import library

class Oops(Exception): ...

class App:
    def handle(self, error):
        for handler in [self.other]:
            try:
                handler(error)
            except Oops as raised:
                error = raised
        raise error
    def other(self, error):
        raise error

def build():
    raise Oops

def test_raised_again():
    app = App()
    try:
        build()
    except Oops as raised:
        error = raised
    try:
        raise RuntimeError
    except RuntimeError:
        pytest.raises(Oops, app.handle, error)

def test_raised_again_as_advised():
    app = App()
    try:
        try:
            build()
        except Oops as raised:
            error = raised
        try:
            raise RuntimeError
        except RuntimeError:
            pytest.raises(Oops, app.handle, error).value.with_traceback(None)
    finally:
        del error

def test_raised_once_more():
    try:
        build()
    except Oops as raised:
        error = raised
    try:
        App().other(error)
    except Oops:
        pass

def test_raised_once_more_as_advised():
    try:
        build()
    except Oops as raised:
        error = raised
    try:
        App().other(error)
    except Oops as last:
        last.with_traceback(None)

def test_in_a_library():
    library.attempt(build)

def test_closure_of_a_library():
    library.walk()
"""


def test_what_is_advised_is_what_is_cut_and_ends_the_finding(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "library.py").write_text(LIBRARY, encoding="utf-8")
    seen = run(pytester, TESTS)
    again = seen.one("test_raised_again")["cut"]
    assert again["hint"] == (
        "del error in test_raised_again(), and call error.with_traceback(None) where the test_mini.Oops is handled last"
    )
    assert [(each["type"], each["edge"]) for each in (again, *again["also"])] == [
        ("frame of test_mini.test_raised_again", ".<local error>"),
        ("test_mini.Oops", ".__traceback__"),
    ]
    assert seen.of("test_raised_again_as_advised") == []
    once = seen.one("test_raised_once_more")["cut"]
    assert (once["edge"], once["also"]) == (".__traceback__", [])
    assert once["hint"] == (
        "call error.with_traceback(None) where the test_mini.Oops is handled last,"
        " or del every variable that keeps it, as error in other()"
    )
    assert seen.of("test_raised_once_more_as_advised") == []


def test_nobody_is_told_to_edit_a_library(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "library.py").write_text(LIBRARY, encoding="utf-8")
    seen = run(pytester, TESTS)
    kept = seen.one("test_in_a_library")
    assert (kept["cut"]["edge"], kept["cut"]["type"]) == (".<local kept>", "frame of library.attempt")
    assert kept["cut"]["hint"] == (
        "call error.with_traceback(None) where the test_mini.Oops is handled last,"
        " since only library can del kept in attempt()"
    )
    closure = seen.one("test_closure_of_a_library")
    assert closure["origin"] == "library"
    assert closure["cut"]["hint"].startswith("for library to mend: make step a function of the module")


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


def test_a_part_of_a_key_goes_with_its_entry_and_a_patch_is_put_back(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import functools

        FIELDS, PAIRS = {}, {}

        class Node: ...

        def send(text):
            return text

        class Shop:
            def sell(self):
                return 1

        def patch(owner, name):
            before = getattr(owner, name)

            @functools.wraps(before)
            def patched(*args):
                return before(*args)

            setattr(owner, name, patched)

        def test_class_in_a_key():
            class Field: ...
            FIELDS[Field, int] = "field"

        def test_object_in_a_key():
            PAIRS[Node(), 1] = "pair"

        def test_function():
            import test_mini
            patch(test_mini, "send")

        def test_method():
            patch(Shop, "sell")
        """,
    )
    done = "when its work is done"
    hints = {name: seen.one(name)["cut"]["hint"] for name in seen.outcomes}
    assert hints == {
        "test_class_in_a_key": "make class test_mini.test_class_in_a_key.<locals>.Field once, in its module,"
        f" or remove its entry from test_mini.FIELDS {done}",
        "test_object_in_a_key": f"remove it from test_mini.PAIRS {done}",
        "test_function": "put back what test_mini.send was before, in the teardown, as monkeypatch does:"
        " what takes its place holds it",
        "test_method": "put back what test_mini.Shop.sell was before, in the teardown, as monkeypatch does:"
        " what takes its place holds it",
    }


def test_an_exception_that_is_raised_again_and_again_is_to_be_made_anew(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        FAILED, KEPT = ValueError("not found"), []

        class Parser:
            def parse(self, error):
                raise error

        def test_same():
            try:
                Parser().parse(FAILED)
            except ValueError:
                pass

        def test_new():
            try:
                Parser().parse(ValueError("not found"))
            except ValueError as error:
                KEPT.append(error)
        """,
    )
    assert seen.one("test_same")["holder"] == "test_mini.FAILED.__traceback__.<local self>"
    assert seen.one("test_same")["cut"]["hint"] == (
        "raise a new exception in place of test_mini.FAILED each time: it keeps the frames of every time"
    )
    assert seen.one("test_new")["cut"]["hint"] == "remove it from test_mini.KEPT when its work is done"


def test_what_each_run_puts_there_anew_is_to_be_removed(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        KEPT, SESSIONS = [], {"alice": []}

        class Session: ...
        class Order: ...

        def test_new_table():
            KEPT.append({number: Session() for number in range(6)})

        def test_old_list():
            SESSIONS["alice"].append(Session())

        def test_many_lists():
            KEPT.append([[number] for number in range(1_000)])

        def test_very_many_objects():
            KEPT.append({number: Order() for number in range(21_000)})
        """,
    )
    done = "when its work is done"
    assert seen.one("test_new_table")["cut"]["hint"] == f"remove it from test_mini.KEPT {done}"
    assert seen.one("test_old_list")["cut"]["hint"] == (
        f"remove it from test_mini.SESSIONS['alice'] {done}, or hold it there by weakref"
    )
    many, very_many = seen.one("test_many_lists"), seen.one("test_very_many_objects")
    assert many["cut"]["hint"] == very_many["cut"]["hint"] == f"remove it from test_mini.KEPT {done}"
    assert [many["made_at"][0]["line"], very_many["made_at"][0]["line"]] == [13, 16]
    assert very_many["types"] == ["test_mini.Order"]


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


def test_what_is_put_into_the_value_of_a_context_variable_has_no_token(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import contextvars

        STATE, COPIED, ORDERS, LATEST = map(contextvars.ContextVar, ("STATE", "COPIED", "ORDERS", "LATEST"))

        class User: ...

        class App:
            def __init__(self):
                self.users = []

        STATE.set({"app": App()})
        COPIED.set({})
        ORDERS.set(())

        def copy_with(user):
            return COPIED.set({**COPIED.get(), f"user {len(COPIED.get())}": user})

        def test_in_place():
            STATE.get()[f"user {len(STATE.get())}"] = User()

        def test_in_place_as_advised():
            STATE.get()["latest"] = User()
            del STATE.get()["latest"]

        def test_further_inside():
            STATE.get()["app"].users.append(User())

        def test_copied():
            copy_with(User())

        def test_copied_as_advised():
            COPIED.reset(copy_with(User()))

        def test_tuple():
            ORDERS.set((*ORDERS.get(), User()))

        def test_value_itself():
            user = User()
            user.token = LATEST.set(user)
        """,
    )
    reset = "or if set() put it there call reset(token) in the teardown: it returned the token"
    names = ("in_place", "further_inside", "copied", "tuple", "value_itself")
    assert {name: seen.one(f"test_{name}")["cut"]["hint"] for name in names} == {
        "in_place": f"remove it from the value of context variable 'STATE' when its work is done, {reset}",
        "further_inside": (
            f"remove it from ['app'].users of the value of context variable 'STATE' when its work is done, {reset}"
        ),
        "copied": f"remove it from the value of context variable 'COPIED' when its work is done, {reset}",
        "tuple": "call reset(token) of context variable 'ORDERS' in the teardown: its set() returned the token",
        "value_itself": "call reset(token) of context variable 'LATEST' in the teardown: its set() returned the token",
    }
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


def test_one_cut_is_not_said_to_be_enough_where_another_test_needs_more(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Node: ...

        def pair():
            parent, child = Node(), Node()
            parent.child, child.parent = child, parent
            return parent

        def test_a_pair():
            pair()

        def test_b_of_pairs():
            one, other = pair(), pair()
            one.mate, other.mate = other, one

        def test_c_both():
            pair()
            test_b_of_pairs()
        """,
        "--gcguard-fail-on=cycle",
    )
    (found,) = seen.findings
    both = "enough for all of these cycles, some need a part of it only"
    assert (found["cut"]["partly"], found["cut"]["verified"]) == (True, True)
    assert {found["cut"]["edge"], *(each["edge"] for each in found["cut"]["also"])} == {".parent", ".mate"}
    assert "the only cut needed" in seen.failures("test_a_pair")
    assert "both needed" in seen.failures("test_b_of_pairs")
    assert both in seen.failures("test_c_both")
    section = seen.text.partition("= gcguard =")[2].partition("= short test summary info =")[0]
    assert both in section
    assert "the only cut needed" not in section
