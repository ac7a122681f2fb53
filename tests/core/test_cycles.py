"""Cycles as they are found and named, one small program a row."""

from __future__ import annotations

import abc
import collections
import contextlib
import contextvars
import dataclasses
import enum
import functools
import gc
import io
import itertools
import queue
import sqlite3
import sys
import threading
import types
from collections.abc import Callable, Generator, Iterator

import pytest

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Observation

Left = Callable[[Callable[[], object]], Observation]


class Node:
    def __init__(self, name: str = "") -> None:
        self.name = name

    def method(self) -> None:
        """Something to bind."""


class Slotted:
    __slots__ = ("peer",)

    def __init__(self) -> None:
        self.peer: object = None


class Closing(Node):
    def __del__(self) -> None:
        self.closed = True


def two_objects() -> None:
    a, b = Node(), Slotted()
    a.child = b  # type: ignore[attr-defined] # the cycle is made of attributes
    b.peer = a


def itself() -> None:
    a = Node()
    a.me = a  # type: ignore[attr-defined] # the cycle is made of attributes


def parent_and_children() -> None:
    parent, child = Node(), Node()
    parent.children = [child]  # type: ignore[attr-defined] # the cycle is made of attributes
    child.parent = parent  # type: ignore[attr-defined] # the cycle is made of attributes


def by_key() -> None:
    a = Node()
    a.table = {"self": a}  # type: ignore[attr-defined] # the cycle is made of attributes


def thread_local() -> None:
    a = Node()
    a.state = threading.local()  # type: ignore[attr-defined] # the cycle is made of attributes
    a.state.node = a  # type: ignore[attr-defined] # likewise


class Settings(threading.local):
    def __init__(self, **given: object) -> None:
        self.given = {"all": [given]}


def thread_local_of_a_class_of_its_own() -> None:
    settings = Settings(other={"a": 1})
    settings.given["all"].append(settings)  # type: ignore[arg-type] # likewise
    thread = threading.Thread(target=lambda: settings.given)  # which makes a dictionary for its thread
    thread.start()
    thread.join()


def bound_method() -> None:
    a = Node()
    a.callback = a.method  # type: ignore[attr-defined] # the cycle is made of attributes


def closure() -> None:
    def walk(depth: int) -> object:
        return walk(depth - 1) if depth else None

    walk(1)


def partial() -> None:
    a = Node()
    a.later = functools.partial(print, a)  # type: ignore[attr-defined] # the cycle is made of attributes


def exception_in_a_local() -> None:
    try:
        raise ValueError
    except ValueError as error:
        kept = error  # noqa: F841 -- the reference that closes the cycle


def suspended_generator() -> None:
    def steps() -> Iterator[int]:
        itself = running  # noqa: F841 -- the reference that closes the cycle through the frame
        yield 1

    running = steps()
    next(running)


def generator_with_two_names_for_it() -> None:
    def steps(node: Node) -> Iterator[int]:
        first = node  # noqa: F841 -- as where one goes on from there
        yield 1

    a = Node()
    a.steps = steps(a)  # type: ignore[attr-defined] # the cycle is made of attributes
    next(a.steps)  # type: ignore[attr-defined] # likewise


class Pause:
    def __await__(self) -> Generator[None, None, None]:
        yield


async def waiting(node: Node) -> None:
    await Pause()
    print(node)


async def calling(nodes: list[Node]) -> None:
    await waiting(nodes.pop())


def coroutine_that_awaits_another() -> None:
    a = Node()
    a.task = calling([a])  # type: ignore[attr-defined] # the cycle is made of attributes
    a.task.send(None)  # type: ignore[attr-defined] # likewise


def containers() -> None:
    items: list[object] = []
    items.append({"items": items})


