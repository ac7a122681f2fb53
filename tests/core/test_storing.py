"""The line that a cut names is the one that stores the reference, in each form that a store can have."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pytest_gcguard.core import signature
from pytest_gcguard.core.files import sources, stores
from pytest_gcguard.core.model import Observation, Place
from pytest_gcguard.core.origins import storing, tracing
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.watch import Lens

SOURCE = """\
import dataclasses
import functools
import io
class Base:
    def __init__(self):
        self.parent = None
        self.kids = []
        self.table = {}
    def adopt(self, other):
        self.parent = other  # plain
        other.kids.append(self)  # item
        self.table["me"] = self  # key
class Derived(Base):
    def late(self):
        setattr(self, "late_one", self)  # setattr
        self.first, (self.second, *self.rest) = self, (self, self)  # unpacked
@dataclasses.dataclass
class Data:
    link: object = None  # field
class Outside:
    pass
def tie():
    a = Outside()
    a.me = a  # outside
def keep():
    kept = None
    try:
        raise ValueError
    except ValueError as error:
        kept = error  # local
def grow():
    def visit():  # closure
        return visit
    return visit
def anonymous():
    again = lambda: again  # lambda
    return again
def walrus():
    try:
        raise ValueError
    except ValueError as error:
        if (found := error):  # walrus
            pass
def caught():
    found = None
    try:
        raise ValueError
    except KeyError as other:
        found = other
    except ValueError as error:
        if error.args == ():
            found = error  # caught
    except Exception:
        found = ValueError("another")
    return len(repr(found))
def caught_by_class():
    found = None
    try:
        raise UnicodeError
    except (KeyError, ValueError) as error:
        found = error  # caught by class
    except Exception as error:
        found = error
    return len(repr(found))
FAULTS = (KeyError, ValueError)
def caught_by_many():
    found = None
    try:
        raise ValueError
    except FAULTS as error:
        found = error  # caught by many
    except Exception:
        found = ValueError("another")
    return len(repr(found))
def raised_later(give_up=True):
    kept = None
    try:
        raise ValueError
    except ValueError as error:
        kept = error
    if give_up:
        raise kept
def raised_by_another():
    error = ValueError()
    def fail():
        raise error
    raise KeyError(str(error)) from None
def of_stream():
    stream = io.BytesIO()
    def is_closed():
        return stream.closed
    stream.isclosed = is_closed  # of a stream
def put(obj, name, value):
    setattr(obj, name, value)
def by_name():
    a = Outside()
    put(a, "itself" + "", a)
    b = Outside()  # youngest
    put(b, "to" + "", a)
    put(a, "fro" + "", b)
def in_namespace():
    a = Outside()
    vars(a).update({"hook": lambda: a})  # namespace
class Caller:
    def call(self):
        pass
    def __init__(self, name):
        put(self, name,
            self.call)  # bound
def bound():
    Caller("on_call")
def contained():
    outer = {}
    inner = [outer]  # inner
    outer["inner"] = inner
class Other:
    def __init__(self):
        self.mine = self
        self.also = self
        self.within = Second()
        self.within.deep = self
class Second:
    pass
class Third:
    @functools.cached_property
    def whole(self):  # cached
        return self
def others():
    other = Other()
    other.mine = other
    other.also = other
def ties(third: "Third"):
    def inner():
        third.also = third  # closed over
    second, third.mine = Second(), third  # annotated
    second.mine = second  # pair
    made = others()
    made.also = second  # of any
class _Shelf:
    def __init__(self, books):
        self.__first = self  # private
        self.__boxes = []
        self.books = books  # with its items
        self.papers = []
    def lend(self, name):
        self.__boxes[name] = self  # private item
class Corner(_Shelf):
    def __init__(self):
        super().__init__([self])
        self.__first = self  # of its own
def sort_out(shelf, book):
    shelf.books.append(book)
    shelf.papers.append(book)  # added to any
    shelf._Shelf__last = book  # spelled out
Made = {}
exec("class Written:\\n    def tie(self): self.me = [self]", Made)
def written():
    Made["Written"]().tie()  # written
