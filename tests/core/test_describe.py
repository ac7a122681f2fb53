"""Objects and references in words: what the words are, and that finding them runs nobody's code and keeps nothing alive."""

from __future__ import annotations

import asyncio
import builtins
import collections
import contextvars
import doctest
import enum
import functools
import gc
import importlib.util
import io
import itertools
import os
import sqlite3
import sys
import tracemalloc
import types
import unittest.mock
import warnings
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.model import Place
from pytest_gcguard.core.objects import describe, items, outgoing, reading, references, referents, texts
from pytest_gcguard.core.objects.glossary import Glossary

HERE = __name__
BOUND = 260
"""A word in front of two hundred characters."""


class Node:
    """What most tests describe."""

    def __init__(self, child: object = None) -> None:
        self.child = child

    def close(self) -> types.FrameType:
        return sys._getframe()


class Slotted:
    __slots__ = ("__weakref__", "_held", "unset")

    def __init__(self, held: object) -> None:
        self._held = held


class Pair(NamedTuple):
    left: object
    right: object


def suspended(held: object) -> Generator[None, None, None]:
    yield


def delegating() -> Generator[None, None, None]:
    yield from suspended(1)


async def waiting(held: object) -> None:
    await Pause()


async def streaming(held: object) -> AsyncGenerator[None, None]:
    yield


class Pause:
    def __await__(self) -> Generator[None, None, None]:
        yield


class State(str, enum.Enum):
    OPEN = "open"


class Mode(enum.Flag):
    FAST = 1
    LOUD = 2


def started(generator: Generator[None, None, None]) -> Generator[None, None, None]:
    next(generator)
    return generator


def awaited(coroutine: Coroutine[Any, Any, None]) -> Coroutine[Any, Any, None]:
    coroutine.send(None)
    return coroutine


def iterated(generator: AsyncGenerator[None, None]) -> AsyncGenerator[None, None]:
    with pytest.raises(StopIteration):
        generator.__anext__().send(None)
    return generator


def raised(*arguments: object) -> ValueError:
    try:
        raise ValueError(*arguments)
    except ValueError as error:
        return error


def raised_from(cause: BaseException) -> ValueError:
    try:
        try:
            raise IndexError
        except IndexError:
            raise ValueError from cause
    except ValueError as error:
        return error


def closure_over(held: object) -> types.FunctionType:
    def inner() -> object:
        return held

    assert isinstance(inner, types.FunctionType)
    return inner


def named_class(module: object, name: str) -> type:
    return type(name, (), {"__module__": module})


def module_of(**names: object) -> types.ModuleType:
    module = types.ModuleType("app.tree")
    vars(module).update(names)
    return module


# --- shorten, text


@given(st.text(max_size=60), st.integers(1, 40))
def test_shortening_keeps_both_ends_and_the_limit(text: str, limit: int) -> None:
    short = describe.shorten(text, limit)
    assert len(short) == min(len(text), limit)
    head, _, tail = short.rpartition("…") if len(text) > limit else (text, "", "")
    assert text.startswith(head)
    assert text.endswith(tail)


@given(st.text(st.characters(), max_size=250))
def test_any_text_can_be_written_to_a_terminal_and_to_a_file(text: str) -> None:
    words = texts.text(text)
    words.encode("utf-8")
    assert not set(words) & {"\n", "\r", "\t", "\x00", "\x1b", "\x9b", "\u2028", "\u202e"}
    assert len(words) <= 200


@pytest.mark.parametrize("value", [None, 3, b"bytes", ["list"]], ids=repr)
def test_what_should_be_a_text_and_is_none_is_empty(value: object) -> None:
    assert texts.text(value) == ""


# --- type names


@pytest.mark.parametrize(
    ("tp", "name"),
    [
        (int, "int"),
        (type, "type"),
        (collections.OrderedDict, "collections.OrderedDict"),
        (functools.partial, "functools.partial"),
        (unittest.mock.Mock, "unittest.mock.Mock"),
        (Node, f"{HERE}.Node"),
        (named_class("app.tree", "Node"), "app.tree.Node"),
        (named_class("builtins", "Node"), "Node"),
        (named_class(None, "Node"), "Node"),
        (named_class(17, "Node"), "Node"),
        (named_class("a\nb", "C\x1b[1m"), "a\\nb.C\\x1b[1m"),
    ],
)
def test_a_type_is_called_by_its_qualified_name(tp: type, name: str) -> None:
    assert describe.type_name(tp) == name


def test_a_nested_type_is_called_by_all_its_scopes() -> None:
    class Inner:
        pass

    assert describe.type_name(Inner) == f"{HERE}.test_a_nested_type_is_called_by_all_its_scopes.<locals>.Inner"


def test_a_long_type_name_loses_its_middle() -> None:
    name = describe.type_name(named_class("m" * 500, "N" * 500))
    assert len(name) == 200
    assert name.startswith("mmm")
    assert name.endswith("NNN")
    assert "…" in name


# --- labels


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (list, "list"),
        (Node, f"{HERE}.Node"),
        (lambda: Node, f"class {HERE}.Node"),
        (lambda: int, "class int"),
        (lambda: type, "class type"),
        (lambda: suspended, f"function {HERE}.suspended"),
        (lambda: closure_over(1), f"function {HERE}.closure_over.<locals>.inner"),
        (lambda: Node().close, f"method {HERE}.Node.close"),
        (lambda: types.MethodType(len, []), "method builtin_function_or_method"),
        (lambda: types.MethodType(functools.partial(len), []), "method functools.partial"),
        (lambda: Node().close(), f"frame of {HERE}.Node.close"),
        (lambda: suspended(1), f"generator {HERE}.suspended"),
        (lambda: started(suspended(1)), f"generator {HERE}.suspended"),
        (lambda: awaited(waiting(1)), f"coroutine {HERE}.waiting"),
        (lambda: streaming(1), f"async generator {HERE}.streaming"),
        (module_of, "module app.tree"),
        (lambda: module_of(__name__=None), "module ?"),
        (lambda: [].append, "builtin method append"),
        (lambda: len, "builtin function len"),
        (lambda: os.getpid, "builtin function getpid"),
        (lambda: raised().__traceback__, "traceback"),
        (lambda: types.CellType(1), "cell"),
    ],
)
def test_an_object_is_called_by_its_type_or_its_own_name(make: Callable[[], object], words: str) -> None:
    assert describe.label(make()) == words


