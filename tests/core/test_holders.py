"""Who holds an object, by each kind of root."""

from __future__ import annotations

import asyncio
import atexit
import codecs
import contextvars
import ctypes
import functools
import gc
import importlib
import logging
import signal
import sys
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import cast

import pytest

from pytest_gcguard.core import interpreter
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import routes
from pytest_gcguard.core.leaks.chains import Budget
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.model import Holder
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.watch import Lens


class Held:
    __slots__ = ("__weakref__",)


class Box:
    kept: list[object] = []  # noqa: RUF012 -- a leak through a class attribute needs a mutable one
    things: dict[str, object]

    @functools.lru_cache  # noqa: B019 -- the leak under test
    def cached(self) -> int:
        return 1

    @functools.cache  # noqa: B019 -- likewise, and one that keeps everything
    def kept_for_good(self) -> int:
        return 1


class Named:
    @functools.lru_cache  # type: ignore[misc] # what mypy knows no type of, as importlib.metadata.FastPath has it
    def __new__(cls, _: str) -> Named:
        return super().__new__(cls)


REGISTRY: dict[str, list[object]] = {}
ENTRIES: weakref.WeakKeyDictionary[Box, object] = weakref.WeakKeyDictionary()
CONTEXT: contextvars.ContextVar[list[object]] = contextvars.ContextVar("open_sessions")
LONGER: contextvars.ContextVar[tuple[object, ...]] = contextvars.ContextVar("longer")


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
def in_longer_tuple(target: object) -> Iterator[None]:
    token = LONGER.set((None, None, target))
    yield
    LONGER.reset(token)


@contextmanager
def in_tuple_of_instance(target: object) -> Iterator[None]:
    box = Box()
    box.rest = (None, None, target)  # type: ignore[attr-defined] # in its dictionary
    REGISTRY["boxes"] = [box]
    del box
    yield
    REGISTRY.clear()


@contextmanager
def in_record(target: object) -> Iterator[None]:
    REGISTRY["records"] = [None, ("name", target)]
    yield
    REGISTRY.clear()


@contextmanager
def in_arguments(target: object) -> Iterator[None]:
    REGISTRY["calls"] = [functools.partial(print, "to", target)]
    yield
    REGISTRY.clear()


@contextmanager
def in_handler(target: object) -> Iterator[None]:
    handler = logging.NullHandler()
    handler.owner = target  # type: ignore[attr-defined] # handlers carry what programs give them
    logging.getLogger("held").addHandler(handler)
    yield
    logging.getLogger("held").removeHandler(handler)


@contextmanager
def in_handler_of_the_root(target: object) -> Iterator[None]:
    handler = logging.NullHandler()
    handler.owner = target  # type: ignore[attr-defined] # likewise
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


BELOW = logging.getLogger("held.below")


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


@contextmanager
def in_thread_object(target: object) -> Iterator[None]:
    done = threading.Event()
    thread = threading.Thread(target=done.wait, args=(10,), name="holds")
    thread.session = target  # type: ignore[attr-defined] # programs do
    thread.start()
    yield
    done.set()
    thread.join(10)


@contextmanager
def in_thread_local(target: object) -> Iterator[None]:
    LOCAL.session = [target]
    yield
    del LOCAL.session


@contextmanager
def in_other_context(target: object) -> Iterator[None]:
    context = contextvars.copy_context()
    context.run(CONTEXT.set, [target])
    REGISTRY["context"] = [context]
    del context
    yield
    REGISTRY.clear()


class Handler:
    def __init__(self, target: object) -> None:
        self.target = target

    def handle(self, *_: object) -> tuple[str, int]:
        return "", 0


@contextmanager
def in_atexit(target: object) -> Iterator[None]:
    handler = Handler(target)
    atexit.register(handler.handle)
    yield
    atexit.unregister(handler.handle)


class Callback(Handler):
    def __init__(self, target: object) -> None:
        super().__init__(target)
        self.me = self  # something refers to it, as mocks refer to each other

    def __call__(self) -> None: ...


@contextmanager
def in_atexit_in_a_cycle(target: object) -> Iterator[None]:
    watched = weakref.ref(atexit.register(Callback(target)))  # a local variable would hold it
    yield
    atexit.unregister(watched())  # type: ignore[arg-type] # it is there


@contextmanager
def in_signal(target: object) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, Handler(target).handle)
    yield
    signal.signal(signal.SIGUSR1, before)


@contextmanager
def in_codecs(target: object) -> Iterator[None]:
    codecs.register_error("gcguard.held", Handler(target).handle)
    yield
    codecs.register_error("gcguard.held", codecs.strict_errors)