NODE = f"{__name__}.Node"


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (two_objects, [NODE, ".child", f"{__name__}.Slotted", ".peer"]),
        (itself, [NODE, ".me"]),
        (parent_and_children, [NODE, ".children[0]", NODE, ".parent"]),
        (by_key, [NODE, ".table['self']"]),
        (thread_local, [NODE, ".state", "_thread._local", ".node"]),
        (thread_local_of_a_class_of_its_own, [f"{__name__}.Settings", ".given['all'][1]"]),
        (bound_method, [NODE, ".callback", f"method {NODE}.method", ".__self__"]),
        (closure, [f"function {__name__}.closure.<locals>.walk", ".<closure walk>"]),
        (
            generator_with_two_names_for_it,
            [NODE, ".steps", f"generator {__name__}.generator_with_two_names_for_it.<locals>.steps", ".<local first>"],
        ),
        (
            coroutine_that_awaits_another,
            [
                *(NODE, ".task", f"coroutine {__name__}.calling", ".cr_await"),
                *(f"coroutine {__name__}.waiting", ".<local node>"),
            ],
        ),
        (partial, [NODE, ".later", "functools.partial", ".args[0]"]),
        (exception_in_a_local, [f"frame of {__name__}.exception_in_a_local", ".<local kept>", "ValueError", ".__traceback__"]),
        (suspended_generator, [f"generator {__name__}.suspended_generator.<locals>.steps", ".<local itself>"]),
        (containers, ["list", "[0]", "dict", "['items']"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_cycle_is_found_and_named(left_by: Left, make: Callable[[], None], path: list[str]) -> None:
    cycles = left_by(make).cycles
    words = [[word for step in cycle.path for word in (step.type, step.edge)] for cycle in cycles]
    rotations = [words[0][at:] + words[0][:at] for at in range(0, len(words[0]), 2)]
    assert len(cycles) == 1
    assert path in rotations
    assert cycles[0].origin is Origin.OWN
    assert gc.collect() == 0


def a_class() -> None:
    class Made:
        attribute = 1

        def method(self) -> type:
            return __class__  # type: ignore[name-defined,no-any-return] # the cell that makes a class refer to itself through its method


def an_enum() -> None:
    enum.Enum("Color", "RED GREEN")


def a_namedtuple() -> None:
    collections.namedtuple("Point", "x y")


def a_dataclass() -> None:
    dataclasses.make_dataclass("Point", ["x", "y"])


def an_abc() -> None:
    class Base(abc.ABC):
        @abc.abstractmethod
        def method(self) -> None: ...

    class Derived(Base):
        def method(self) -> None: ...

    assert isinstance(Derived(), Base)


def a_module() -> None:
    module = types.ModuleType("made")
    exec("def function(): return function", module.__dict__)


@pytest.mark.parametrize("make", [a_class, an_enum, a_namedtuple, a_dataclass, an_abc, a_module])
def test_what_a_definition_or_an_import_leaves_is_nobodys(left_by: Left, make: Callable[[], None]) -> None:
    seen = left_by(make)
    assert seen.cycles == ()
    assert seen.collected > 0
    assert seen.nobodys > 0


def test_an_own_cycle_beside_a_class_definition_is_still_found(left_by: Left) -> None:
    def make() -> None:
        class Local:
            pass

        local = Local()
        local.me = local  # type: ignore[attr-defined] # the cycle is made of attributes

    assert [cycle.path[0].edge for cycle in left_by(make).cycles] == [".me"]


def test_what_hangs_from_a_cycle_is_a_number_and_no_cycle_of_its_own(left_by: Left) -> None:
    def make() -> None:
        root, hanging = Node("root"), Node("hanging")
        root.me = root  # type: ignore[attr-defined] # the cycle is made of attributes
        hanging.itself = hanging  # type: ignore[attr-defined] # the cycle is made of attributes
        root.things = [hanging, Node()]  # type: ignore[attr-defined] # the cycle is made of attributes

    (cycle,) = left_by(make).cycles
    assert [step.edge for step in cycle.path] == [".me"]
    assert cycle.objects == 1
    assert cycle.retained == 3


def test_the_size_counts_an_instance_and_its_dict_as_one(left_by: Left) -> None:
    assert left_by(two_objects).cycles[0].objects == 2
    assert left_by(parent_and_children).cycles[0].objects == 3


def shared_by_names(names: list[str]) -> None:
    subject, watcher = Node(), Node()
    watcher.subject = subject  # type: ignore[attr-defined] # the cycle is made of attributes
    subject.watchers = {name: [watcher] for name in names}  # type: ignore[attr-defined] # likewise


def one_for_each_name(names: list[str]) -> None:
    subject = Node()
    subject.watchers = {}  # type: ignore[attr-defined] # the cycle is made of attributes
    for name in names:
        watcher = subject.watchers[name] = Slotted()  # type: ignore[attr-defined] # likewise
        watcher.peer = subject


def by_names_first(names: list[str]) -> None:
    watchers = {name: Slotted() for name in names}
    subject = Node()
    subject.watchers = watchers  # type: ignore[attr-defined] # the cycle is made of attributes
    for watcher in watchers.values():
        watcher.peer = subject


@pytest.mark.parametrize("make", [shared_by_names, one_for_each_name, by_names_first])
def test_of_cycles_that_differ_by_a_key_the_same_is_told_in_whatever_order_they_were_made(
    left_by: Left, make: Callable[[list[str]], None]
) -> None:
    told = set()
    for names in itertools.permutations(["item10", "item9", "other"]):
        (cycle,) = left_by(lambda names=names: make(list(names))).cycles  # type: ignore[misc] # a default binds it
        assert cycle.cut is not None
        told.add((tuple(step.edge for step in cycle.path), cycle.cut.edge))
    ((path, _),) = told
    assert any(edge.startswith(".watchers['item9']") for edge in path)


def test_numbers_that_may_be_addresses_are_not_told(left_by: Left) -> None:
    def by_id() -> None:
        a, b = Node(), Node()
        a.entries = {id(b): b, (id(b), "name"): b, f"node-{id(b)}": b}  # type: ignore[attr-defined] # what is cut
        b.peers = [a, a]  # type: ignore[attr-defined] # likewise

    first, second = left_by(by_id).cycles, left_by(by_id).cycles
    assert [each.path for each in first] == [each.path for each in second]
    (cycle,) = first
    assert {step.edge for step in cycle.path} == {".entries['node-#']", ".peers[0]"}


def test_the_cut_is_the_back_reference_and_two_where_one_is_not_enough(left_by: Left) -> None:
    cut = left_by(parent_and_children).cycles[0].cut
    assert cut is not None
    assert (cut.edge, cut.type, cut.verified) == (".parent", NODE, True)

    def two_ways() -> None:
        a = Node()
        a.left, a.right = [a], [a]  # type: ignore[attr-defined] # the cycle is made of attributes

    cut = left_by(two_ways).cycles[0].cut
    assert cut is not None
    assert [cut.edge, *(part.edge for part in cut.also)] == [".left[0]", ".right[0]"]
    assert cut.verified


def parallel_attributes() -> None:
    a = Node()
    a.one = a.two = a  # type: ignore[attr-defined] # the cycle is made of attributes


def parallel_slots() -> None:
    class Two:
        __slots__ = ("one", "two")

    a = Two()
    a.one = a.two = a  # type: ignore[attr-defined] # slots


def parallel_locals() -> None:
    try:
        raise ValueError
    except ValueError as error:
        one = two = error  # noqa: F841 -- the references that close the cycle


@pytest.mark.parametrize(
    ("make", "edges"),
    [
        (parallel_attributes, [".one", ".two"]),
        (parallel_slots, [".one", ".two"]),
        (parallel_locals, [".__traceback__"]),  # two variables hold the exception, and one reference it needs
    ],
)
def test_each_of_two_parallel_references_is_to_be_cut(left_by: Left, make: Callable[[], None], edges: list[str]) -> None:
    cut = left_by(make).cycles[0].cut
    assert cut is not None
    assert [cut.edge, *(part.edge for part in cut.also)] == edges


def deep() -> None:
    owner = Node()
    inner: list[object] = [owner]
    for _ in range(20_000):
        inner = [inner, owner]
    owner.items = inner  # type: ignore[attr-defined] # the cycle is made of attributes


def far() -> None:
    owner = Node()
    inner: list[object] = [owner]
    for _ in range(20_000):
        inner = [inner]
    owner.items = inner  # type: ignore[attr-defined] # the cycle is made of attributes


def wide() -> None:
    owner = Node()
    owner.items = [[owner] for _ in range(20_000)]  # type: ignore[attr-defined] # the cycle is made of attributes


@pytest.mark.parametrize("make", [deep, far, wide])
def test_twenty_thousand_containers_are_told_in_a_line(left_by: Left, make: Callable[[], None]) -> None:
    cycle = left_by(make).cycles[0]
    assert cycle.objects > 20_000
    assert cycle.cut is not None
    assert cycle.cut.verified
    assert cycle.cut.edge.startswith(".items")
    assert len(str(cycle)) < 5_000


def test_the_cut_of_a_tree_is_the_way_up_for_all_of_its_nodes(left_by: Left) -> None:
    def tree() -> None:
        root = Node()
        root.children = [Node() for _ in range(5)]  # type: ignore[attr-defined] # the cycle is made of attributes
        for child in root.children:  # type: ignore[attr-defined]
            child.parent = root

    cut = left_by(tree).cycles[0].cut
    assert cut is not None
    assert (cut.edge, cut.also, cut.verified) == (".parent", (), True)


@contextlib.contextmanager
def lent() -> Iterator[None]:
    try:
        raise LookupError
    except LookupError:
        yield


def raised_in_with() -> None:
    with contextlib.suppress(KeyError), lent():
        raise KeyError


@pytest.mark.skipif(sys.version_info[:2] not in ((3, 12), (3, 13)), reason="on others no frame is in the traceback")
def test_the_cut_is_one_that_can_be_carried_out_in_the_projects_code(left_by: Left) -> None:
    (cycle,) = left_by(raised_in_with).cycles
    edges = [step.edge for step in cycle.path]
    assert sorted(edges) == [".<local value>", ".__context__", ".__traceback__", ".f_back"]
    assert cycle.cut is not None
    assert (cycle.cut.type, cycle.cut.edge, cycle.cut.also, cycle.cut.verified) == ("LookupError", ".__traceback__", (), True)
    assert (cycle.cut.file, cycle.cut.line) == (__file__, lent.__wrapped__.__code__.co_firstlineno + 3)  # type: ignore[attr-defined] # of `wraps`
    assert "LookupError" in cycle.cut.hint


def shown_variables() -> None:
    try:
        raise LookupError
    except LookupError as error:
        str(error.__traceback__.tb_frame.f_locals)  # type: ignore[union-attr] # it was raised


def test_a_frame_whose_variables_were_read_keeps_them(left_by: Left) -> None:
    """As who shows the variables of a traceback does; from Python 3.13 on what is read is no copy that stays."""
    cycles = left_by(shown_variables).cycles
    if sys.version_info >= (3, 13):
        assert not cycles
        return
    (cycle,) = cycles
    assert [step.edge for step in cycle.path] == [".f_locals['error']", ".__traceback__"]
    assert cycle.cut is not None
    assert (cycle.cut.type, cycle.cut.edge, cycle.cut.verified) == ("LookupError", ".__traceback__", True)
    assert "read no f_locals of shown_variables()" in cycle.cut.hint


def test_a_finalizer_is_marked_and_a_class_without_one_is_not(left_by: Left) -> None:
    def closing() -> None:
        a = Closing()
        a.me = a  # type: ignore[attr-defined] # the cycle is made of attributes

    assert left_by(closing).cycles[0].finalizer
    assert not left_by(itself).cycles[0].finalizer
    assert not left_by(suspended_generator).cycles[0].finalizer


def test_counts_by_type_are_those_before_and_after_the_collection(left_by: Left) -> None:
    seen = left_by(two_objects)
    assert (seen.before[NODE], seen.before[f"{__name__}.Slotted"]) == (1, 1)
    assert NODE not in seen.after
    assert f"{__name__}.Slotted" not in seen.after


REVIVED: list[object] = []


def test_what_its_finalizer_revives_is_a_survivor_and_no_cycle(left_by: Left) -> None:
    class Phoenix(Node):
        def __del__(self) -> None:
            REVIVED.append(self)

    def make() -> None:
        a = Phoenix()
        a.me = a  # type: ignore[attr-defined] # the cycle is made of attributes

    try:
        seen = left_by(make)
        assert seen.cycles == ()
        assert any(survivor.type.endswith("Phoenix") for survivor in seen.survivors)
    finally:
        REVIVED.clear()


def test_what_nothing_can_free_is_uncollectable_and_stays_out_of_gc_garbage(left_by: Left) -> None:
    testcapi = pytest.importorskip("_testcapi")
    if not hasattr(testcapi, "with_tp_del"):
        pytest.skip("this interpreter makes no objects with the old finalizer")

    @testcapi.with_tp_del
    class Stuck:
        def __tp_del__(self) -> None: ...

    def make() -> None:
        stuck = Stuck()
        stuck.me = stuck  # type: ignore[attr-defined] # the cycle is made of attributes

    seen = left_by(make)
    assert [cycle.path[0].edge for cycle in seen.uncollectable] == [".me"]
    assert seen.cycles == ()
    assert gc.garbage == []
    assert left_by(lambda: None).uncollectable == ()


def connected() -> sqlite3.Connection:
    return sqlite3.connect(":memory:")


def by_partial() -> None:
    connection = connected()
    connection.row_factory = functools.partial(print, connection)


def by_method_of_a_list() -> None:
    connection = connected()
    rows = [connection]
    connection.row_factory = rows.append  # type: ignore[assignment] # nobody calls it


def by_own_function() -> None:
    connection = connected()
    connection.row_factory = lambda *_: connection


def echoed(*values: object) -> object:
    return values


def by_own_cache() -> None:
    connection = connected()
    connection.row_factory = functools.lru_cache(echoed)
    connection.row_factory(connection)


def by_own_class() -> None:
    connection = type("Connected", (sqlite3.Connection,), {"__module__": __name__})(":memory:")
    connection.me = connection  # before 3.11 it is in no cycle by itself


def by_attribute() -> None:
    stream = io.BytesIO()
    stream.me = stream  # type: ignore[attr-defined] # it has a `__dict__`


def by_queue() -> None:
    waiting: queue.SimpleQueue[object] = queue.SimpleQueue()
    waiting.put(waiting)


def by_namespace() -> None:
    space = types.SimpleNamespace()
    space.me = space


class Layer:
    """What keeps the token by which a context variable was set to it."""

    def __init__(self) -> None:
        self.tokens: list[contextvars.Token[Layer]] = []

    def push(self, variable: contextvars.ContextVar[Layer]) -> None:
        self.tokens.append(variable.set(self))


class Top(Layer): ...


OUTER: contextvars.ContextVar[Layer] = contextvars.ContextVar("OUTER")
INNER: contextvars.ContextVar[Layer] = contextvars.ContextVar("INNER")


def test_references_with_a_name_are_to_be_cut_and_not_the_only_one_in_c_code_that_has_none(left_by: Left) -> None:
    def push() -> None:
        Layer().push(OUTER)
        Top().push(INNER)

    (cycle,) = left_by(lambda: contextvars.copy_context().run(push)).cycles
    assert cycle.cut is not None
    assert cycle.cut.verified
    assert (cycle.cut.type, cycle.cut.edge, cycle.cut.also) == (f"{__name__}.Layer", ".tokens", ())


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a connection has a cache of another type, which makes no cycle")
def test_a_cycle_that_c_code_makes_by_itself_is_of_the_standard_library(left_by: Left) -> None:
    (cycle,) = left_by(connected).cycles
    assert (cycle.origin, cycle.shape) == (Origin.STDLIB, None)
    assert cycle.types == ("sqlite3.Connection", "functools._lru_cache_wrapper")
    assert cycle.cut is not None
    assert cycle.cut.hint.startswith("call close() of the sqlite3.Connection, or ")


@pytest.mark.parametrize(
    "make",
    [
        *(by_partial, by_method_of_a_list, by_own_function, by_own_cache, by_own_class),
        *(by_attribute, by_queue, by_namespace),
    ],
)
def test_a_cycle_that_the_project_has_made_of_objects_of_c_code_is_its_own(left_by: Left, make: Callable[[], object]) -> None:
    found = left_by(make).cycles
    assert [cycle.origin for cycle in found] == [Origin.OWN]


class Hostile:
    """Everything that may be asked of it raises."""

    def fail(self, *_: object) -> object:
        raise RuntimeError("asked")

    __repr__ = __eq__ = __len__ = __bool__ = __getattr__ = __iter__ = __str__ = fail  # type: ignore[assignment] # nothing fits
    __hash__ = fail  # type: ignore[assignment] # nothing fits


def test_hostile_objects_in_a_cycle_are_described_without_being_asked(left_by: Left) -> None:
    def make() -> None:
        a = Hostile()
        object.__setattr__(a, "me", a)

    assert [cycle.types for cycle in left_by(make).cycles] == [(f"{__name__}.Hostile",)]


def test_what_a_cell_holds_has_a_name_where_there_is_nothing_but_containers(left_by: Left) -> None:
    def make() -> None:
        held: dict[str, object] = {}
        held["cell"] = types.CellType(held)

    (cycle,) = left_by(make).cycles
    assert sorted(step.edge for step in cycle.path) == [".cell_contents", "['cell']"]


class Owner:
    def __init__(self) -> None:
        self.part = Part(self.run)

    def run(self) -> None: ...


class Part:
    def __init__(self, call: Callable[[], object]) -> None:
        self.calls = [call]


def test_what_an_object_has_made_is_not_to_be_held_weakly_by_it(left_by: Left) -> None:
    (cycle,) = left_by(Owner).cycles
    assert cycle.cut is not None
    assert cycle.cut.hint == f"set .part of {__name__}.Owner to None when its work is done"
