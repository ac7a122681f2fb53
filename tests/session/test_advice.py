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


def test_only_a_thread_that_runs_is_to_be_stopped(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import threading

        KEPT, NEVER = [], threading.Event()

        class Thread: ...
        class Task: ...
        class Worker(threading.Thread): ...

        def keep(thing):
            KEPT.append(thing)
            return thing

        def test_of_a_forum(): keep(Thread())
        def test_of_a_list(): keep(Task())
        def test_ended():
            thread = keep(threading.Thread(target=int))
            thread.start()
            thread.join()
        def test_main(): threading.current_thread().__dict__.setdefault("things", []).append(Task())
        def test_running(): keep(Worker(target=NEVER.wait, daemon=True)).start()
        """,
    )
    advice = {name: seen.of(name)[0]["cut"]["hint"].partition(" when ")[0] for name in seen.outcomes}
    assert advice == {
        **dict.fromkeys(("test_of_a_forum", "test_of_a_list", "test_ended"), "remove it from test_mini.KEPT"),
        "test_main": "remove it from thread 'MainThread'.things",
        "test_running": "stop the thread and join() it in the teardown, or clear what it keeps",
    }, seen.text


def test_a_function_is_to_hold_weakly_what_is_no_function(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import weakref

        class Client:
            def get(self): return 1
            def put(self): return 2
            def list(self): return 3

        def offer(client, quick):
            for name in ("get", "put", "list"):
                setattr(client, f"{name}_now", quick(getattr(client, name), client))
            assert client.get_now() == 1

        def strongly(call, client):
            def now():
                return client and call()
            return now

        def weakly(call, client):
            client, call = weakref.ref(client), weakref.WeakMethod(call)
            def now():
                return client() and call()()
            return now

        def test_strongly(): offer(Client(), strongly)
        def test_weakly(): offer(Client(), weakly)
        """,
    )
    assert seen.findings == [seen.one("test_strongly")]
    assert seen.one("test_strongly")["cut"]["hint"] == (
        "let now() use weakref.WeakMethod(call) instead of call, and let now() use weakref.ref(client) instead of client"
    )


def test_what_has_a_name_of_its_own_is_told_by_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        FUNCTIONS, METHODS, GENERATORS, COROUTINES, CLASSES, PLAIN = [], [], [], [], [], []

        class Job:
            def run(self): ...
            async def wait(self): ...
            def each(self):
                yield self

        def test_function():
            def inner(): ...
            FUNCTIONS.append(inner)

        def test_method(job=Job()):
            METHODS.append(job.run)

        def test_generator():
            GENERATORS.append(Job().each())
            next(GENERATORS[-1])

        def test_coroutine(recwarn):
            COROUTINES.append(Job().wait())

        def test_class():
            class Made: ...
            CLASSES.append(Made)

        def test_plain():
            PLAIN.append(Job())
        """,
        "--gcguard-confirm=1",
    )
    titles = {name: [each["title"] for each in seen.of(name)] for name in seen.outcomes}
    assert titles == {
        "test_function": ["function test_mini.test_function.<locals>.inner"],
        "test_method": ["method test_mini.Job.run"],
        "test_generator": ["generator test_mini.Job.each"],
        "test_coroutine": ["coroutine test_mini.Job.wait"],
        "test_class": ["class test_mini.test_class.<locals>.Made"],
        "test_plain": ["test_mini.Job"],
    }
    assert "GCG003 leak  coroutine test_mini.Job.wait  +1 a run" in seen.text


VARIABLE = """
import contextvars

class Handler:
    def __init__(self):
        self.variable = contextvars.ContextVar("handler", default={})

def test_of_each_object():
    Handler().variable.set("open")

def test_reset():
    variable = Handler().variable
    variable.reset(variable.set("open"))
"""


def test_a_variable_that_has_a_value_is_held_by_the_context(pytester: pytest.Pytester) -> None:
    ran = run(pytester, VARIABLE)
    assert ran.outcomes == {"test_of_each_object": "failed", "test_reset": "passed"}, ran.text
    found = ran.one("test_of_each_object")
    assert (found["types"][0], found["holder"]) == ("_contextvars.ContextVar", "context variable 'handler'")
    assert found["cut"]["hint"].startswith("call reset(token) of context variable 'handler'")


def test_a_patch_that_is_started_and_not_stopped_is_a_leak_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app="class Fake: ...\ndef send(): ...\ndef post(): ...\ndef get(): ...")
    ran = run(
        pytester,
        """
        from unittest import mock
        import app

        def test_started():
            mock.patch("app.send").start()

        def test_started_with_own():
            mock.patch.object(app, "post", new=app.Fake()).start()

        def test_as_advised():
            patch = mock.patch.object(app, "get", new=app.Fake())
            patch.start()
            patch.stop()
            with mock.patch("app.get"):
                app.get(app.Fake())
        """,
    )
    assert ran.outcomes == {"test_started": "failed", "test_started_with_own": "failed", "test_as_advised": "passed"}, ran.text
    found = ran.one("test_started_with_own")
    assert found["types"][0] == "app.Fake"
    assert found["cut"]["hint"].startswith("call stop() of the patch in the teardown")


def test_a_module_that_each_run_makes_is_named_where_it_is_kept(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
        import itertools, sys, types

        NAMES = (f"made_{number}" for number in itertools.count())

        class Row: ...

        def load():
            module = types.ModuleType(next(NAMES))
            module.rows = [Row()]
            sys.modules[module.__name__] = module
            return module.__name__

        def test_loaded():
            load()

        def test_loaded_as_advised():
            del sys.modules[load()]
        """,
    )
    assert ran.outcomes == {"test_loaded": "failed", "test_loaded_as_advised": "passed"}, ran.text
    finding = ran.one("test_loaded")
    assert finding["types"][0] == "test_mini.Row"
    assert finding["holder"].startswith("sys.modules['made_"), ran.text
    assert "fix      take it out of sys.modules in the teardown" in ran.text