@contextmanager
def in_sys_hook(target: object) -> Iterator[None]:
    before = sys.unraisablehook
    sys.unraisablehook = Handler(target).handle
    yield
    sys.unraisablehook = before


@contextmanager
def in_profile(target: object) -> Iterator[None]:
    before = sys.getprofile()
    sys.setprofile(Handler(target).handle)
    yield
    sys.setprofile(before)


@contextmanager
def in_warnings(target: object) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.showwarning = Handler(target).handle  # type: ignore[assignment] # it takes anything
        yield


@contextmanager
def in_gc_callbacks(target: object) -> Iterator[None]:
    gc.callbacks.insert(0, Handler(target).handle)
    yield
    del gc.callbacks[0]


@contextmanager
def in_finalizer(target: object) -> Iterator[None]:
    finalizer = weakref.finalize(FINALIZED, print, target)
    yield
    finalizer.detach()


@contextmanager
def in_list_in_view(target: object) -> Iterator[None]:
    REGISTRY["view"] = [types.MappingProxyType({"it": [0, target]})]
    yield
    REGISTRY.clear()


@contextmanager
def in_view(target: object) -> Iterator[None]:
    REGISTRY["view"] = [types.MappingProxyType({"it": target})]
    yield
    REGISTRY.clear()


@contextmanager
def in_modules(target: object) -> Iterator[None]:
    sys.modules["gcguard_odd"] = Handler(target)  # type: ignore[assignment] # programs do
    yield
    del sys.modules["gcguard_odd"]


@contextmanager
def in_removed_module(target: object) -> Iterator[None]:
    module = types.ModuleType("gone")
    vars(module)["kept"] = target
    REGISTRY["modules"] = [module]
    del module
    yield
    REGISTRY.clear()


@contextmanager
def in_traceback(target: object) -> Iterator[None]:
    def fail(session: object) -> None:
        raise ValueError

    try:
        fail(target)
    except ValueError as error:
        REGISTRY["errors"] = [error.with_traceback(error.__traceback__.tb_next if error.__traceback__ else None)]
    del target
    yield
    REGISTRY.clear()


@contextmanager
def in_generator(target: object) -> Iterator[None]:
    def session(mine: object) -> Iterator[object]:
        yield None
        del mine

    generator = session(target)
    next(generator)
    REGISTRY["open"] = [generator]
    del generator
    yield None
    REGISTRY.clear()


@contextmanager
def in_event_loop(target: object) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    loop.call_later(100, print, target)
    loop.call_soon(print, Held())
    REGISTRY["loops"] = [loop]
    yield
    REGISTRY.clear()
    loop.close()


LOCAL = threading.local()
FINALIZED = Handler(None)
ME = __name__