def test_an_address_in_the_name_that_a_function_was_given_is_not_shown() -> None:
    def outer() -> None:
        pass

    outer.__qualname__ = f"<wrapper of {object()!r}>"
    assert describe.label(outer) == f"function {HERE}.<wrapper of <object object at #>>"


def test_a_generator_that_has_ended_still_has_a_name() -> None:
    generator = suspended(1)
    list(generator)
    assert describe.label(generator) in {"generator suspended", f"generator {HERE}.suspended"}


@pytest.mark.skipif(sys.version_info < (3, 11), reason="3.10 makes every generator with its frame")
def test_naming_a_generator_makes_no_frame() -> None:
    generator = started(suspended(1))
    before = sys.getsizeof(generator), gc.get_referents(generator)
    describe.label(generator)
    describe.place(generator)
    assert (sys.getsizeof(generator), gc.get_referents(generator)) == before
    assert not any(type(part) is types.FrameType for part in gc.get_referents(generator))


# --- places

SOURCE = """\
import contextlib, dataclasses, functools

def helper():
    "Has a backslash that is no escape: \\d, of which the compiler warns."

@functools.total_ordering
class Ordered:
    size = 1
    def __lt__(self, other):
        return True

if True:
    class Bare: pass

class Outer:
    class Inner:
        value = 1
    def make(self):
        class Local:
            pass
        return Local

@dataclasses.dataclass
class OnlyGenerated:
    size: int = 1

class OnlyWrapped:
    @contextlib.contextmanager
    def method(self):
        yield
"""


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module of which every line is known."""
    file = tmp_path / "gcguard_sample.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("gcguard_sample", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "gcguard_sample", module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("find", "line"),
    [
        (lambda m: m, 1),
        (lambda m: m.helper, 3),
        (lambda m: m.Ordered, 6),
        (lambda m: m.Ordered(), 6),
        (lambda m: m.Ordered().__lt__, 9),
        (lambda m: m.Bare, 13),
        (lambda m: m.Outer.Inner, 16),
        (lambda m: m.Outer().make(), 19),
        (lambda m: m.Outer().make()(), 19),
        (lambda m: m.OnlyGenerated, 23),
        (lambda m: m.OnlyWrapped, 27),
    ],
)
def test_a_definition_is_found_at_its_line(sample: types.ModuleType, find: Callable[[Any], object], line: int) -> None:
    place = describe.place(find(sample))
    assert place is not None
    assert (place.file, place.line) == (sample.__file__, line)


def test_looking_for_a_class_shows_no_warnings_of_its_source(
    sample: types.ModuleType, recwarn: pytest.WarningsRecorder
) -> None:
    assert describe.place(sample.Bare) is not None
    assert not recwarn.list


def test_a_class_whose_source_is_gone_is_where_its_first_method_is(sample: types.ModuleType) -> None:
    assert sample.__file__ is not None
    os.remove(sample.__file__)
    place = describe.place(sample.Ordered)
    assert place is not None
    assert place.line in {6, 9}  # 3.13 remembers the line of the class
    if sys.version_info < (3, 13):
        assert describe.place(sample.Bare) is None


def test_a_class_that_claims_another_module_is_where_its_methods_are(sample: types.ModuleType) -> None:
    sample.Ordered.__module__ = HERE
    assert describe.place(sample.Ordered) == Place(str(sample.__file__), 6)


def test_a_class_that_a_call_makes_is_at_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "gcguard_called.py"
    file.write_text(
        "import collections, enum, typing\n"
        "\n"
        "Point = collections.namedtuple('Point', 'x y')\n"
        "Typed = typing.NamedTuple('Typed', [('x', int)])\n"
        "Color = enum.Enum('Color', 'RED BLUE')\n"
        "Other = collections.namedtuple('Unlike', 'x')\n"
        "class Line(typing.NamedTuple):\n"
        "    start: Point\n"
        "    Inner = collections.namedtuple('Inner', 'x')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("gcguard_called")
    monkeypatch.delitem(sys.modules, "gcguard_called")
    monkeypatch.setitem(sys.modules, "gcguard_called", module)
    places = {name: describe.place(vars(module)[name]) for name in ("Point", "Typed", "Color", "Line", "Other")}
    assert places == {
        "Point": Place(str(file), 3),
        "Typed": Place(str(file), 4),
        "Color": Place(str(file), 5),
        "Line": Place(str(file), 7),
        "Other": None,  # what is called otherwise than its variable is not looked for
    }
    assert describe.place(module.Point([], [])) == Place(str(file), 3)


@pytest.mark.parametrize("file", [None, 17, "", "/no/such/file.py", "\x00", "a" * 10_000], ids=lambda file: repr(file)[:20])
def test_a_module_with_an_odd_file_gives_no_line(sample: types.ModuleType, file: object) -> None:
    vars(sample)["__file__"] = file
    made = named_class("gcguard_sample", "Bare")
    assert describe.place(made) is None
    assert describe.place(made()) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_not_waited_for(sample: types.ModuleType, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    vars(sample)["__file__"] = str(tmp_path / "pipe.py")
    assert describe.place(named_class("gcguard_sample", "Bare")) is None


def test_running_code_is_at_the_line_it_has_reached() -> None:
    frame = Node().close()
    error = raised()
    assert error.__traceback__ is not None
    for place, function in [(describe.place(frame), "Node.close"), (describe.place(error.__traceback__), "raised")]:
        assert place is not None
        assert (place.file, place.function) == (__file__, function)
        text = Path(__file__).read_text(encoding="utf-8").splitlines()[place.line - 1]
        assert text.strip() in {"return sys._getframe()", "raise ValueError(*arguments)"}


@pytest.mark.parametrize(
    "make",
    [
        lambda: suspended,
        lambda: suspended.__code__,
        lambda: suspended(1),
        lambda: types.MethodType(suspended, 1),
    ],
    ids=["function", "code", "generator", "method"],
)
def test_code_that_is_not_running_is_at_its_first_line(make: Callable[[], object]) -> None:
    assert describe.place(make()) == Place(__file__, suspended.__code__.co_firstlineno, "suspended")


@pytest.mark.parametrize(
    "make",
    [
        lambda: 3,
        list,
        lambda: len,
        lambda: int,
        lambda: functools.partial(len),
        lambda: types.MethodType(len, []),
        type("Made", (), {}),
        collections.deque,
    ],
)
def test_what_has_no_source_has_no_place(make: Callable[[], object]) -> None:
    assert describe.place(make()) is None


# --- references

Edge = Callable[[], tuple[object, object]]


def held_by(wrap: Callable[[Any], object]) -> Edge:
    """A new object, and what holds it."""

    def make() -> tuple[object, object]:
        child = Node()
        return wrap(child), child

    return make


def part_of(whole: object, part: Callable[[Any], object]) -> Edge:
    return lambda: (whole, part(whole))


def with_attribute(obj: Any, name: Any, value: object) -> object:
    vars(obj)[name] = value
    return obj


def with_member(obj: object, name: str, value: object) -> object:
    setattr(obj, name, value)
    return obj


def with_default(child: object) -> object:
    def function(a: object, b: object = child, /, c: int = 1) -> None: ...

    return function


def with_keyword_default(child: object) -> object:
    def function(*, option: object = child) -> None: ...

    return function


def class_with(**names: object) -> type:
    return type("Made", (), names)


def context_with(child: object) -> contextvars.Context:
    context = contextvars.Context()
    context.run(contextvars.ContextVar[object]("request").set, child)
    return context


class Names(dict[object, object]):
    """A dictionary with attributes."""


REFERENCES: list[tuple[str, Edge]] = [
    (".child", held_by(Node)),
    (".__dict__", lambda: (node := Node(), vars(node))),
    (".__dict__['not a name']", held_by(lambda child: with_attribute(Node(), "not a name", child))),
    (f".__dict__[<{HERE}.Pause>]", held_by(lambda child: with_attribute(Node(), Pause(), child))),
    (".__class__", part_of(Node(), type)),
    ("._held", held_by(Slotted)),
    (".held", held_by(lambda child: types.SimpleNamespace(held=child))),
    (".held", held_by(lambda child: module_of(held=child))),
    (".__dict__", part_of(types.ModuleType("m"), vars)),
    # containers
    ("['key']", held_by(lambda child: {"other": 1, "key": child})),
    ("[3]", held_by(lambda child: {3: child})),
    ("[b'k']", held_by(lambda child: {b"k": child})),
    ("[True]", held_by(lambda child: {True: child})),
    ("[None]", held_by(lambda child: {None: child})),
    ("[1.5]", held_by(lambda child: {1.5: child})),
    ("[(1, 'a')]", held_by(lambda child: {(1, "a"): child})),
    ("[(1,)]", held_by(lambda child: {(1,): child})),
    ("[<tuple>]", held_by(lambda child: {((1,),): child})),
    ("[<int>]", held_by(lambda child: {10**5000: child})),
    ("[<int>]", held_by(lambda child: {id(child): child})),
    ("['a']", held_by(lambda child: {"c": child, 1: child, "a": child, "b": child})),
    ("[2]", held_by(lambda child: {2: child, 1: child, "a": child})),
    ("[4294967295]", held_by(lambda child: {2**32 - 1: child})),
    ("[(<int>, 'key')]", held_by(lambda child: {(hash("key") | 2**40, "key"): child})),
    ("['<Node object at #>']", held_by(lambda child: {f"<Node object at {id(child):#016x}>": child})),
    (".handler_#", held_by(lambda child: types.SimpleNamespace(**{f"handler_{id(child)}": child}))),
    ("['line\\nbreak']", held_by(lambda child: {"line\nbreak": child})),
    ("['" + "k" * 19 + "…" + "k" * 18 + "']", lambda: ({"k" * 999: (child := Node())}, child)),
    (f"[<{HERE}.Pause>]", held_by(lambda child: {Pause(): child})),
    (f"[<class {HERE}.Pause>]", held_by(lambda child: {Pause: child})),
    ("[State.OPEN]", held_by(lambda child: {State.OPEN: child})),
    ("[Mode.FAST]", held_by(lambda child: {Mode.FAST: child})),
    ("[(State.OPEN, 'a')]", held_by(lambda child: {(State.OPEN, "a"): child})),
    (f"[<{HERE}.Mode>]", held_by(lambda child: {Mode.FAST | Mode.LOUD: child})),
    (f"<key {HERE}.Node>", held_by(lambda child: {child: 1})),
    (f"<key class {HERE}.Node>", lambda: ({Node: 1}, Node)),
    ("['key']", held_by(lambda child: collections.OrderedDict(other=1, key=child))),
    ("['key']", held_by(lambda child: collections.defaultdict(list, key=child))),
    (".default_factory", part_of(collections.defaultdict(Node), lambda _: Node)),
    (".held", held_by(lambda child: with_attribute(Names(key=child), "held", child))),
    ("['key']", held_by(lambda child: Names(key=child))),
    ("[1]", held_by(lambda child: [0, child])),
    ("[1]", held_by(lambda child: (0, child))),
    ("[1]", held_by(lambda child: Pair(0, child))),
    ("[1]", held_by(lambda child: collections.deque([0, child]))),
    ("<member>", held_by(lambda child: {child})),
    ("<member>", held_by(lambda child: frozenset([child]))),
    # functions
    (".<closure held>", held_by(closure_over)),
    (".<closure held>", lambda: (function := closure_over(1), (function.__closure__ or ())[0])),
    (".__closure__", part_of(closure_over(1), lambda function: function.__closure__)),
    (".cell_contents", held_by(types.CellType)),
    (".<default b>", held_by(with_default)),
    (".<default option>", held_by(with_keyword_default)),
    (".__defaults__", part_of(with_default(1), lambda function: function.__defaults__)),
    (".__kwdefaults__", part_of(with_keyword_default(1), lambda function: function.__kwdefaults__)),
    (".__annotations__", part_of(closure_over(1), lambda function: function.__annotations__)),
    (".__globals__", part_of(suspended, lambda function: function.__globals__)),
    (".__code__", part_of(suspended, lambda function: function.__code__)),
    (".__self__", part_of(Node().close, lambda method: method.__self__)),
    (".__func__", lambda: (Node().close, Node.close)),
    (".__self__", part_of([0].append, lambda method: method.__self__)),
    (".func", part_of(functools.partial(closure_over(1)), lambda partial: partial.func)),
    (".args", part_of(functools.partial(len, []), lambda partial: partial.args)),
    (".keywords", part_of(functools.partial(dict, k=1), lambda partial: partial.keywords)),
    (".fget", held_by(property)),
    (".__func__", held_by(staticmethod)),
    (".__func__", held_by(classmethod)),
    # exceptions and frames
    (".__traceback__", part_of(raised(), lambda error: error.__traceback__)),
    (".__context__", part_of(raised_from(KeyError()), lambda error: error.__context__)),
    (".__cause__", part_of(raised_from(OSError()), lambda error: error.__cause__)),
    (".args", lambda: (error := raised([]), reading.read(BaseException.__dict__["args"], error))),
    (".note", held_by(lambda child: with_attribute(ValueError(), "note", child))),
    (".tb_frame", part_of(raised().__traceback__, lambda traceback: traceback.tb_frame)),
    (".<local self>", lambda: ((node := Node()).close(), node)),
    (".f_globals", lambda: (frame := Node().close(), frame.f_globals)),
    (".f_code", lambda: (frame := Node().close(), frame.f_code)),
    (".f_back", lambda: (frame := sys._getframe(), frame.f_back)),
    (".<stack>", held_by(lambda child: Node().close())),
    (".<local held>", held_by(lambda child: started(suspended(child)))),
    (".<local held>", held_by(lambda child: awaited(waiting(child)))),
    (".<local held>", held_by(lambda child: iterated(streaming(child)))),
    (".gi_frame", part_of(suspended(1), lambda generator: generator.gi_frame)),
    (".gi_yieldfrom", part_of(started(delegating()), lambda generator: generator.gi_yieldfrom)),
    (".cr_await", part_of(awaited(waiting(1)), lambda coroutine: coroutine.cr_await)),
    (".<stack>", held_by(lambda child: started(suspended(1)))),
    # classes
    (".held", held_by(lambda child: class_with(held=child))),
    (".__mro__", part_of(Node, lambda cls: cls.__mro__)),
    (".__bases__", lambda: (cls := class_with(), cls.__bases__)),
    (".__dict__", part_of(Node, lambda cls: gc.get_referents(vars(cls))[0])),
    (".__class__", part_of(Node, type)),
    (".__base__", part_of(class_with(), lambda cls: cls.__base__)),
    (".__objclass__", lambda: (vars(Slotted)["unset"], Slotted)),
    # others
    (".__callback__", lambda: (weakref.ref(Node, function := closure_over(1)), function)),
    ("[<ContextVar request>]", held_by(context_with)),
    (f"<key {describe.type_name(contextvars.ContextVar)}>", lambda: (context := context_with(1), next(iter(context)))),
    (".<default>", held_by(lambda child: contextvars.ContextVar("v", default=child))),
    (".<cache>", lambda: (cached := functools.lru_cache(Node), cached())),
    (".__wrapped__", part_of(functools.lru_cache(closure_over(1)), lambda cached: cached.__wrapped__)),
    (".var", lambda: ((variable := contextvars.ContextVar[int]("v")).set(1), variable)),
    (".buffer", part_of(io.TextIOWrapper(io.BytesIO()), lambda text: text.buffer)),
    (".row_factory", held_by(lambda child: with_member(sqlite3.connect(":memory:"), "row_factory", child))),
    (".text_factory", held_by(lambda child: with_member(sqlite3.connect(":memory:"), "text_factory", child))),
    (".row_factory", held_by(lambda child: with_member(sqlite3.connect(":memory:").cursor(), "row_factory", child))),
    (".StartElementHandler", held_by(lambda child: with_member(expat.ParserCreate(), "StartElementHandler", child))),
    (describe.UNKNOWN, held_by(itertools.repeat)),
    (describe.UNKNOWN, held_by(lambda child: iter([child]))),
    (describe.UNKNOWN, held_by(lambda child: Node())),
    (describe.UNKNOWN, held_by(lambda child: {})),
    (describe.UNKNOWN, held_by(lambda child: Slotted(1))),
    (describe.UNKNOWN, held_by(lambda child: 3)),
]


@pytest.mark.parametrize(("words", "make"), REFERENCES, ids=[f"{at}-{words[:20]}" for at, (words, _) in enumerate(REFERENCES)])
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_a_reference_reads_as_one_would_type_it(words: str, make: Edge) -> None:
    parent, child = make()
    assert describe.reference(parent, child) == words


@pytest.mark.skipif(sys.version_info < (3, 15), reason="frozendict is new in 3.15")
def test_a_frozen_dictionary_is_a_dictionary() -> None:
    child = Node()
    frozen: Any = vars(builtins)["frozendict"]
    assert describe.reference(frozen(key=child), child) == "['key']"
    assert describe.reference(frozen({child: 1}), child) == f"<key {HERE}.Node>"
    frame = eval("__import__('sys')._getframe()", frozen({"__builtins__": builtins, "__name__": "app"}))
    assert describe.label(frame).startswith("frame of ")
    assert describe.frame_locals(frame) == []


def test_of_several_references_the_attribute_is_named_first() -> None:
    names = Names()
    names["key"] = names[names] = vars(names)["attribute"] = names
    assert describe.reference(names, names) == ".attribute"
    del vars(names)["attribute"]
    assert describe.reference(names, names) == "['key']"


Names.__hash__ = object.__hash__  # type: ignore[assignment] # for the one above, which is its own key


def test_the_cell_of_a_local_variable_is_called_by_the_variable() -> None:
    shared = Node()
    function = closure_over(shared)

    def use() -> object:
        return shared, function

    frame = sys._getframe()
    assert use.__closure__ is not None
    cells = dict(zip(use.__code__.co_freevars, use.__closure__, strict=True))
    assert describe.reference(frame, cells["shared"]) == ".<local shared>"
    assert describe.reference(frame, cells["function"]) == ".<local function>"
    del frame


@pytest.mark.parametrize("rounds", [200])
def test_a_frame_that_outlives_its_generator_is_looked_at_without_harm(rounds: int) -> None:
    for _ in range(rounds):
        frame = started(suspended(Node())).gi_frame  # type: ignore[attr-defined]
        junk = [started(suspended([number])) for number in range(20)]
        found = describe.frame_locals(frame)
        assert all(type(value) is Node for _, value in found)
        assert describe.reference(frame, Node()) == references.STACK
        del junk


# --- asyncio


class TestAsyncio:
    """The futures and tasks that C makes, which show their insides only through computed attributes."""

    @pytest.fixture
    def loop(self) -> Iterator[asyncio.AbstractEventLoop]:
        loop = asyncio.new_event_loop()
        yield loop
        loop.close()

    def test_a_future_refers_to_its_loop_result_and_callbacks(self, loop: asyncio.AbstractEventLoop) -> None:
        future: asyncio.Future[object] = loop.create_future()
        callbacks = [closure_over(1), closure_over(2)]
        for callback in callbacks:
            future.add_done_callback(callback)
        assert describe.reference(future, loop) == "._loop"
        assert describe.reference(future, callbacks[0]) == "._callbacks[0][0]"
        assert describe.reference(future, callbacks[1]) == "._callbacks[1][0]"
        result = Node()
        future.set_result(result)
        assert describe.reference(future, result) == "._result"

    def test_a_task_refers_to_its_coroutine_and_what_it_waits_for(self, loop: asyncio.AbstractEventLoop) -> None:
        async def wait(future: asyncio.Future[None]) -> None:
            await future

        future: asyncio.Future[None] = loop.create_future()
        coroutine = wait(future)
        task = loop.create_task(coroutine)
        loop.run_until_complete(asyncio.sleep(0))
        assert describe.reference(task, coroutine) == "._coro"
        assert describe.reference(task, future) == "._fut_waiter"
        if sys.version_info >= (3, 12):
            assert describe.reference(task, task.get_context()) == ".get_context()"
        future.set_result(None)
        loop.run_until_complete(task)

    def test_a_cancelled_task_refers_to_the_error_until_somebody_has_asked_for_it(
        self, loop: asyncio.AbstractEventLoop
    ) -> None:
        task = loop.create_task(asyncio.sleep(10))
        loop.run_until_complete(asyncio.sleep(0))
        task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        (error,) = (each for each in gc.get_referents(task) if isinstance(each, asyncio.CancelledError))
        assert describe.reference(task, error) == outgoing.names(task, [error])[0] == "._cancelled_exc"

    @pytest.mark.skipif(sys.version_info < (3, 14), reason="a future keeps its awaiters from Python 3.14 on")
    @pytest.mark.parametrize("number", [1, 2])
    def test_who_awaits_a_future_is_named_where_it_is_to_call_nobody_back(
        self, number: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        future: asyncio.Future[None] = loop.create_future()
        awaiters = [loop.create_future() for _ in range(number)]
        for awaiter in awaiters:
            asyncio.future_add_to_awaited_by(future, awaiter)  # type: ignore[attr-defined] # new in 3.14
        last = referents.held(future)[-1]
        assert last is awaiters[0] if number == 1 else last == set(awaiters)
        name = "._asyncio_awaited_by<member>" if number == 1 else "._asyncio_awaited_by"
        assert describe.reference(future, last) == outgoing.names(future, [last])[0] == name

    @pytest.mark.parametrize("number", [1, 2])
    def test_who_awaits_a_future_is_referred_to_by_a_callback_alone(
        self, number: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        async def wait(future: asyncio.Future[object]) -> object:
            return await future

        future: asyncio.Future[object] = loop.create_future()
        tasks = [loop.create_task(wait(future)) for _ in range(number)]
        loop.run_until_complete(asyncio.sleep(0))
        found = referents.held(future)
        assert not any(each is task for each in found for task in tasks)
        assert set not in map(type, found)
        assert describe.UNKNOWN not in outgoing.names(future, [each for each in found if each is not None])
        future.set_result(tasks)
        assert loop.run_until_complete(asyncio.gather(*tasks)) == [tasks] * number

    def test_a_future_that_is_an_attribute_of_another_is_one_of_its_referents(self, loop: asyncio.AbstractEventLoop) -> None:
        class Following(asyncio.Future[None]):
            def follow(self, before: asyncio.Future[None]) -> None:
                self.before = before

        future = Following(loop=loop)
        before = loop.create_future()
        future.follow(before)
        future.add_done_callback(print)
        assert set(map(id, referents.held(future))) == set(map(id, gc.get_referents(future)))
        assert describe.reference(future, before) == ".before"
        assert outgoing.names(future, [before]) == [".before"]

    def test_a_future_that_gathers_others_refers_to_them(self, loop: asyncio.AbstractEventLoop) -> None:
        async def gather(*futures: asyncio.Future[None]) -> asyncio.Future[list[None]]:
            return asyncio.gather(*futures)

        futures = [loop.create_future() for _ in range(2)]
        gathering = loop.run_until_complete(gather(*futures))
        children = gathering._children  # type: ignore[attr-defined] # it is asyncio's own
        assert children == futures
        assert describe.reference(gathering, children) == "._children"

    def test_looking_at_an_exception_does_not_retrieve_it(self, loop: asyncio.AbstractEventLoop) -> None:
        complaints: list[str] = []
        loop.set_exception_handler(lambda _, context: complaints.append(context["message"]))
        future: asyncio.Future[None] = loop.create_future()
        error = KeyError()
        future.set_exception(error)
        assert describe.reference(future, error) == "._exception"
        del future
        assert complaints == ["Future exception was never retrieved"]

    def test_a_future_that_was_never_initialised_is_survived(self) -> None:
        future = asyncio.Future.__new__(asyncio.Future)
        assert describe.reference(future, Node()) == describe.UNKNOWN


# --- dictionaries, frames


def test_the_dictionary_of_an_instance_is_its_own() -> None:
    node, module, error = Node(), types.ModuleType("m"), ValueError()
    for obj in (node, module, error, types.SimpleNamespace(), suspended):
        assert describe.instance_dict(obj) is vars(obj)


def test_an_item_of_a_dictionary_that_is_its_own_is_told_once() -> None:
    class Options(dict[object, object]):
        def __init__(self) -> None:
            self.__dict__ = self  # type: ignore[assignment] # whose keys are attributes, too

    options, part = Options(), Node()
    options.update({"me": options, "part": part, "no name": part, part: 1})
    found = outgoing.names(options, [options, options, part, part, part])
    assert found == [".me", ".__dict__", ".part", "['no name']", f"<key {HERE}.Node>"]


@pytest.mark.parametrize("obj", [3, [], Slotted(1), Node, type, vars(Node), None], ids=describe.label)
def test_what_has_no_dictionary_of_its_own_has_none(obj: object) -> None:
    assert describe.instance_dict(obj) is None


def test_a_dictionary_that_a_property_makes_up_is_none() -> None:
    class Pretender:
        __slots__ = ()

        @property
        def __dict__(self) -> dict[str, object]:  # type: ignore[override]
            raise AssertionError

    assert describe.instance_dict(Pretender()) is None


def test_the_locals_of_a_frame_are_not_kept_alive_by_the_look() -> None:
    def function(first: object) -> Iterator[None]:
        second = Node()
        yield
        del first, second
        yield

    node = Node()
    watched = weakref.ref(node)
    generator = function(node)
    next(generator)
    names = describe.frame_locals(generator.gi_frame)  # type: ignore[attr-defined]
    assert [name for name, _ in names] == ["first", "second"]
    assert names[0][1] is node
    also_watched = weakref.ref(names[1][1])
    del node, names
    next(generator)
    assert watched() is None
    assert also_watched() is None


def test_the_program_keeps_its_own_look_at_its_locals() -> None:
    def function() -> Iterator[dict[str, object]]:
        value = 1
        names = locals()
        exec("made = 2", globals(), names)
        yield names
        yield {"value": value, "made": names["made"]}

    generator = function()
    names = next(generator)
    describe.frame_locals(generator.gi_frame)  # type: ignore[attr-defined]
    assert (names["value"], names["made"]) == (1, 2)
    assert next(generator) == {"value": 1, "made": 2}


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="exec() does not reach the locals of a function any more")
def test_what_exec_made_in_a_function_stays() -> None:
    def function() -> Iterator[object]:
        value = 1
        exec("made = 2")
        yield value
        yield locals()["made"]

    generator = function()
    next(generator)
    assert ("made", 2) in describe.frame_locals(generator.gi_frame)  # type: ignore[attr-defined]
    assert next(generator) == 2


def test_the_namespaces_of_modules_and_classes_are_left_as_they_are() -> None:
    source = "import sys\nvalue = 1\nframe = sys._getframe()\nclass Body:\n    inner = 2\n    frame = sys._getframe()"
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    assert ("value", 1) in describe.frame_locals(namespace["frame"])
    assert ("inner", 2) in describe.frame_locals(namespace["Body"].frame)
    assert namespace["value"] == 1
    assert namespace["Body"].frame.f_locals["inner"] == 2


# --- hostile objects

called: list[str] = []
"""The code of described objects that ran."""


def trap(name: str) -> Callable[..., Any]:
    def method(*_: object, **__: object) -> Any:
        called.append(name)
        raise AssertionError(name)

    return method


OPERATORS = """
    add await bool call contains dir eq format ge get getattr getattribute getitem gt hash index instancecheck int iter le len
    length_hint lt ne next reduce reduce_ex repr reversed sizeof str subclasscheck
