"""The advice on a leak names what is to be called, that on a cycle what is cut: both in a way that can be carried out."""

from __future__ import annotations

import pytest

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Holder, Leak, Step
from pytest_gcguard.core.shapes import cycle_shapes, leak_shapes

LOGGER = "logging.getLogger('app')"
CLOSED = f"call {LOGGER}.removeHandler(handler) and handler.close() in the teardown"


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        (
            "logging.getLogger('app').handlers[0]",
            "call logging.getLogger('app').removeHandler(handler) and handler.close() in the teardown",
        ),
        (
            "logging.getLogger('app').handlers[-1]",
            "call logging.getLogger('app').removeHandler(handler) and handler.close() in the teardown",
        ),
        (f"{LOGGER}.filters[-1]", f"call {LOGGER}.removeFilter(filter) in the teardown"),
        (
            "context variable 'ORDERS' [-1]",
            "call reset(token) of context variable 'ORDERS' in the teardown: its set() returned the token",
        ),
        ("signal.getsignal(10).__self__", "call signal.signal(10, previous) in the teardown: previous is what it returned"),
        (
            "signal.getsignal(signal.SIGUSR1).__self__",
            "call signal.signal(signal.SIGUSR1, previous) in the teardown: previous is what it returned",
        ),
        (
            "unittest.mock._patch._active_patches[-1].temp_original",
            "call stop() of the patch in the teardown, or start it by `with` or as a decorator: start() keeps it until then",
        ),
        (
            "weakref.finalize._registry[<weakref.finalize>].func.__self__",
            "give weakref.finalize() a function and arguments that do not lead to the object, or call its detach()",
        ),
        (
            "multiprocessing.util._finalizer_registry[(10, 17)]._callback.__self__",
            "call cancel() of the multiprocessing.util.Finalize",
        ),
        (
            "app.LOOP._selector._fd_to_key[9][3][0]._callback.__self__",
            "call remove_reader() or remove_writer() of app.LOOP in the teardown",
        ),
        ("app.SELECTOR._fd_to_key[9][3].__self__", "call app.SELECTOR.unregister(fileobj) in the teardown"),
        ("app.CLEANUP._exit_callbacks[-1][1].__self__", "call app.CLEANUP.close() in the teardown, or use it by `with`"),
        ("sys.gettrace().__self__", "call sys.settrace(previous) in the teardown: previous is what sys.gettrace() returned"),
        ("atexit callback.__self__", "call atexit.unregister(function) when its work is done"),
        (
            "os.register_at_fork callback.__self__",
            "register one function, once, that finds its objects by weakref: a callback of os.register_at_fork stays for good",
        ),
        ("codecs search function 3.__self__", "call codecs.unregister(search_function) in the teardown"),
        (
            "codecs error handlers ['mine'].__defaults__[0]",
            "register the error handler once, under a name that stays the same: only another under its name takes its place",
        ),
        (
            "logging.getLogger('app').extra[-1]",
            "remove it from logging.getLogger('app').extra when its work is done, or hold it there by weakref",
        ),
        ("local order of test_order()", "del order in test_order() when its work is done"),
        ("app.DONE._callbacks[0][0]", "call app.DONE.remove_done_callback(callback), or take it out of its callbacks"),
        ("app.LISTENERS[-1]", "remove it from app.LISTENERS when its work is done, or hold it there by weakref"),
    ],
)
def test_the_advice_is_the_same_for_the_first_and_the_last_of_a_list(expression: str, advice: str) -> None:
    leak = Leak(("app.Thing",), (1, 1), Origin.OWN, 1, holder=Holder(expression, (), Origin.OWN))
    assert leak_shapes.of_leak(leak) == ("not-unregistered", advice)


@pytest.mark.parametrize(
    ("type_name", "outermost", "advice"),
    [
        ("list", "", "remove it from app.OPEN['alice'] when its work is done"),
        ("set", "", "remove it from app.OPEN['alice'] when its work is done, or hold it there by weakref"),
        ("app.Session", "app.OPEN['alice']", "remove it from app.OPEN when its work is done"),
    ],
)
def test_only_what_can_be_held_weakly_is_to_be(type_name: str, outermost: str, advice: str) -> None:
    holder = Holder("app.OPEN['alice'][0]", (), Origin.OWN, outermost=outermost)
    assert leak_shapes.of_leak(Leak((type_name,), (1, 1), Origin.OWN, 1, holder=holder))[1] == advice