"""


def line_of(mark: str) -> int:
    return next(number for number, text in enumerate(SOURCE.splitlines(), 1) if text.endswith(f"# {mark}"))


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    path = tmp_path_factory.mktemp("storing") / "stored_by.py"
    path.write_text(SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("stored_by", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules["stored_by"] = made
    spec.loader.exec_module(made)
    yield made
    del sys.modules["stored_by"]


@pytest.fixture
def lens(module: ModuleType) -> Lens:
    return Lens(Origins(Path(str(module.__file__)).parent))


@pytest.mark.parametrize(
    ("of", "words", "mark"),
    [
        ("Base", ".parent", "plain"),
        ("Derived", ".parent", "plain"),
        ("Derived", ".kids[3]", "item"),
        ("Base", ".table['me']", "key"),
        ("Derived", ".late_one", "setattr"),
        ("Derived", ".second", "unpacked"),
        ("Derived", ".rest[0]", "unpacked"),
        ("Data", ".link", "field"),
        ("Outside", ".me", "outside"),
        ("Second", ".mine", "pair"),
        ("Second", ".also", "of any"),
        ("Third", ".mine", "annotated"),
        ("Third", ".also", "closed over"),
        ("Third", ".whole", "cached"),
        ("Corner", "._Shelf__first", "private"),
        ("Corner", "._Corner__first", "of its own"),
        ("Corner", "._Shelf__boxes['lent']", "private item"),
        ("Corner", "._Shelf__last", "spelled out"),
        ("Corner", ".books[0]", "with its items"),
        ("Corner", ".papers[0]", "added to any"),
    ],
)
def test_an_attribute_is_stored_where_the_source_says(module: ModuleType, of: str, words: str, mark: str) -> None:
    assert storing.line(getattr(module, of)(), words) == Place(str(module.__file__), line_of(mark))


@pytest.mark.parametrize(
    ("function", "mark"),
    [
        *(("grow", "closure"), ("anonymous", "lambda"), ("keep", "local"), ("walrus", "walrus")),
        *(("caught", "caught"), ("caught_by_class", "caught by class"), ("caught_by_many", "caught by many")),
    ],
)
def test_a_variable_is_stored_where_it_is_set_last_or_to_what_was_caught(
    module: ModuleType, left_by: Callable[[Callable[[], object]], Observation], function: str, mark: str
) -> None:
    cut = left_by(getattr(module, function)).cycles[0].cut
    assert cut is not None
    assert (cut.file, cut.line) == (module.__file__, line_of(mark))


@pytest.mark.parametrize(("function", "advice"), [("raised_later", ""), ("keep", ", or keep str(kept) instead of it")])
def test_no_text_is_to_be_kept_in_place_of_an_exception_that_is_raised_by_its_variable(
    module: ModuleType, left_by: Callable[[Callable[[], object]], Observation], function: str, advice: str
) -> None:
    def caught() -> None:
        with contextlib.suppress(ValueError):
            getattr(module, function)()

    cut = left_by(caught).cycles[0].cut
    assert cut is not None
    assert cut.hint == f"finally: del kept in {function}(){advice}"


@pytest.mark.parametrize(
    ("statement", "variables"),
    [
        ("raise", []),
        ("raise error", ["error"]),
        ("raise error from reason", ["reason", "error"]),
        ("raise error.with_traceback(tb)", ["error"]),
        ("raise errors[-1] if errors else error", ["error", "errors"]),
        ("raise error or ValueError", ["ValueError", "error"]),
        ("raise ExceptionGroup('all', errors)", ["errors"]),
        ("raise typing.cast(Oops, error)", ["error"]),
        ("raise Oops(error)", []),
        ("raise Oops(f'{error}') from None", []),
        ("raise state.error", []),
    ],
)
def test_a_raise_statement_raises_what_is_in_these_variables(statement: str, variables: list[str]) -> None:
    [node] = ast.parse(statement).body
    assert isinstance(node, ast.Raise)
    assert list(stores.raised(node)) == variables


def test_what_an_inner_function_raises_is_not_raised_by_the_one_around_it(module: ModuleType) -> None:
    source = sources.read(str(module.__file__))
    raised = {name: list(found) for (_, name), found in source.raised.items()}
    assert (raised["raised_later"][0], raised["fail"]) == ("kept", ["error"])
    assert "raised_by_another" not in raised


def test_an_attribute_of_an_object_made_by_c_is_stored_in_the_file_of_what_it_has(
    module: ModuleType, left_by: Callable[[Callable[[], object]], Observation]
) -> None:
    cut = left_by(module.of_stream).cycles[0].cut
    assert cut is not None
    assert (cut.edge, cut.file, cut.line) == (".isclosed", module.__file__, line_of("of a stream"))


@pytest.mark.parametrize("words", [".nowhere", "['key']", ".<?>", "", ".__dict__['no name']"])
def test_what_no_line_stores_has_no_place(module: ModuleType, words: str) -> None:
    assert storing.line(module.Base(), words) is None


def test_a_file_without_source_and_an_object_made_by_c_have_no_place(tmp_path: Path) -> None:
    namespace: dict[str, type] = {}
    exec(compile("class Made:\n    def f(self): self.x = self", str(tmp_path / "gone.py"), "exec"), namespace)
    assert storing.line(namespace["Made"](), ".x") is None
    assert storing.line([], "[0]") is None


LeftBy = Callable[[Callable[[], object]], Observation]


@pytest.mark.parametrize(
    ("function", "mark"),
    [
        ("by_name", "youngest"),
        ("in_namespace", "namespace"),
        ("bound", "bound"),
        ("contained", "inner"),
        ("written", "written"),
    ],
)
def test_what_the_source_does_not_tell_is_told_by_a_trace(
    module: ModuleType, left_by: LeftBy, function: str, mark: str
) -> None:
    with tracing.tracing():
        (cycle,) = left_by(getattr(module, function)).cycles
    assert cycle.cut is not None
    assert (cycle.cut.file, cycle.cut.line) == (module.__file__, line_of(mark))


@pytest.mark.parametrize(("function", "mark"), [("tie", "outside"), ("keep", "local"), ("grow", "closure")])
def test_what_the_source_tells_is_preferred_to_a_trace(module: ModuleType, left_by: LeftBy, function: str, mark: str) -> None:
    with tracing.tracing():
        (cycle,) = left_by(getattr(module, function)).cycles
    assert cycle.cut is not None
    assert (cycle.cut.file, cycle.cut.line) == (module.__file__, line_of(mark))


@pytest.mark.parametrize("function", ["by_name", "in_namespace", "bound", "contained", "written", "tie", "keep", "grow"])
def test_a_trace_changes_nothing_but_places(module: ModuleType, left_by: LeftBy, function: str) -> None:
    (plain,) = left_by(getattr(module, function)).cycles
    with tracing.tracing():
        (traced,) = left_by(getattr(module, function)).cycles
    assert traced.made_at
    assert plain.cut is not None
    assert traced.cut is not None
    same = dataclasses.replace(traced.cut, file=plain.cut.file, line=plain.cut.line, also=plain.cut.also)
    assert dataclasses.replace(traced, made_at=(), cut=same) == plain
    assert signature.cycle_words(traced.path) == signature.cycle_words(plain.path)