@pytest.mark.parametrize(
    ("hold", "expression"),
    [
        (in_global, f"{ME}.REGISTRY['alice'][-1]"),
        (in_class, f"{ME}.Box.kept[0]"),
        (in_instance, f"{ME}.REGISTRY['boxes'][0].things['it']"),
        (in_context, "context variable 'open_sessions' [0]"),
        (in_longer_tuple, "context variable 'longer' [-1]"),
        (in_tuple_of_instance, f"{ME}.REGISTRY['boxes'][0].rest[-1]"),
        (in_record, f"{ME}.REGISTRY['records'][-1][1]"),
        (in_arguments, f"{ME}.REGISTRY['calls'][0].args[1]"),
        (in_handler, "logging.getLogger('held').handlers[0].owner"),
        (in_handler_of_the_root, "logging.getLogger().handlers[-1].owner"),
        (in_thread, "local mine of work() in thread 'worker'"),
        (in_thread_object, "thread 'holds'.session"),
        (in_thread_local, f"{ME}.LOCAL.session[0]"),
        (in_other_context, f"{ME}.REGISTRY['context'][0][<ContextVar open_sessions>][0]"),
        (in_atexit, "atexit callback"),
        (in_atexit_in_a_cycle, "atexit callback .target"),
        (in_signal, "signal.getsignal(signal.SIGUSR1).__self__.target"),
        (in_codecs, "codecs error handlers ['gcguard.held'].__self__.target"),
        (in_sys_hook, "sys.unraisablehook.__self__.target"),
        (in_profile, "sys.getprofile().__self__.target"),
        (in_warnings, "warnings.showwarning.__self__.target"),
        (in_gc_callbacks, "gc.callbacks[0].__self__.target"),
        (in_view, f"{ME}.REGISTRY['view'][0]['it']"),
        (in_list_in_view, f"{ME}.REGISTRY['view'][0]['it'][-1]"),
        (in_finalizer, "weakref.finalize._registry[<weakref.finalize>].args[0]"),
        (in_modules, "sys.modules['gcguard_odd'].target"),
        (in_removed_module, f"{ME}.REGISTRY['modules'][0].kept"),
        (in_traceback, f"{ME}.REGISTRY['errors'][0].__traceback__.<local session>"),
        (in_generator, f"{ME}.REGISTRY['open'][0].<local mine>"),
        (in_event_loop, f"{ME}.REGISTRY['loops'][0]._scheduled[0]._args[0]"),
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
    assert found.expression.startswith(expression)


def test_the_list_of_the_root_logger_is_known_by_its_way(lens: Lens) -> None:
    logging.getLogger().addHandler(logging.NullHandler())  # a local variable would hold it
    part: list[object] = [logging.getLogger().handlers[-1]]
    try:
        found = Search(lens.origins, part).holder(part[0])
        assert found is not None
        assert found.container is not None
        assert found.container.key == id(logging.getLogger().handlers)
        assert routes.leads_to(found.route, part)
    finally:
        del logging.getLogger().handlers[-1]


def test_several_objects_have_the_holders_that_each_has_by_itself(lens: Lens) -> None:
    part: list[object] = [Held(), Held(), Held(), Held()]
    REGISTRY["near"] = [part[0]]
    REGISTRY["far"] = [[[[part[1], [part[0]]]]]]
    Box.kept.append((part[2], part[1]))
    try:
        found = Search(lens.origins, part).find_all(iter(part))
        assert found == list(map(Search(lens.origins, part).find, part))
        expressions = [answer.holder.expression if answer.holder is not None else None for answer in found[:3]]
        assert expressions == [f"{ME}.REGISTRY['near'][0]", f"{ME}.Box.kept[0][1]", f"{ME}.Box.kept[0][0]"]
    finally:
        REGISTRY.clear()
        Box.kept.clear()


def test_of_several_searches_only_a_wide_one_is_cut_short(lens: Lens) -> None:
    part: list[object] = [Held(), Held()]
    REGISTRY["one"] = [part[0]]
    crowd: list[object] = [[part[1]] for _ in range(300)]
    REGISTRY["many"] = [crowd]
    try:
        narrow, wide = Search(lens.origins, part, Budget(objects=200)).find_all(iter(part))
        assert narrow.holder is not None
        assert (narrow.holder.expression, narrow.cut_short) == (f"{ME}.REGISTRY['one'][0]", "")
        assert wide.cut_short == "200 objects"
    finally:
        REGISTRY.clear()


def test_a_cache_on_a_method_is_named_as_the_holder_of_its_instance(lens: Lens) -> None:
    part: list[object] = [Box()]
    Box.cached(part[0])
    try:
        found = Search(lens.origins, part).holder(part[0])
        assert found is not None
        assert found.expression.startswith(f"{ME}.Box.cached")
    finally:
        Box.cached.cache_clear()


def test_of_two_caches_on_methods_the_one_without_a_limit_is_named(lens: Lens) -> None:
    part: list[object] = [Box()]
    Box.cached(part[0])
    Box.kept_for_good(part[0])
    try:
        found = Search(lens.origins, part).holder(part[0])
        assert found is not None
        assert found.expression.startswith(f"{ME}.Box.kept_for_good")
    finally:
        Box.cached.cache_clear()
        Box.kept_for_good.cache_clear()


def test_what_holds_a_key_and_its_value_is_named_before_the_weak_dictionary_of_both(lens: Lens) -> None:
    box = Box()
    part: list[object] = [Held()]
    box.things = {"it": part[0]}
    REGISTRY["boxes"] = [box]
    ENTRIES[box] = part[0]
    part.append(box)
    del box
    try:
        found = Search(lens.origins, part).holder(part[0])
        assert found is not None
        assert found.expression == f"{ME}.REGISTRY['boxes'][0].things['it']"
    finally:
        REGISTRY.clear()


def test_what_the_last_error_leads_to_is_held_by_the_harness(lens: Lens, monkeypatch: pytest.MonkeyPatch) -> None:
    error = ValueError(Held())
    part = [error.args[0]]
    monkeypatch.setattr(sys, "last_value", error, raising=False)
    del error
    found = Search(lens.origins, part).holder(part[0])
    assert found is not None
    assert (found.expression, found.origin) == ("sys.last_value.args[0]", Origin.HARNESS)


def test_what_nothing_holds_any_more_has_no_holder_in_python(lens: Lens) -> None:
    part: list[object] = [Held()]
    found = Search(lens.origins, part).holder(part[0])
    assert found is None or found.expression.strip() == "C code"


@pytest.mark.skipif(interpreter.FREE_THREADED, reason="references are counted apart for each thread")
@pytest.mark.parametrize(("number", "edge"), [(0, ""), (1, ".things['first']"), (2, ".things['second'].things['first']")])
def test_what_c_code_holds_of_a_cycle_is_told_although_all_of_it_has_a_referrer(lens: Lens, number: int, edge: str) -> None:
    ring = [Box(), Box(), Box()]
    ring[0].things = {"second": ring[1], "third": ring[2]}
    ring[1].things = {"first": ring[0], "third": ring[2]}
    ring[2].things = {"second": ring[1]}
    part: list[object] = [ring[0]]
    place = id(ring[number])
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(ring[number]))
    try:
        del ring
        with Search(lens.origins, part) as search:
            found = search.find_all(iter(part))[0].holder
    finally:
        ctypes.pythonapi.Py_DecRef(ctypes.c_void_p(place))
    assert isinstance(found, Holder)
    assert found.of_c
    assert found.expression.strip() == f"C code {edge}".strip()


def test_a_cycle_that_only_the_search_has_has_no_holder(lens: Lens) -> None:
    part: list[object] = [Box()]
    part[0].things = {"me": part[0]}  # type: ignore[attr-defined] # it is a box
    with Search(lens.origins, part) as search:
        assert search.holder(part[0]) is None
        assert [answer.holder for answer in search.find_all(iter(part))] == [None]


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


@pytest.mark.parametrize("collected", [False, True])
def test_a_wide_search_names_the_same_holder_as_a_narrow_one_also_when_asked_again(lens: Lens, collected: bool) -> None:
    boxes = [Box() for _ in range(3)]
    for box in boxes:
        box.things = {"it": Held()}
    target = boxes[0].things["it"]
    REGISTRY["boxes"] = [Box()]
    cast("Box", REGISTRY["boxes"][0]).things = {"inner": boxes[0]}
    crowd: list[list[object]] = [[target] for _ in range(200)]
    for each in crowd:
        each.append(crowd)
    hidden = [target]
    del box, boxes, each, target
    REGISTRY["crowd"] = [[[[[[[crowd]]]]]]]
    del crowd
    if collected:  # no dictionary is young when the search begins: it makes those of the boxes by looking at them
        gc.collect()
    search = Search(lens.origins, hidden)
    try:
        for _ in range(2):
            assert search.find(hidden[0]).holder is not None
            found = search.holder(hidden[0])
            assert found is not None
            assert found.expression == f"{ME}.REGISTRY['boxes'][0].things['inner'].things['it']"
    finally:
        REGISTRY.clear()


def test_a_search_that_is_cut_short_says_after_what(lens: Lens) -> None:
    part: list[object] = [Held()]
    with in_global(part[0]):
        for budget, words in ((Budget(seconds=0), "0 s"), (Budget(objects=0), "0 objects"), (Budget(depth=1), "1 references")):
            answer = Search(lens.origins, part, budget).find(part[0])
            assert (answer.holder, answer.cut_short[: len(words)]) == (None, words)


@pytest.mark.parametrize("over", [None, lambda followed: True], ids=["at its end", "in its midst"])
def test_a_search_by_an_index_that_is_over_holds_nothing(lens: Lens, over: Callable[[int], bool] | None) -> None:
    targets: list[object] = [Held() for _ in range(30)]
    kept = dict(enumerate(targets))
    others = [Held()]
    gone = weakref.ref(others[0])
    gc.collect()
    gc.disable()
    try:
        with Search(lens.origins, targets) as search:
            search.heap.referrers(targets, over)
        del search
        del others
        assert gone() is None
    finally:
        gc.enable()
    assert len(kept) == 30


def test_a_search_that_is_over_holds_nothing(lens: Lens) -> None:
    targets: list[object] = [Held() for _ in range(30)]
    kept = dict(enumerate(targets))
    others = [Held()]
    gone = weakref.ref(others[0])
    gc.collect()
    gc.disable()
    try:
        with Search(lens.origins, targets) as search:
            for target in targets:
                search.holder(target)
            search.heap.referrers(targets)  # by an index of the whole heap, which has the other as well
        del search
        del others
        assert gone() is None
    finally:
        gc.enable()
    assert len(kept) == 30


class Importer:
    def __init__(self) -> None:
        self.known = [Held()]

    def find_spec(self, *_: object) -> None: ...


def import_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("hold_own")
    module.__file__ = __file__
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Importer()])
    module.__dict__["__loader__"] = sys.meta_path[-1]  # as pytest's, which knows of the whole session
    monkeypatch.setitem(sys.modules, "hold_own", module)