"""
TRAPS = {f"__{name}__": trap(name) for name in OPERATORS.split()}
METHODS = {name: trap(name) for name in ("copy", "get", "items", "keys", "pop", "values", "decode", "join", "isidentifier")}
LIES = {name: property(trap(name)) for name in ("__class__", "__dict__", "__module__", "__name__", "__doc__")}

HostileMeta = type("HostileMeta", (type,), TRAPS)


def hostile(*bases: type, **names: object) -> Any:
    """A class of which everything that can be overridden is a trap, and the class of which is one, too."""
    return type.__new__(HostileMeta, "Hostile", bases, {"__slots__": (), **TRAPS, **METHODS, **LIES, **names})


Meta: Any = HostileMeta


def bare(cls: Any) -> Any:
    return object.__new__(cls)


class Collides:
    """A key that would be compared with a name when that is looked up."""

    def __init__(self, name: str) -> None:
        self._hash = hash(name)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if type(other) is str:
            called.append("eq of a key")
        return self is other


def with_colliding_keys(base: type, *names: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from 3.13 on the interpreter finds such keys strange
        namespace: dict[Any, object] = {Collides(name): 1 for name in names}
        return type("Keyed", (base,), {**namespace, "late": 1})


def hostile_dict() -> Any:
    obj = dict.__new__(hostile(dict))
    dict.__setitem__(obj, "key", 1)
    return obj


def hostile_list() -> Any:
    obj = list.__new__(hostile(list))
    list.append(obj, 1)
    return obj


def hostile_text(size: int = 10) -> Any:
    return str.__new__(hostile(str), "t" * size)


def with_hostile_names() -> Any:
    cls = type("Named", (), {"method": lambda self: None})
    cls.__qualname__ = hostile_text(3_000)
    cls.__module__ = hostile_text(3_000)
    function: Any = vars(cls)["method"]
    function.__qualname__, function.__module__ = cls.__qualname__, cls.__module__
    function.__defaults__ = tuple.__new__(hostile(tuple), (1, 2))
    function.__kwdefaults__ = hostile_dict()
    return cls, function


def with_names_that_are_no_texts() -> Any:
    function = closure_over(1)
    module = types.ModuleType("app")
    function.__module__ = vars(module)["__name__"] = vars(module)["__file__"] = bare(hostile())
    return function, module, named_class(bare(hostile()), "Node")


def with_hostile_closure() -> Any:
    function = closure_over(1)
    return types.FunctionType(function.__code__, {}, None, None, tuple.__new__(hostile(tuple), function.__closure__ or ()))


def dead_proxy() -> Any:
    node = Node()
    return weakref.proxy(node)


def deep(size: int = 50_000) -> Any:
    result: list[object] = []
    for _ in range(size):
        result = [result]
    return result


def deep_method(size: int = 5_000) -> Any:
    result: Any = trap("method")
    for _ in range(size):
        result = types.MethodType(result, 1)
    return result


def module_with_traps() -> Any:
    module = types.ModuleType.__new__(hostile(types.ModuleType))
    types.ModuleType.__init__(module, "app")
    return module


def prepared_namespace(with_cell: bool) -> Any:
    """The frame of the body of a class whose names are kept in a hostile mapping."""

    class Mapping(dict[str, object]):
        armed = False

        def __getattribute__(self, name: str) -> Any:
            return trap(name)() if Mapping.armed else super().__getattribute__(name)

        def __setitem__(self, name: str, value: object) -> None:
            (trap("setitem") if Mapping.armed else super().__setitem__)(name, value)

        def __delitem__(self, name: str) -> None:
            (trap("delitem") if Mapping.armed else super().__delitem__)(name)

    class Preparing(type):
        @classmethod
        def __prepare__(cls, name: str, bases: tuple[type, ...], /, **_: Any) -> Any:
            return Mapping()

    class Body(metaclass=Preparing):
        frame = sys._getframe()

        def uses_a_cell(self) -> object:
            return __class__  # type: ignore[name-defined]

    class Plain(metaclass=Preparing):
        frame = sys._getframe()

    Mapping.armed = True
    return Body.frame if with_cell else Plain.frame


HOSTILE: dict[str, Callable[[], Any]] = {
    "instance": lambda: bare(hostile()),
    "instance with a dictionary": lambda: bare(type.__new__(Meta, "Hostile", (), {**TRAPS, **METHODS})),
    "class": hostile,
    "metaclass": lambda: HostileMeta,
    "dict": hostile_dict,
    "list": hostile_list,
    "tuple": lambda: tuple.__new__(hostile(tuple), (1, 2)),
    "set": lambda: set.__new__(hostile(set)),
    "deque": lambda: collections.deque.__new__(hostile(collections.deque)),
    "text": hostile_text,
    "bytes": lambda: bytes.__new__(hostile(bytes), b"b"),
    "int": lambda: int.__new__(hostile(int), 7),
    "exception": lambda: ValueError.__new__(hostile(ValueError)),
    "module": module_with_traps,
    "hostile names": lambda: with_hostile_names()[0],
    "instance of hostile names": lambda: bare(with_hostile_names()[0]),
    "function of hostile names": lambda: with_hostile_names()[1],
    "function of a hostile closure": with_hostile_closure,
    "function whose names are no texts": lambda: with_names_that_are_no_texts()[0],
    "module whose names are no texts": lambda: with_names_that_are_no_texts()[1],
    "class whose names are no texts": lambda: with_names_that_are_no_texts()[2],
    "closure": lambda: closure_over(bare(hostile())),
    "cell": lambda: types.CellType(bare(hostile())),
    "method": lambda: types.MethodType(bare(hostile()), bare(hostile())),
    "nested methods": deep_method,
    "builtin method": lambda: list.append.__get__(hostile_list(), list),
    "generator": lambda: started(suspended(bare(hostile()))),
    "frame": lambda: started(suspended(bare(hostile()))).gi_frame,  # type: ignore[attr-defined]
    "frame of a hostile namespace": lambda: prepared_namespace(with_cell=False),
    "frame of a hostile namespace with a cell": lambda: prepared_namespace(with_cell=True),
    "partial": lambda: functools.partial(bare(hostile())),
    "keys that collide, in a class": lambda: with_colliding_keys(object, "__module__", "__dict__", "__firstlineno__", "late"),
    "keys that collide, in an instance": lambda: with_attribute(Node(), Collides("child"), 1),
    "keys that collide, in a module": lambda: with_attribute(module_of(), Collides("__file__"), 1),
    "proxy": lambda: weakref.proxy(bare(type("Weak", (), TRAPS))),
    "dead proxy": dead_proxy,
    "mock": lambda: unittest.mock.MagicMock(side_effect=trap("mock")),
    "sealed mock": lambda: unittest.mock.create_autospec(Node),
    "uninitialised": lambda: property.__new__(property),
    "deep list": deep,
    "long text": lambda: "t" * 1_000_000,
}


def looks(obj: Any) -> list[str]:
    """Every way of looking at an object, as parent and as child."""
    other = Node()
    words = [describe.label(obj), describe.type_name(type(obj)), describe.module_name(type(obj)), str(describe.place(other))]
    described = describe.place(obj)
    words.append("" if described is None else described.file)
    describe.instance_dict(obj)
    holders = [[obj], (obj,), {"k": obj}, Node(obj), Slotted(obj), types.CellType(obj), closure_over(obj)]
    children: list[object] = [other, obj, 1, type(obj), Node, [], {}, ()]
    words += [describe.reference(obj, child) for child in children]
    words += [describe.reference(holder, obj) for holder in holders]
    words += [describe.reference(other, obj), describe.reference(started(suspended(obj)), obj)]
    if type(obj) is types.FrameType:
        words += [name for name, _ in describe.frame_locals(obj)]
    return words


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_looking_at_a_hostile_object_runs_none_of_its_code(make: Callable[[], Any]) -> None:
    obj = make()
    called.clear()
    words = looks(obj)
    assert called == []
    assert all(type(text) is str and len(text) <= BOUND for text in words)
    assert not any("0x" in text for text in words)
    assert words[0]


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_glossary_says_of_many_what_is_said_of_each(make: Callable[[], Any]) -> None:
    objects = [make(), make(), Node(), Node(Node()), Slotted(Node()), Node, Node.__init__, sys, ValueError(3)]
    called.clear()
    glossary = Glossary()
    for obj in objects * 2:
        assert glossary.label(obj) == describe.label(obj)
        assert glossary.type_name(obj) == describe.type_name(type(obj))
        assert glossary.place(obj) == describe.place(obj)
        found, expected = glossary.reader.slots(obj), reading.slots(obj)
        assert all(a is b and type(x) is type(y) for (a, x), (b, y) in zip(found, expected, strict=True))
        assert glossary.reader.instance_dict(obj) is describe.instance_dict(obj)
    assert called == []


def test_the_traps_are_armed() -> None:
    called.clear()
    for act in (repr, hash, len, list, bool, dir, lambda obj: obj.attribute, lambda obj: obj == 1, lambda obj: obj.__class__):
        with pytest.raises(AssertionError):
            act(bare(hostile()))
        with pytest.raises(AssertionError):
            act(hostile())
    assert len(called) == 18


def test_a_hostile_key_is_named_by_its_type() -> None:
    key = bare(type("Key", (), {"__module__": "app", "__hash__": lambda self: 1}))
    child = Node()
    mapping: dict[object, object] = {key: child, **dict.fromkeys(range(2, 5))}
    type(key).__eq__ = type(key).__hash__ = type(key).__repr__ = trap("key")
    called.clear()
    assert describe.reference(mapping, child) == "[<app.Key>]"
    assert describe.reference(mapping, key) == "<key app.Key>"
    assert called == []


def test_a_hostile_entry_in_the_list_of_modules_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gcguard_hostile", bare(hostile()))
    called.clear()
    assert describe.place(named_class("gcguard_hostile", "Node")) is None
    assert called == []


def test_a_huge_object_is_described_without_a_copy() -> None:
    child = Node()
    name = "n" * 20_000_000
    mapping: dict[object, object] = {name: child, **dict.fromkeys(range(200_000))}
    module = types.ModuleType(name)
    missing = Node()
    tracemalloc.start()
    try:
        words = [describe.reference(mapping, child), describe.reference(mapping, missing), describe.label(module)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000
    assert max(map(len, words)) <= BOUND
    assert words[1] == describe.UNKNOWN


def test_an_entry_far_inside_a_container_is_not_looked_for_without_end() -> None:
    child = Node()
    assert describe.reference([0] * 1_000 + [child], child) == "[1000]"
    assert describe.reference([0] * 1_000_000 + [child], child) == describe.UNKNOWN


def test_a_container_that_another_thread_changes_is_survived() -> None:
    shrinking = dict.fromkeys(range(10))

    def values() -> Iterator[object]:
        for value in shrinking.values():
            shrinking.pop(0, None)
            yield value

    assert items.name_of(itertools.count(), values(), Node()) is reading.ABSENT


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_look_leaves_the_references_to_an_object_as_they_were(make: Callable[[], Any]) -> None:
    obj = make()
    looks(obj)  # from 3.11 on the first may make the instance's dictionary or the generator's frame, which are its own
    before = sys.getrefcount(obj)
    looks(obj)
    assert sys.getrefcount(obj) == before


@pytest.mark.parametrize("module", [describe, references], ids=lambda module: module.__name__.rpartition(".")[2])
def test_the_examples_are_right(module: types.ModuleType) -> None:
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("name", ["/home/me/templates/page.html", "C:\\templates\\page.html", "page.html"])
def test_a_module_that_was_named_by_a_path_is_called_by_its_file(name: str) -> None:
    namespace = {"__name__": name}
    exec("import sys\ndef function(): return sys._getframe()", namespace)
    function: Any = namespace["function"]
    assert describe.label(function) == "function page.html.function"
    assert describe.label(function()) == "frame of page.html.function"