def test_nothing_is_to_be_held_weakly_by_a_module_that_is_not_the_projects() -> None:
    path = (Step("_sqlite3", ""), Step("module _sqlite3", ".adapters[<tuple>]"), Step("function app.adapt", ""))
    for origin in (Origin.LIBRARY, Origin.STDLIB):
        holder = Holder("_sqlite3.adapters[<tuple>]", path, origin)
        hint = leak_shapes.of_leak(Leak(("function",), (1, 1), Origin.OWN, 1, holder=holder))[1]
        assert hint == "remove it from _sqlite3.adapters when its work is done"


@pytest.mark.parametrize(
    ("expression", "beside", "weakly"),
    [
        ("app.OPEN<key app.Door>", False, True),
        ("app.OPEN<key app.Door>", True, False),
        ("app.show.__globals__['DOOR']", False, False),
        ("app.show.__globals__<key app.Door>", False, False),
        ("sys.modules['door']", False, False),
        ("app.OPEN<key tuple>[1]", False, False),
        ("app.OPEN<key app.Door>.way", False, True),
    ],
)
def test_nothing_is_to_be_held_weakly_where_that_cannot_be_or_would_not_free_it(
    expression: str, beside: bool, weakly: bool
) -> None:
    for label in ("app.Door", "class app.Door"):
        holder = Holder(expression, (Step("app", ""), Step("module app", ".OPEN"), Step(label, "")), Origin.OWN)
        hint = leak_shapes.of_leak(Leak(("app.Door",), (1, 1), Origin.OWN, 1, holder=holder, held_beside=beside))[1]
        assert hint
        assert ("weak" in hint) is weakly, hint


@pytest.mark.parametrize(
    ("expression", "outermost", "variable"),
    [
        ("app.send", "", "app.send"),
        ("app.Shop.sell.<?>.<closure wrapped>", "app.Shop.sell", "app.Shop.sell"),
        ("app.send.<closure wrapped>", "", "app.send"),
        ("sys.excepthook.__self__", "", "sys.excepthook"),
        ("threading.excepthook.__self__.prev.__self__.prev.__self__", "", "threading.excepthook"),
        ("app.HANDLERS[-1]", "", ""),
        ("app.HANDLERS['send'].wrapped", "", ""),
        ("signal.getsignal(10).__self__", "", ""),
        ("context variable 'USER'", "", ""),
    ],
)
def test_a_variable_whose_values_hold_those_before_is_to_be_put_back(expression: str, outermost: str, variable: str) -> None:
    holder = Holder(expression, (), Origin.OWN, outermost=outermost)
    for chained in (True, False):
        leak = Leak(("app.Spy",), (1, 1), Origin.OWN, 1, holder=holder, chained=chained)
        advice = leak_shapes.of_leak(leak)[1]
        expected = f"put back what {variable} was before, in the teardown" if chained and variable else "put back"
        assert advice.startswith(expected) is bool(chained and variable), advice


@pytest.mark.parametrize(
    ("label", "runs", "shape", "advice"),
    [
        ("app.Task", False, "not-unregistered", "remove it from app.OPEN when"),
        ("app.Thread", False, "not-unregistered", "remove it from app.OPEN when"),
        ("app.Timer", False, "not-unregistered", "remove it from app.OPEN when"),
        ("threading.Thread", False, "not-unregistered", "remove it from app.OPEN when"),
        ("app.Worker", True, "still-running", "stop the thread and join() it"),
        ("_asyncio.Task", False, "still-running", "cancel the task and await it"),
        ("asyncio.events.TimerHandle", False, "still-running", "call cancel() of the timer"),
        ("uvloop.loop.TimerHandle", False, "still-running", "call cancel() of the timer"),
    ],
)
def test_only_what_runs_is_to_be_stopped_whatever_it_is_called(label: str, runs: bool, shape: str, advice: str) -> None:
    path = (Step("app", ""), Step("module app", ".OPEN[-1]"), Step(label, ".place"), Step("app.Place", ""))
    holder = Holder("app.OPEN[-1].place", path, Origin.OWN, outermost="app.OPEN[-1]", runs=runs)
    found, hint = leak_shapes.of_leak(Leak((label, "app.Place"), (1, 1), Origin.OWN, 1, holder=holder))
    assert (found, hint.startswith(advice)) == (shape, True), hint


