"""A container of the project's that is kept within a limit is a cache that is still filling; all others leak."""

from __future__ import annotations

import pytest
from mini import run

CACHES = """
import collections
import itertools
import time

_OLDEST = 40
_NUMBERS = itertools.count()
_SEEN = collections.OrderedDict()
_RECENT = []
_REGISTRY = {}


class Node: ...


class Cache(collections.OrderedDict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        if len(self) > _OLDEST:
            self.popitem(last=False)


class Sized:
    def __init__(self, capacity):
        self._capacity = capacity
        self._data = {}

    def put(self, value):
        self._data[next(_NUMBERS)] = value
        self._shrink()

    def _shrink(self):
        for key in list(self._data)[: -self._capacity]:
            del self._data[key]


class Slotted:
    __slots__ = ("__maxsize", "entries")

    def __init__(self, maxsize):
        self.__maxsize = maxsize
        self.entries = []


class _Private:
    def __init__(self):
        self.__kept = {}

    def put(self, value):
        self.__kept[next(_NUMBERS)] = value
        while len(self.__kept) > _OLDEST:
            del self.__kept[next(iter(self.__kept))]


class Private(_Private): ...


class Shared:
    MAX_ENTRIES = 50
    entries = set()


class Box:
    def __init__(self, inner):
        self.inner = inner


class Session:
    maxsize = 100

    def __init__(self):
        self.parts = [Node()]


ITSELF, SIZED, OPEN, SLOTTED, PRIVATE = Cache(), Sized(50), Sized(1), Slotted(50), Private()
SESSIONS, NODES = [], []
OVER = Sized(2)
OVER._data.update((("before", number), Node()) for number in range(5))


def remember():
    _SEEN[next(_NUMBERS)] = Node()
    if len(_SEEN) > _OLDEST:
        _SEEN.popitem(last=False)


def note():
    global _RECENT
    if len(_RECENT) >= _OLDEST:
        _RECENT = []
    _RECENT.append(Node())


def register():
    key = next(_NUMBERS)
    _REGISTRY[key] = Node()
    return key


def unregister(key):
    if len(_REGISTRY) > 0:
        del _REGISTRY[key]
"""

TESTS = """
import pytest
from app import *
import app

@pytest.fixture(autouse=True)
def slow():
    app.time.sleep(0.02)  # so that a few repeats are all that there is time for

def test_module_cuts_it():
    app.remember()

def test_module_replaces_it():
    app.note()

def test_cuts_itself():
    ITSELF[next(app._NUMBERS)] = Node()

def test_owner_says_how_many():
    SIZED.put(Node())

def test_slot_says_how_many():
    SLOTTED.entries.append(Node())

def test_private_to_its_class():
    PRIVATE.put(Node())

def test_class_says_how_many():
    Shared.entries.add(Node())

def test_leak_in_a_registry():
    app.register()

def test_leak_over_the_limit():
    OVER._data[next(app._NUMBERS)] = Node()

def test_leak_of_what_has_a_limit_of_its_own():
    SESSIONS.append(Session())

def test_leak_of_what_a_cache_has_as_well():
    node = Node()
    ITSELF[next(app._NUMBERS)] = node
    NODES.append(app.Box(app.Box(node)))
"""


def test_what_the_project_keeps_within_a_limit_is_no_leak(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=CACHES)
    ran = run(pytester, TESTS)
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    leaks = {name for name in ran.outcomes if name.startswith("test_leak_")}
    assert failed == leaks, ran.text
    assert len(ran.outcomes) == 11
    assert ran.one("test_leak_in_a_registry")["types"] == ["app.Node"]
    assert ran.one("test_leak_of_what_has_a_limit_of_its_own")["types"][0] == "app.Session"
    assert ran.one("test_leak_of_what_a_cache_has_as_well")["holder"].startswith("app.NODES[")