def test_what_an_importer_knows_is_not_held_by_the_modules_that_it_imported(
    lens: Lens, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_by_another(monkeypatch)
    target: list[object] = [cast("Importer", sys.meta_path[-1]).known[0]]
    found = Search(lens.origins, target).holder(target[0])
    assert found is not None
    assert found.expression == "sys.meta_path[-1].known[0]"


HOLDS = """
class Table:
    kept = []

def cached():
    pass

cached.kept = []
KEPT = []

class Box:
    pass

BOX = Box()
BOX.kept = []

class Shop:
    box = BOX

SHELF = [BOX]
"""


@pytest.mark.parametrize(
    ("source", "kept", "expression", "origin"),
    [
        ("from hold_lib import Table as Alias", "hold_own.Alias.kept", "hold_lib.Table.kept[0]", Origin.LIBRARY),
        ("from hold_lib import Table\nclass Own(Table): ...", "hold_own.Own.kept", "hold_lib.Table.kept[0]", Origin.LIBRARY),
        ("import hold_lib\nclass Own(hold_lib.Table): ...", "hold_own.Own.kept", "hold_lib.Table.kept[0]", Origin.LIBRARY),
        (
            "import hold_lib\nclass Own(hold_lib.Table): ...\nclass Last(Own): ...\nLAST = Last()",
            "hold_own.LAST.kept",
            "hold_lib.Table.kept[0]",
            Origin.LIBRARY,
        ),
        ("import hold_lib\nclass Own(hold_lib.Table):\n kept = []", "hold_own.Own.kept", "hold_own.Own.kept[0]", Origin.OWN),
        ("from hold_lib import cached as Alias", "hold_own.Alias.kept", "hold_lib.cached.kept[0]", Origin.LIBRARY),
        ("from hold_lib import KEPT as Alias", "hold_own.Alias", "hold_lib.KEPT[0]", Origin.LIBRARY),
        ("from hold_lib import Shop as Alias", "hold_own.Alias.box.kept", "hold_lib.BOX.kept[0]", Origin.LIBRARY),
        ("from hold_lib import SHELF as Alias", "hold_own.Alias[0].kept", "hold_lib.BOX.kept[0]", Origin.LIBRARY),
        ("from hold_lib import BOX as Alias\nMINE = [Alias]", "hold_own.Alias.kept", "hold_lib.BOX.kept[0]", Origin.LIBRARY),
        ("import hold_lib\nMINE = [hold_lib.BOX]", "hold_own.MINE[0].kept", "hold_own.MINE[0].kept[0]", Origin.OWN),
        ("from hold_lib import Table\nMINE = Table()\nMINE.all = []", "hold_own.MINE.all", "hold_own.MINE.all[0]", Origin.OWN),
    ],
    ids=[
        "class",
        "inherited",
        "inherited from what is not imported itself",
        "inherited through another",
        "own class attribute",
        "function",
        "instance",
        "class that is met after its module",
        "instance that is met after its module",
        "instance that is kept as well",
        "own container",
        "own instance",
    ],
)
def test_what_the_project_merely_imports_is_held_where_it_is_defined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, kept: str, expression: str, origin: Origin
) -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "hold_lib.py").write_text(HOLDS)
    (tmp_path / "hold_own.py").write_text(source)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "site-packages"), *sys.path])
    try:
        importlib.import_module("hold_own")
        eval(kept, dict(sys.modules)).append(Held())
        found = Search(Origins(str(tmp_path))).holder(eval(kept, dict(sys.modules))[0])
    finally:
        del sys.modules["hold_own"], sys.modules["hold_lib"]
    assert found is not None
    assert (found.expression, found.origin) == (expression, origin)


def test_a_cache_is_bounded_unless_it_keeps_instances_as_a_part_of_its_keys() -> None:
    box, named = weakref.ref(_cached(Box())), weakref.ref(Named("alice"))
    with Search(Origins(None)) as search:
        held = [search.holder(reference()) for reference in (box, named)]
    assert [(each is not None and each.bounded) for each in held] == [False, True]
    Box.cached.cache_clear()


def _cached(box: Box) -> Box:
    box.cached()
    return box