PARENT, CHILD = Step("app.Task", ".project"), Step("app.Project", ".tasks[0]")
TIMER = Step("asyncio.events.TimerHandle", "._callback")
TASK, PENDING = Step("_asyncio.Task", "._result<member>", weak=True), Step("_asyncio.Task", "._coro")


@pytest.mark.parametrize(
    ("path", "cut", "shape", "advice"),
    [
        ([PARENT, CHILD], PARENT, "parent-child", "hold .project of app.Task by weakref.ref, or set it to None when its work"),
        ([TASK], TASK, None, "let the coroutine return nothing that leads back to its task"),
        ([TASK, Step("app.Job", ".task")], Step("app.Job", ".task"), None, "hold .task of app.Job by weakref.ref, or set it"),
        ([PENDING, Step("coroutine app.run", ".<local task>")], PENDING, "still-running", "cancel the task and await it"),
        ([TIMER, Step("app.Job", ".timer")], TIMER, "still-running", "call cancel() of the timer that call_later()"),
    ],
)
def test_only_a_task_that_has_not_ended_is_to_be_cancelled(
    path: list[Step], cut: Step, shape: str | None, advice: str
) -> None:
    found, hint = cycle_shapes.of_cycle(path, [cut])
    assert (found, hint.startswith(advice)) == (shape, True), hint


def test_a_method_is_to_be_held_by_a_weak_method_also_where_more_is_to_be_cut() -> None:
    log = Step("app.Refs", "._logger", target="method")
    repo = Step("app.Trees", "._repo", target="object")
    path = [Step("app.Repo", ".trees"), repo]
    assert cycle_shapes.of_cycle(path, [log, repo])[1] == (
        "hold ._logger of app.Refs by weakref.WeakMethod and ._repo of app.Trees by weakref.ref,"
        " or set both to None when their work is done"
    )
    third = Step("app.Repo", ".trees")
    assert cycle_shapes.of_cycle(path, [log, repo, third])[1].startswith(
        "hold ._logger of app.Refs by weakref.WeakMethod or clear it, and"
    )


CACHE = "functools._lru_cache_wrapper"
OF_CLASS = "keep the results in an attribute of each class, or give the cache a maxsize, in place of a cache that holds cls"
OF_METHOD = "keep the results in a dict of the object's own, or without further arguments use functools.cached_property"


@pytest.mark.parametrize(
    ("chain", "advice"),
    [
        (
            ["module app", "class app.Price", "functools._lru_cache_wrapper"],
            f"{OF_METHOD}, in place of a cache that holds self",
        ),
        (
            ["module app", "functools._lru_cache_wrapper"],
            "give the cache a maxsize, or call app.gross.cache_clear() when its work",
        ),
        (["module app", "class app.Price", "property", CACHE], OF_METHOD),
        (["module app", "class app.Price", "function app.Price.gross", CACHE], OF_METHOD),
        (["module app", "class app.Price", "classmethod", CACHE], f"{OF_CLASS} for ever; in tests: app.gross.cache_clear()"),
        (
            ["module app", "class app.Price", "staticmethod", CACHE],
            "give the cache a maxsize, or call app.gross.cache_clear() when its work",
        ),
        (["module app", "app.Prices", CACHE], "give the cache a maxsize, or call app.gross.cache_clear() when its work"),
    ],
)
def test_a_cache_of_a_method_and_one_of_a_function_are_mended_otherwise(chain: list[str], advice: str) -> None:
    wrapped = chain[-2] in {"classmethod", "staticmethod"}  # the name in the class is not what it wraps
    holder = Holder(
        f"app.gross{'.__func__' if wrapped else ''}.<cache>",
        tuple(Step(label, "") for label in ["app", *chain, "app.Price"]),
        Origin.OWN,
    )
    shape, hint = leak_shapes.of_leak(Leak(("app.Price",), (1, 1), Origin.OWN, 1, holder=holder))
    assert (shape, hint.startswith(advice)) == ("cached-method", True), hint