OTHER_WAYS = """
import itertools
import time
import weakref

_NUMBERS = itertools.count()
_SAMPLES, _LOG, _PAGES, _LOGS, _KEPT, _REFS = [], [], {}, {}, [], {}
_SIZE = 60


class Node: ...


def sample():
    if len(_SAMPLES) < _SIZE:
        _SAMPLES.append(Node())


def note():
    _LOG.append(Node())
    del _LOG[:-_SIZE]


def remember():
    now = time.monotonic()
    for key in [key for key, (until, _) in _PAGES.items() if until < now]:
        del _PAGES[key]
    _PAGES[next(_NUMBERS)] = now + 60, Node()


def note_of(user):
    log = _LOGS.setdefault(user, [])
    log.append(Node())
    if len(log) > _SIZE:
        log.pop(0)


def watch(kept):
    node = Node()
    _KEPT.extend([node] if kept else [])
    number = next(_NUMBERS)
    _REFS[number] = weakref.ref(node)
    if number % 50 == 0:
        for key, ref in list(_REFS.items()):
            if ref() is None:
                del _REFS[key]
"""


def test_what_the_project_keeps_within_a_limit_in_other_ways_is_no_leak(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=OTHER_WAYS)
    ran = run(
        pytester,
        """
        import app

        def test_while_there_is_room(): app.sample()
        def test_the_latest(): app.note()
        def test_until_it_expires(): app.remember()
        def test_each_item(): app.note_of("bob")
        def test_dead_references(): app.watch(kept=False)
        def test_leak_of_an_item_for_each_key(): app.note_of(next(app._NUMBERS))
        def test_leak_of_what_is_watched(): app.watch(kept=True)
        """,
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {name for name in ran.outcomes if name.startswith("test_leak_")}, ran.text
    assert len(ran.outcomes) == 7


OF_FUNCTIONS = """
import collections
import itertools
import threading

_NUMBERS = itertools.count()
_LOCAL = threading.local()


class Node: ...


def memoize(most):
    def wrap(function):
        cache, all_of_them = {}, {}

        def inner(key, kept):
            if len(cache) >= most:
                cache.pop(next(iter(cache)))
            (all_of_them if kept else cache)[key] = function()

        return inner

    return wrap


make = memoize(60)(Node)


def of_default(key, cache={}, *, kept=[]):
    if len(cache) > 60:
        cache.clear()
    cache[key] = Node()


def of_other_default(key, cache=[]):
    cache.append(Node())


def of_attribute(key):
    cache = of_attribute.cache
    if len(cache) > 60:
        cache.popitem()
    cache[key] = Node()


of_attribute.cache = {}


def of_thread(key):
    if not hasattr(_LOCAL, "cache"):
        _LOCAL.cache = collections.OrderedDict()
    _LOCAL.cache[key] = Node()
    if len(_LOCAL.cache) > 60:
        _LOCAL.cache.popitem(last=False)


class Recent:
    latest = ()

    def add(self):
        self.latest = (self.latest + (Node(),))[-60:]


class Linked:
    def __init__(self, maxsize):
        self.maxsize = maxsize
        self.first = Node()
        self.entries = {}

    def add(self):
        node = Node()
        node.previous, self.first.previous = getattr(self.first, "previous", None), node
        self.entries[next(_NUMBERS)] = node


class Every(Recent):
    every = ()

    def add(self):
        self.every += (Node(),)


RECENT, EVERY, LINKED = Recent(), Every(), Linked(500)
"""


def test_what_the_variables_of_a_function_keep_within_a_limit_is_no_leak(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=OF_FUNCTIONS)
    ran = run(
        pytester,
        """
        import app

        def test_closure(): app.make(next(app._NUMBERS), kept=False)
        def test_default(): app.of_default(next(app._NUMBERS))
        def test_attribute(): app.of_attribute(next(app._NUMBERS))
        def test_thread(): app.of_thread(next(app._NUMBERS))
        def test_tuple(): app.RECENT.add()
        def test_linked(): app.LINKED.add()
        def test_leak_in_a_closure(): app.make(next(app._NUMBERS), kept=True)
        def test_leak_in_a_default(): app.of_other_default(next(app._NUMBERS))
        def test_leak_in_a_tuple(): app.EVERY.add()
        """,
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {name for name in ran.outcomes if name.startswith("test_leak_")}, ran.text
    assert len(ran.outcomes) == 9


OF_NO_LIMIT = """
import collections
import itertools

_NUMBERS = itertools.count()
_FIRST, _LATEST = {}, {}


class Node: ...


class Cache:
    def __init__(self, maxsize=None):
        self.maxsize = maxsize
        self._data = {}

    def put(self):
        self._data[next(_NUMBERS)] = Node()
        if self.maxsize is not None and len(self._data) > self.maxsize:
            del self._data[next(iter(self._data))]


SOME, ALL = Cache(60), Cache()


def note(key):
    _LATEST.setdefault(key, collections.deque(maxlen=5)).append(Node())


def first():
    if len(_FIRST) > 60:
        _FIRST.clear()
    _FIRST[next(_NUMBERS)] = {"node": Node()}
"""


@pytest.mark.parametrize("confirm", [1, 2])
def test_what_has_a_limit_leaks_where_the_limit_is_none_or_there_are_ever_more_of_it(
    pytester: pytest.Pytester, confirm: int
) -> None:
    pytester.makepyfile(app=OF_NO_LIMIT)
    ran = run(
        pytester,
        """
        import app

        def test_first_entry_of_all(): app.first()
        def test_some(): app.SOME.put()
        def test_the_latest(): app.note("bob")
        def test_leak_of_all(): app.ALL.put()
        def test_leak_of_those_with_a_limit(): app.note(next(app._NUMBERS))
        """,
        f"--gcguard-confirm={confirm}",
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {"test_leak_of_all", "test_leak_of_those_with_a_limit"}, ran.text
    assert ran.one("test_leak_of_those_with_a_limit")["holder"].startswith("app._LATEST[")


def test_what_a_module_imports_has_the_limit_that_the_module_where_it_is_says(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        app="""
        import itertools

        _NUMBERS = itertools.count()
        _RECENT, _ALL = {}, {}

        class Node: ...

        def add():
            if len(_RECENT) > 60:
                _RECENT.clear()
            _RECENT[next(_NUMBERS)] = Node()

        def keep():
            _ALL[next(_NUMBERS)] = Node()
        """
    )
    ran = run(
        pytester,
        """
        from app import _ALL, _RECENT, add, keep

        def test_recent(): add()
        def test_leak_of_all(): keep()
        """,
    )
    assert ran.outcomes == {"test_recent": "passed", "test_leak_of_all": "failed"}, ran.text
    assert ran.one("test_leak_of_all")["holder"].startswith("app._ALL["), ran.text


def test_an_entry_of_a_weak_dictionary_is_no_leak_where_a_cache_with_a_limit_has_its_key(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(app=CACHES)
    ran = run(
        pytester,
        """
        import weakref
        from app import *

        MEMOS = weakref.WeakKeyDictionary()
        KEPT = []

        class Kind: ...

        def remember(kind):
            MEMOS[kind] = {"impl": Node()}
            SIZED.put(kind)
            return kind

        def test_cached():
            remember(Kind())

        def test_kept_as_well():
            KEPT.append(remember(Kind()))

        def test_leads_back():
            kind = remember(Kind())
            MEMOS[kind]["impl"].kind = kind
        """,
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {"test_kept_as_well", "test_leads_back"}, ran.text


def test_what_was_no_leak_is_one_where_another_place_keeps_what_the_same_line_makes(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
        import collections
        import pytest

        class Node: ...

        PLACES = {"latest": collections.deque(maxlen=100), "all": []}

        @pytest.mark.parametrize("place", PLACES)
        def test_keeps(place):
            PLACES[place].append(Node())
        """,
    )
    assert ran.outcomes == {"test_keeps[latest]": "passed", "test_keeps[all]": "failed"}, ran.text
    assert ran.one("test_keeps[all]")["holder"] == "test_mini.PLACES['all'][-1]"


BESIDE = """
import functools
import pytest

class Session: ...
class State: ...

STATE, KEPT, RUNS = State(), [], []

@functools.lru_cache(maxsize=200)
def compiled(session):
    return [session]

def work():
    compiled(Session())
    STATE.latest = [STATE]

def test_first(): work()

@pytest.mark.parametrize("number", range(4))
def test_again(number):
    work()
    RUNS.append(number)

def test_runs():
    assert all(RUNS.count(number) <= 2 for number in range(4)), RUNS

def test_leak_beside():
    work()
    KEPT.append([STATE])
"""


def test_what_a_known_cache_holds_is_cleared_beside_what_each_run_replaces(pytester: pytest.Pytester) -> None:
    seen = run(pytester, BESIDE, "-p", "no:randomly")
    assert {name for name, outcome in seen.outcomes.items() if outcome != "passed"} == {"test_leak_beside"}, seen.text
    assert len(seen.outcomes) == 7
    assert [(each["title"], each["holder"].partition("[")[0]) for each in seen.findings] == [("list", "test_mini.KEPT")]


ON_METHOD = """
import functools

class Sheet:
    @functools.lru_cache(maxsize=500)
    def rows(self):
        return [[]]

class Special(Sheet): ...

def test_first():
    Sheet().rows()

def test_second():
    Sheet().rows()

def test_inherited():
    Special().rows()

@functools.lru_cache(maxsize=500)
def total(row):
    return [row]

def test_function():
    total(Sheet())
"""


def test_what_a_limited_cache_on_a_method_keeps_is_told_of_each_test(pytester: pytest.Pytester) -> None:
    """It is known as a cache by the results in it, and keeps the instances as well."""
    seen = run(pytester, ON_METHOD)
    failed = {name for name, outcome in seen.outcomes.items() if outcome != "passed"}
    assert failed == {"test_first", "test_second", "test_inherited"}, seen.text
    assert {each["holder"] for each in seen.findings} == {"test_mini.Sheet.rows.<cache>"}


LIBRARY = """
import functools

class Formatter:
    @functools.lru_cache(maxsize=500)
    def escaped(self, text):
        return [text]

    @functools.lru_cache(maxsize=None)
    def kept_for_good(self, text):
        return [text]
"""
OF_LIBRARY = """
import functools, os, sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
from library import Formatter

class OwnFormatter(Formatter): ...

class Sheet:
    @functools.lru_cache(maxsize=500)
    def escaped(self, text):
        return [text]

def test_of_library():
    Formatter().escaped("text")

def test_inherited():
    OwnFormatter().escaped("text")

def test_kept_for_good():
    Formatter().kept_for_good("text")

def test_own():
    Sheet().escaped("text")
"""


def test_what_a_limited_cache_on_a_method_of_a_library_keeps_fails_no_test(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "library.py").write_text(LIBRARY, encoding="utf-8")
    seen = run(pytester, OF_LIBRARY)
    failed = {name for name, outcome in seen.outcomes.items() if outcome != "passed"}
    assert failed == {"test_kept_for_good", "test_own"}, seen.text
    assert [seen.one(name)["origin"] for name in ("test_of_library", "test_inherited")] == ["library", "library"]
    assert seen.one("test_inherited")["holder"] == "library.Formatter.escaped.<cache>"


def test_dead_weak_references_in_a_list_of_c_code_are_no_leak(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
        import asyncio, weakref

        class Node: ...

        LOOP = asyncio.new_event_loop()
        OF_C, OF_PYTHON, LIVE = LOOP.create_future(), type("Kept", (), {})(), LOOP.create_future()
        OF_C.set_result([])
        LIVE.set_result([])
        OF_PYTHON.seen = []

        def test_of_c(): OF_C.result().append(weakref.ref(Node()))
        def test_leak_of_python(): OF_PYTHON.seen.append(weakref.ref(Node()))
        def test_leak_of_live_objects(): LIVE.result().append(Node())
        """,
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    assert failed == {"test_leak_of_python", "test_leak_of_live_objects"}, ran.text
    assert len(ran.outcomes) == 3