@pytest.mark.parametrize(
    ("label", "edge", "advice"),
    [
        ("app.Person", ".friends<member>", "let .friends of app.Person be a weakref.WeakSet, or take it out there when"),
        ("app.Person", ".since<key app.Person>", "let .since of app.Person be a weakref.WeakKeyDictionary, or take it out"),
        ("app.Options", ".__dict__", "let a __getattr__ of app.Options read what its __dict__ was set to"),
        ("app.Person", ".friends[0]", "hold .friends[0] of app.Person by weakref.ref, or clear it"),
        ("lib.Person", ".friends<member>", "let go of .friends<member> of lib.Person when its work is done, since only lib"),
        ("lib.Options", ".__dict__", "let go of .__dict__ of lib.Options when its work is done, since only lib"),
    ],
)
def test_what_no_weak_reference_can_stand_for_is_to_be_replaced(label: str, edge: str, advice: str) -> None:
    step = Step(label, edge)
    assert cycle_shapes.of_cycle([step], [step], {"lib.Person", "lib.Options"})[1].startswith(advice)


ERROR = Step("app.Oops", ".__traceback__")
OWN = Step("frame of app.App.handle", ".<local error>")
TEST = Step("frame of test_app.test_one", ".<local err>")
STACK = Step("frame of contextlib.ExitStack.__exit__", ".<local exc_details>[1]")
STORED = Step("app.Shop", ".problem")
SHOP = Step("frame of app.Shop.sell", ".<local self>")
METHOD = Step("method app.App.on_close", ".__self__")
KEEPER = Step("app.App", ".callbacks[0]")
WALK = Step("function app.walk.<locals>.step", ".<closure step>")
COMPILED = Step("app.Schema", "._compiled")
VALIDATE = Step("function app.Schema.compile.<locals>.validate", ".<closure base>")
MAPPING = Step("function app.Schema.compile.<locals>.mapping", ".<closure self>")
LAST = "call error.with_traceback(None) where the app.Oops is handled last"
FOREIGN = {
    STACK.type,
    "frame of click.testing.invoke",
    "marshmallow.fields.String",
    "function ast.literal_eval.<locals>._convert",
}


@pytest.mark.parametrize(
    ("path", "cuts", "advice"),
    [
        pytest.param([ERROR, OWN], [OWN], "finally: del error in handle(), or keep str(error) instead of it", id="kept"),
        pytest.param(
            [ERROR, Step(OWN.type, ".<local found>[0]")],
            [Step(OWN.type, ".<local found>")],
            "finally: del found in handle(), or keep the text of the exception instead of it",
            id="kept in a list",
        ),
        pytest.param(
            [ERROR, STACK, ERROR, OWN],
            [Step(TEST.type, ".<local err>")],
            "finally: del err in test_one()",
            id="cut in another function than the shortest way goes through",
        ),
        pytest.param([ERROR, OWN], [TEST, OWN], "del err in test_one(), and del error in handle()", id="two variables"),
        pytest.param([ERROR, OWN], [TEST, ERROR], f"del err in test_one(), and {LAST}", id="a variable and a traceback"),
        pytest.param(
            [ERROR, OWN],
            [TEST, OWN, ERROR],
            "del err in test_one(), and let go of the other 2 that are to be cut as well",
            id="three",
        ),
        pytest.param(
            [ERROR, OWN],
            [ERROR],
            f"{LAST}, or del every variable that keeps it, as error in handle()",
            id="a variable of one's own",
        ),
        pytest.param(
            [ERROR, STACK],
            [ERROR],
            "let the except clause that handles the app.Oops end before other code runs,"
            " or call error.with_traceback(None) in it",
            id="the argument of a library's function",
        ),
        pytest.param(
            [ERROR, OWN, ERROR, STACK],
            [Step(STACK.type, ".<local exc_details>")],
            "finally: del error in handle(), since only contextlib can del exc_details in __exit__()",
            id="a library's variable, and one's own",
        ),
        pytest.param(
            [ERROR, STACK],
            [Step(STACK.type, ".<local exc_details>")],
            f"{LAST}, since only contextlib can del exc_details in __exit__()",
            id="a library's variable alone",
        ),
        pytest.param(
            [ERROR, STACK],
            [TEST, Step(STACK.type, ".<local exc_details>")],
            f"del err in test_one(), and {LAST} (only contextlib can del exc_details in __exit__())",
            id="a library's variable as well",
        ),
        pytest.param(
            [STORED, ERROR, SHOP],
            [STORED],
            "keep the text of the exception in .problem of app.Shop, or error.with_traceback(None)",
            id="stored",
        ),
        pytest.param(
            [Step("app.Page", ".shop"), STORED, ERROR, SHOP],
            [Step("app.Page", ".shop")],
            "hold .shop of app.Page by weakref.ref, or set it to None when its work is done",
            id="stored, and what stores it is to be cut",
        ),
        pytest.param(
            [STORED, ERROR, SHOP],
            [Step("app.Shop", ".prob")],
            "hold .prob of app.Shop by weakref.ref, or set it to None when its work is done",
            id="stored, and an attribute whose name begins like it is to be cut",
        ),
        pytest.param(
            [STORED, ERROR, SHOP],
            [ERROR],
            "error.with_traceback(None) before .problem of app.Shop keeps it, or keep its text there",
            id="stored in more than one place",
        ),
        pytest.param(
            [Step("frame of app.serve", ".<stack>['exc']"), ERROR], [ERROR], LAST, id="stored where nobody can change it"
        ),
        pytest.param([STORED, ERROR, SHOP], [SHOP], "finally: del self in sell()", id="stored by a method's own object"),
        pytest.param(
            [Step("_asyncio.Future", "._exception"), ERROR, Step(OWN.type, ".<local future>")],
            [Step("_asyncio.Future", "._exception")],
            f"finally: del future in handle(), or {LAST}",
            id="stored in a future",
        ),
        pytest.param(
            [Step(TEST.type, ".<local frame>")],
            [Step(TEST.type, ".<local frame>")],
            "finally: del frame in test_one()",
            id="a frame of one's own",
        ),
        pytest.param(
            [Step("app.Future", "._exception"), ERROR, Step("frame of app.retry.<locals>.<lambda>", ".<local state>")],
            [Step("app.Future", "._exception")],
            LAST,
            id="a lambda has no statement that could delete its variable",
        ),
        pytest.param(
            [STORED, ERROR, Step("frame of app.retry.<locals>.<lambda>", ".<local state>")],
            [Step("frame of app.retry.<locals>.<lambda>", ".<local state>")],
            "let go of the traceback or the frame that leads to <lambda>()",
            id="nor is that of a lambda to be cut",
        ),
        pytest.param(
            [Step("frame of click.testing.invoke", ".<local exc_info>[2]")],
            [Step("frame of click.testing.invoke", ".<local exc_info>")],
            "for click to mend: finally: del exc_info in invoke()",
            id="a library's frame",
        ),
        pytest.param(
            [Step(TEST.type, ".<local info>"), Step("pytest.ExceptionInfo", "._excinfo[2]")],
            [Step(TEST.type, ".<local info>")],
            "del info in test_one() when its work is done",
            id="no weak reference stands in a variable",
        ),
        pytest.param(
            [Step("app.Oops", ".__context__"), Step("app.Group", ".args[0]")],
            [Step("app.Oops", ".__context__")],
            "raise the app.Oops after the except clause has ended,"
            " or set error.__context__ to None where the app.Oops is handled",
            id="no weak reference is a context",
        ),
        pytest.param(
            [ERROR, OWN],
            [OWN, Step("KeyError", ".__context__")],
            "del error in handle(), and set error.__context__ to None where the KeyError is handled",
            id="a context as well",
        ),
        pytest.param(
            [Step("ValueError", ".__cause__")],
            [Step("ValueError", ".__cause__")],
            "raise the ValueError from None, or set error.__cause__ to None where the ValueError is handled",
            id="no weak reference is a cause",
        ),
        pytest.param(
            [Step(TEST.type, ".f_back"), Step(OWN.type, ".<local kept>[2]")],
            [Step(TEST.type, ".f_back")],
            "let go of the traceback or the frame that leads to test_one()",
            id="nobody can change who called",
        ),
        pytest.param(
            [Step(TEST.type, ".<local @py_assert1>"), Step("app.Page", ".frames[0]")],
            [Step(TEST.type, ".<local @py_assert1>")],
            "let go of the traceback or the frame that leads to test_one()",
            id="a variable that nobody can delete",
        ),
        pytest.param(
            [KEEPER, METHOD],
            [KEEPER],
            "hold the method in .callbacks[0] of app.App by weakref.WeakMethod, or remove it there when done",
            id="method",
        ),
        pytest.param(
            [KEEPER, METHOD],
            [Step("app.App", ".owner"), METHOD],
            "hold .owner of app.App by weakref.ref or clear it, and hold the method app.App.on_close by weakref.WeakMethod"
            " or remove it when done",
            id="method, and two to cut",
        ),
        pytest.param(
            [Step("app.Loop", ".app"), KEEPER, METHOD],
            [Step("app.Loop", ".app")],
            "hold .app of app.Loop by weakref.ref, or set it to None when its work is done",
            id="method, and who keeps its keeper is to be cut",
        ),
        pytest.param(
            [COMPILED, VALIDATE, MAPPING],
            [COMPILED],
            "let mapping(), which ._compiled of app.Schema leads to, use weakref.ref(self) instead of self,"
            " or remove it when done",
            id="a function that closes over another one",
        ),
        pytest.param(
            [COMPILED, VALIDATE, MAPPING],
            [VALIDATE],
            "let mapping(), which ._compiled of app.Schema leads to, use weakref.ref(self) instead of self,"
            " or remove it when done",
            id="a function that closes over another one, and is to be cut",
        ),
        pytest.param(
            [COMPILED, MAPPING],
            [MAPPING],
            "let what ._compiled of app.Schema holds use weakref.ref(self) instead of self, or remove it when done",
            id="a function that closes over its keeper",
        ),
        pytest.param(
            [WALK], [WALK], "make step a function of the module or a method, or pass it to itself as an argument", id="closure"
        ),
        pytest.param(
            [Step("function app.job", ".<closure wrapped>")],
            [Step("function app.job", ".<closure wrapped>")],
            "make wrapped a function of the module or a method, or pass it to itself as an argument",
            id="a closure by the name that it has in the source",
        ),
        pytest.param(
            [WALK],
            [WALK, Step("function app.walk.<locals>.step", ".<closure leap>")],
            "make step and leap functions of the module or methods, or pass them as arguments",
            id="two closures",
        ),
        pytest.param(
            [
                Step("function app.walk.<locals>.step", ".<closure leap>"),
                Step("function app.walk.<locals>.leap", ".<closure step>"),
            ],
            [Step("function app.walk.<locals>.leap", ".<closure step>")],
            "make step a function of the module or a method, or pass it as an argument",
            id="closures of each other",
        ),
        pytest.param(
            [Step("function app.main.<locals>.cli", ".<closure cli>"), Step("click.core.Command", ".callback")],
            [Step("click.core.Command", ".callback")],
            "make cli a function of the module or a method, or pass it as an argument",
            id="a closure of what a decorator makes of it",
        ),
        pytest.param(
            [Step("function app.create.<locals>.index", ".<closure routes>['index']")],
            [Step("function app.create.<locals>.index", ".<closure routes>['index']")],
            "pass routes to index() as an argument, or clear ['index'] of routes when done",
            id="a closure over what keeps the function",
        ),
        pytest.param(
            [Step("function app.create.<locals>.index", ".<closure routes>['index']")],
            [Step("function app.create.<locals>.index", ".<closure routes>")],
            "pass routes as an argument to the functions that it keeps, or clear it when done",
            id="closures over what keeps several functions",
        ),
        pytest.param(
            [Step("function app.create.<locals>.index", ".<closure routes>['index']")],
            [Step("function app.create.<locals>.index", ".<closure routes>"), WALK],
            "make step a function of the module or a method, or pass it as an argument,"
            " and pass routes as an argument to the functions that it keeps, or clear it when done",
            id="a closure over what keeps the function, and one by its name",
        ),
        pytest.param(
            [WALK],
            [Step("app.Node", ".step"), Step("app.Node", ".me"), WALK],
            "hold .step of app.Node by weakref.ref or clear it, and let go of the other 2 that are to be cut as well",
            id="a closure beside other references",
        ),
        pytest.param(
            [Step("function ast.literal_eval.<locals>._convert", ".<closure _convert>")],
            [Step("function ast.literal_eval.<locals>._convert", ".<closure _convert>")],
            "for ast to mend: make _convert a function of the module or a method, or pass it to itself as an argument",
            id="a library's closure",
        ),
        pytest.param(
            [Step("marshmallow.fields.String", ".parent"), Step("app.Schema", ".fields['name']")],
            [Step("marshmallow.fields.String", ".parent")],
            "let go of .parent of marshmallow.fields.String when its work is done,"
            " since only marshmallow can hold it by weakref.ref",
            id="a library's attribute",
        ),
        pytest.param(
            [Step("app.Tag", ".root"), Step("app.Tree", ".tags[0]")],
            [Step("app.Tag", ".root"), Step("app.Tag", ".parent")],
            "hold .root of app.Tag and .parent of app.Tag by weakref.ref, or set both to None when their work is done",
            id="two attributes",
        ),
        pytest.param(
            [Step("app.Options", ".__dict__")],
            [Step("app.Options", ".me", weak=False), Step("app.Options", ".__dict__", weak=False)],
            "clear .me of app.Options, and let a __getattr__ of app.Options read what its __dict__ was set to",
            id="an own __dict__ with itself in it",
        ),
        pytest.param(
            [Step("app.Person", ".friends<member>")],
            [Step("app.Person", ".friends<member>"), Step("app.Person", ".last")],
            "let .friends of app.Person be a weakref.WeakSet, and hold .last of app.Person by weakref.ref or clear it",
            id="a set and an attribute",
        ),
        pytest.param(
            [Step("app.Buffer", ".<?>"), Step("app.View", ".<?>")],
            [Step("app.Buffer", ".<?>")],
            "let nothing that the app.Buffer keeps inside of it lead back to it",
            id="inside of C code",
        ),
    ],
)
def test_the_advice_on_a_cycle_speaks_of_what_is_cut_and_can_be_done(path: list[Step], cuts: list[Step], advice: str) -> None:
    assert cycle_shapes.of_cycle(path, cuts, FOREIGN)[1] == advice


@pytest.mark.parametrize("cuts", [[OWN], [TEST], [ERROR], [TEST, ERROR], [Step(STACK.type, ".<local exc_details>")]])
def test_the_shape_of_a_cycle_does_not_depend_on_what_is_cut(cuts: list[Step]) -> None:
    assert cycle_shapes.of_cycle([ERROR, OWN], cuts, FOREIGN)[0] == "exception-in-local"
    assert cycle_shapes.of_cycle([STORED, ERROR, SHOP], cuts, FOREIGN)[0] == "stored-exception"
    routed = Step("function app.create.<locals>.index", ".<closure routes>['index']")
    assert cycle_shapes.of_cycle([routed], cuts, FOREIGN)[0] == "bound-method"


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("C code", ""),
        ("app.KNOWN['Plugin']", ", or let app.KNOWN hold it weakly: weakref.WeakValueDictionary"),
        ("app.KNOWN[140289561074528]", ", or let app.KNOWN hold it weakly: weakref.WeakValueDictionary"),
        ("app.KNOWN<key class app.make.<locals>.Plugin>", ", or let app.KNOWN hold it weakly: weakref.WeakKeyDictionary"),
        ("app.KNOWN[-1]", ", or let app.KNOWN hold it weakly: weakref.WeakSet"),
        ("app.KNOWN<member>", ", or let app.KNOWN hold it weakly: weakref.WeakSet"),
        ("app.KNOWN<key tuple>[0]", ", or remove its entry from app.KNOWN when its work is done"),
        ("app.KNOWN<key frozenset><member>", ", or remove its entry from app.KNOWN when its work is done"),
        ("app.LATEST.plugin", ", or let app.LATEST.plugin hold it weakly: weakref.ref"),
        ("app.LOOKUP.<?>[<app.Interface>]<key app.Implements>.inherit", ""),
    ],
)
def test_a_leaked_class_is_to_be_held_weakly_by_what_can_hold_it(expression: str, advice: str) -> None:
    label = "class app.make.<locals>.Plugin"
    leak = Leak(("type",), (1, 1), Origin.OWN, 1, holder=Holder(expression, (Step(label, ""),), Origin.OWN))
    assert leak_shapes.of_leak(leak) == ("class-made-again", f"make {label} once, in its module{advice}")


def test_a_class_that_is_its_own_class_is_said_to_be() -> None:
    holder = Holder("C code", (Step("class app.Mark", ""),), None, of_c=True)
    advice = "make class app.Mark once, in its module: its __class__ is itself, so that it is never freed"
    assert leak_shapes.of_leak(Leak(("app.Mark",), (1, 1), Origin.OWN, 1, holder=holder)) == ("class-made-again", advice)
