"""Repeats: what they accuse, what they clear, and that nothing of them is seen."""

from __future__ import annotations

import pytest
from mini import again, run

TRACES = """
    import logging, os, random, sys, warnings
    import pytest

    class Thing: ...

    KEEP = []

    def log(word):
        with open("log.txt", "a") as file:
            file.write(word + chr(10))

    class TestAll:
        def test_leak(self, tmp_path, request, capsys, record_testsuite_property, record_property, subtests, monkeypatch):
            KEEP.append(Thing())
            log(f"run {tmp_path.name}")
            record_testsuite_property("suite", "once")
            record_property("own", "once")
            warnings.warn("a warning of its own", UserWarning)
            with capsys.disabled():
                print("past the capture")
            os.write(2, b"to the stream")
            logging.getLogger("app").warning("a log line")
            request.node.runs = getattr(request.node, "runs", 0) + 1
            random.random()
            monkeypatch.setenv("GUARDED", "yes")
            with subtests.test("part"):
                assert len(KEEP) != 2, "a failing part of the first repeat"

        def test_after(self, request, tmp_path_factory):
            log(f"draws {random.random()}")
            log(f"folders {sorted(path.name for path in tmp_path_factory.getbasetemp().iterdir())}")
            log(f"current {os.readlink(tmp_path_factory.getbasetemp() / 'test_leakcurrent').rpartition('/')[2]}")
            assert "GUARDED" not in os.environ

    def test_runs(request):
        item = next(item for item in request.session.items if item.name == "test_leak")
        log(f"runs {item.runs}")
"""


@pytest.mark.parametrize("options", [[], ["-s"], ["--log-cli-level=INFO"], ["--capture=sys"]], ids=str)
def test_repeats_leave_nothing_behind(pytester: pytest.Pytester, options: list[str]) -> None:
    log = pytester.path / "log.txt"
    conftest = "import random\nrandom.seed(7)"
    everything = [*options, "--junitxml=out.xml", "--basetemp=tmp"]
    plain = run(pytester, TRACES.replace("!= 2", "!= -1"), *everything, conftest=conftest, guard=False)
    before = log.read_text().splitlines()
    xml = (pytester.path / "out.xml").read_text()
    log.unlink()
    guarded = again(pytester, *everything)
    after = log.read_text().splitlines()
    assert sum(line.startswith("run ") for line in after) > 1, "it was not repeated"
    first = {line.partition(" ")[0]: line for line in reversed(after)}  # the second test may be repeated as well
    assert list(first.values())[::-1] == before
    for word in ("past the capture", "to the stream", "a log line", "a warning of its own"):
        assert (guarded.text + guarded.errors).count(word) == (plain.text + plain.errors).count(word) > 0, word
    for word in ('name="suite"', 'name="own"', "<testcase"):
        assert (pytester.path / "out.xml").read_text().count(word) == xml.count(word) > 0
    assert guarded.outcomes == {**plain.outcomes, "TestAll::test_leak": "failed"}


NOTING = """
    import pytest

    class Measured:
        def __init__(self, node):
            self.name, self.fullname = node.name, node.nodeid

    class Measurements:
        def __init__(self):
            self.measured, self.by_group, self.closing = [], {"all": []}, []

    class Recorder:
        def __init__(self):
            self.nodes = []

    KEY = pytest.StashKey()

    def pytest_configure(config):
        config.measurements = Measurements()
        config.stash[KEY] = []
        config.pluginmanager.register(Recorder(), "recorder")

    @pytest.fixture
    def note(request):
        config, node = request.config, request.node
        kept = config.measurements
        kept.measured.append(Measured(node))
        kept.by_group["all"].append({"test": node.nodeid})
        kept.closing.append("a connection")
        config.stash[KEY].append((node.nodeid, 1.5))
        config.pluginmanager.get_plugin("recorder").nodes.append(node)

    def pytest_terminal_summary(config, terminalreporter):
        kept = config.measurements
        lists = kept.measured, kept.by_group["all"], config.stash[KEY], config.pluginmanager.get_plugin("recorder").nodes
        terminalreporter.write_line(f"noted {[len(each) for each in lists]}")
        terminalreporter.write_line(f"to close: {'many' if len(kept.closing) > 2 else len(kept.closing)}")
"""


def test_what_plugins_note_of_a_test_has_nothing_of_its_repeats(pytester: pytest.Pytester) -> None:
    suite = """
        class Thing: ...

        KEPT = []

        def test_leak(note):
            KEPT.append(Thing())

        def test_clean(note): ...
    """
    seen = run(pytester, suite, conftest=NOTING)
    assert seen.outcomes == {"test_leak": "failed", "test_clean": "passed"}
    assert "noted [2, 2, 2, 2]" in seen.text
    assert "to close: many" in seen.text


def test_a_repeat_with_a_failing_part_is_no_confirmation(pytester: pytest.Pytester) -> None:
    seen = run(pytester, TRACES, conftest="import random\nrandom.seed(7)")
    assert set(seen.outcomes.values()) == {"passed"}
    assert "a failing part of the first repeat" not in seen.text.replace('"a failing part', "")


def test_what_is_cut_short_says_by_which_limit(pytester: pytest.Pytester) -> None:
    suite = """
        class Thing: ...

        KEEP = {"a": [[]]}

        def test_leak():
            KEEP["a"][0].append(Thing())
    """
    found = run(pytester, suite, "--gcguard-search-objects=1").one("test_leak")
    assert (found["holder"], found["notes"]) == (None, ["the search for its holder was cut short after 1 objects"])
    found = run(pytester, suite, "--gcguard-search-seconds=0").one("test_leak")
    assert (found["holder"], found["notes"]) == (None, ["the search for its holder was cut short after 0 s"])
    seen = run(pytester, suite, "--gcguard-confirm-seconds=0")
    assert seen.outcomes == {"test_leak": "passed"}
    assert seen.one("test_leak")["notes"] == [
        "unconfirmed: its repeats take more than 0 s; to settle it: raise gcguard_confirm_seconds"
    ]


_SLOW = """
from pytest_gcguard.session.allowance import Allowance

really = Allowance.spend
Allowance.spend = lambda self, seconds: really(self, seconds + 1000)
"""


@pytest.mark.parametrize("confirm", ["0", "2"])
def test_repeats_and_searches_end_when_the_guard_has_taken_too_long(pytester: pytest.Pytester, confirm: str) -> None:
    suite = """
        import pytest

        KEEP = []

        class First: ...
        class Second: ...
        class Marked: ...

        def test_first():
            KEEP.append(First())

        def test_second():
            KEEP.append(Second())

        def test_of_lists():
            KEEP.append([])

        def test_clean(): ...

        @pytest.mark.no_leaks
        def test_marked():
            KEEP.append(Marked())
    """
    options = ["-p", "no:randomly", f"--gcguard-confirm={confirm}"]
    seen = run(pytester, suite, *options, conftest=_SLOW)
    told = {name: seen.outcomes[f"test_{name}"] for name in ("first", "second", "of_lists", "clean", "marked")}
    assert told == {"first": "failed", "second": "passed", "of_lists": "passed", "clean": "passed", "marked": "failed"}
    (note,) = seen.one("test_second")["notes"]
    assert note.startswith(
        f"unconfirmed: the guard has taken more than {1 + int(confirm)} times what the run takes without it"
    )
    assert ", plus 60 s; to settle it: run the test by itself, or raise gcguard_run_seconds" in note
    assert seen.summary()["checked"] == 3
    assert "2 more tests left something that was not looked at closer" in seen.text
    longer = again(pytester, *options, "--gcguard-run-seconds=1e6")
    assert longer.summary()["checked"] == 5
    assert longer.outcomes["test_second"] == "failed"
    assert "not looked at closer" not in longer.text


def test_repeats_clear_tests_still_when_the_guard_has_taken_too_long(pytester: pytest.Pytester) -> None:
    suite = """
        import pytest

        class First: ...
        class Latest: ...

        KEEP = []
        LATEST = []
        RUNS = iter(range(1000))

        def test_first():
            KEEP.append(First())

        @pytest.mark.parametrize("case", range(20))
        def test_latest(case):
            LATEST.append(Latest())
            if next(RUNS) % 3 == 2:
                LATEST.clear()
    """
    seen = run(pytester, suite, "-p", "no:randomly", conftest=_SLOW)
    assert seen.outcomes == {"test_first": "failed"} | {f"test_latest[{case}]": "passed" for case in range(20)}
    assert [found["title"] for found in seen.findings] == ["test_mini.First"]
    assert seen.summary()["checked"] == 21


def test_so_few_are_tried_as_long_as_they_clear_none(pytester: pytest.Pytester) -> None:
    suite = """
        import pytest

        KEEP = []
        RUNS = []

        def test_first():
            KEEP.append([])

        @pytest.mark.parametrize("case", range(12))
        def test_leaks(case):
            RUNS.append(case)
            KEEP.append(type("Thing", (), {})())

        def test_runs():
            assert "".join(str(RUNS.count(case)) for case in range(12)) == "444444442222"
    """
    seen = run(pytester, suite, "-p", "no:randomly", conftest=_SLOW)
    assert seen.outcomes["test_runs"] == "passed"


def test_a_leak_is_told_although_the_same_types_rose_in_a_cache_before(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import weakref
        from functools import lru_cache

        import pytest

        class Thing: ...

        THINGS = []
        SEEN = []
        NUMBERS = iter(range(1000))

        @lru_cache(maxsize=512)
        def remembered(number):
            return Thing()

        @pytest.mark.parametrize("run", range(6))
        def test_cache(run):
            remembered(next(NUMBERS))

        def test_leak():
            THINGS.append(Thing())

        @pytest.mark.parametrize("place", ["one", "other"])
        def test_references(place):
            SEEN.append((place, weakref.ref(Thing())))
        """,
    )
    assert seen.one("test_leak")["holder"] == "test_mini.THINGS[-1]"
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == {
        "test_leak",
        "test_references[one]",
        "test_references[other]",
    }


KEPT = """
    import contextvars

    class Order: ...

    ORDERS = contextvars.ContextVar("ORDERS")
    ORDERS.set([])
    LONGER = contextvars.ContextVar("LONGER", default=())
    LATEST = contextvars.ContextVar("LATEST", default=None)
    STARTED = [object(), object()]
    LISTENERS = ()

    def test_list():
        ORDERS.get().append(Order())

    def test_longer_tuple():
        LONGER.set((*LONGER.get(), Order()))

    def test_set_anew():
        order = Order()
        order.before = LATEST.get()
        LATEST.set(order)

    def test_variable_of_its_own():
        contextvars.ContextVar("OWN").set(Order())

    def test_global_tuple():
        global LISTENERS
        LISTENERS = (*LISTENERS, Order())

    def test_after_what_was_there():
        STARTED.append(Order())
"""


def test_who_holds_a_leak_is_the_same_however_many_times_a_test_is_repeated(pytester: pytest.Pytester) -> None:
    told = []
    for repeats in (1, 2, 7):
        run_ = run(pytester, KEPT, f"--gcguard-confirm={repeats}")
        told.append({found["holder"]: found["signature"] for found in run_.findings})
        assert all(len(found["growth"]) == repeats + 1 for found in run_.findings)
    assert told[0] == told[1] == told[2]
    assert sorted(told[0]) == [
        "context variable 'LATEST'",
        "context variable 'LONGER' [-1]",
        "context variable 'ORDERS' [-1]",
        "context variable 'OWN'",
        "test_mini.LISTENERS[-1]",
        "test_mini.STARTED[-1]",
    ]


def test_what_each_run_replaces_is_not_told_beside_what_leaks(pytester: pytest.Pytester) -> None:
    suite = """
        class Box: ...

        KEPT, BOX = [], Box()

        def test_it():
            BOX.handler = lambda: 1
            KEPT.append(lambda: 2)
    """
    seen = run(pytester, suite)
    (leak,) = seen.findings
    assert leak["holder"].startswith("test_mini.KEPT[")
    assert leak["made_at"][0]["line"] == suite.splitlines().index("            KEPT.append(lambda: 2)")


AT_THE_SAME_ADDRESSES = """
import functools, itertools

class Node:
    __slots__ = tuple(f"slot_{number}" for number in range(50))  # of a size that only they have

CURRENT, KEPT, NUMBERS = [], [], itertools.count()

@functools.lru_cache(maxsize=500)
def cached(number):
    return Node()

def renew():
    CURRENT.clear()
    CURRENT.extend([Node(), Node(), Node()])
    cached(next(NUMBERS))

def test_renews(): renew()
def test_renews_again(): renew()
def test_keeps():
    renew()
    KEPT.append(Node())
"""


def test_what_each_run_replaces_at_the_same_addresses_is_no_leak(pytester: pytest.Pytester) -> None:
    seen = run(pytester, AT_THE_SAME_ADDRESSES)
    assert seen.outcomes == {"test_renews": "passed", "test_renews_again": "passed", "test_keeps": "failed"}, seen.text
    (leak,) = seen.findings
    assert leak["holder"].startswith("test_mini.KEPT["), seen.text


def test_the_latest_few_are_not_told_beside_what_leaks(pytester: pytest.Pytester) -> None:
    """They rise in as many repeats as there is room for them."""
    seen = run(
        pytester,
        """
        class Session: ...
        class Message: ...

        class History:
            latest = []

        KEPT, RECENT = [], []

        def test_slices():
            History.latest = [*History.latest[-3:], Session()]
            KEPT.append(Session())

        def test_trims():
            RECENT.append(Message())
            del RECENT[:-4]
            KEPT.append(Message())
        """,
        "-p",
        "no:randomly",
        conftest="""
        from pytest_gcguard.session.repeating import repeats

        repeats._SURE_SECONDS = 60.0
        """,
    )
    holders = [found["holder"].partition("[")[0] for found in seen.findings]
    assert holders == ["test_mini.KEPT", "test_mini.KEPT"], seen.text


def test_lists_that_leak_beside_objects_that_have_some_are_told_with_their_own_number(pytester: pytest.Pytester) -> None:
    suite = """
        import itertools
        import pytest

        BUFFER, NUMBERS, KEPT = {}, itertools.count(), []

        class Node:
            def __init__(self):
                self.parts = [[], [], [], [], []]

        @pytest.mark.parametrize("times", [1, 1, 1, 2])
        def test_it(times):
            for _ in range(times):
                KEPT.append(Node())
                BUFFER[next(NUMBERS)] = []
    """
    seen = run(pytester, suite)
    leaks = {found["types"][0]: (found["growth"], len(found["tests"])) for found in seen.findings}
    assert leaks == {"test_mini.Node": ([1, 1, 1], 4), "list": ([1, 1, 1], 4)}
    last = seen.failures("test_it[2]")
    assert "list, +2 a run (+2 +2 +2)" in last, seen.text


RETIRES = """
    class Session: ...

    CURRENT = None
    STATE = {"current": None}
    RETIRED = []

    def test_variable():
        global CURRENT
        if CURRENT is not None:
            RETIRED.append(CURRENT)
        CURRENT = Session()  # here

    def test_entry():
        if STATE["current"] is not None:
            RETIRED.append(STATE["current"])
        STATE["current"] = Session()  # here

    def test_chain():
        global CURRENT
        session = Session()  # here
        session.before, CURRENT = CURRENT, session
"""


@pytest.mark.parametrize(
    ("test", "holder"),
    [
        ("test_variable", "test_mini.RETIRED[-1]"),
        ("test_entry", "test_mini.RETIRED[-1]"),
        ("test_chain", "test_mini.CURRENT"),
    ],
)
@pytest.mark.parametrize("options", [["--gcguard-confirm=1"], []], ids=["one repeat", "two"])
def test_the_holder_is_where_what_each_run_replaces_is_kept_and_the_line_where_it_was_made(
    pytester: pytest.Pytester, test: str, holder: str, options: list[str]
) -> None:
    seen = run(pytester, RETIRES, "-k", test, *options)
    found = seen.one(test)
    assert (found["holder"], found["growth"][-1]) == (holder, 1)
    lines = RETIRES.strip().splitlines()
    place = found["made_at"][0]
    assert (place["function"], "# here" in lines[place["line"] - 1]) == (test, True)


@pytest.mark.parametrize(("place", "runs"), [("KEPT.append(Thing())", 0), ("chain(globals())", 0), ("replace(globals())", 1)])
def test_a_leak_whose_holder_can_grow_is_explained_without_a_further_run(
    pytester: pytest.Pytester, place: str, runs: int
) -> None:
    suite = f"""
        class Thing: ...

        KEPT, COUNTS, LAST = [], [], None

        def replace(names):
            if names["LAST"] is not None:
                KEPT.append(names["LAST"])
            names["LAST"] = Thing()

        def chain(names):
            thing = Thing()
            thing.before, names["LAST"] = names["LAST"], thing

        def test_it():
            COUNTS.append(1)
            {place}

        def test_after():
            assert len(COUNTS) == 1 + 1 + 16 + 1 + {runs}, "first, not cleared, those that make sure, the one that is traced"
    """
    seen = run(pytester, suite, "-p", "no:randomly")
    assert seen.outcomes == {"test_it": "failed", "test_after": "passed"}, seen.text


def test_a_cache_that_is_filling_is_no_leak_although_a_leak_of_the_same_types_was_told(pytester: pytest.Pytester) -> None:
    suite = """
        class Thing: ...

        KEPT, CACHE = [], []

        def test_leaks():
            KEPT.append([Thing(), lambda: 1])

        def test_fills():
            if len(CACHE) < 4:
                CACHE.append([])
    """
    seen = run(pytester, suite)
    assert seen.outcomes == {"test_leaks": "failed", "test_fills": "passed"}
    assert [finding["title"] for finding in seen.findings] == ["test_mini.Thing"]


def test_a_leak_of_many_types_is_recognised_however_many_of_each_there_are(pytester: pytest.Pytester) -> None:
    suite = """
        import pytest

        PARTS = [type(f"Part{number}", (), {}) for number in range(8)]
        KEPT = []
        runs = {}

        @pytest.mark.parametrize("number", range(8))
        def test_keeps(number):
            runs[number] = runs.get(number, 0) + 1
            for at, part in enumerate(PARTS):
                KEPT.append([part() for _ in range(1 + number * at)])

        def test_runs():
            # the first is run until it is sure, two more are traced, all others are run again as often as any suspect
            assert runs[0] > 4 and list(runs.values())[1:] == [4, 4, 3, 3, 3, 3, 3]
    """
    seen = run(pytester, suite)
    assert [name for name, outcome in seen.outcomes.items() if outcome != "failed"] == ["test_runs"], seen.text
    assert {(finding["title"], finding["holder"], len(finding["tests"])) for finding in seen.findings} == {
        (f"test_mini.Part{number}", f"test_mini.KEPT[{number - 8}][0]", 8) for number in range(8)
    }
    assert all(finding["made_at"] for finding in seen.findings)


def test_where_very_many_objects_leak_the_line_of_the_only_other_one_is_told(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Order: ...
        class Item: ...

        ORDERS, ITEMS = [], []

        def test_many():
            ORDERS.append(Order())
            ITEMS.extend([Item() for _ in range(1500)])
        """,
    )
    lines = {finding["title"]: {place["line"] for place in finding["made_at"]} for finding in seen.of("test_many")}
    assert lines == {"test_mini.Order": {7}, "test_mini.Item": {8}}


def test_with_one_run_only_a_leak_that_is_known_is_told_with_its_own_growth(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Order: ...
        class Item: ...

        KEPT = []

        def keep(orders, items):
            for _ in range(orders): KEPT.append(Order())
            for _ in range(items): KEPT.append(Item())

        @pytest.mark.parametrize("number", [1, 3])
        def test_keeps(number):
            keep(1, number)
        """,
        "--gcguard-trace",
        "--gcguard-confirm=0",
    )
    told = {(found["title"], test["nodeid"][-2:]): test["objects"] for found in seen.findings for test in found["tests"]}
    assert told == {
        ("test_mini.Order", "1]"): 1,
        ("test_mini.Order", "3]"): 1,
        ("test_mini.Item", "1]"): 1,
        ("test_mini.Item", "3]"): 3,
    }


@pytest.mark.parametrize("confirm", [0, 1, 2])
def test_what_only_garbage_from_before_the_test_holds_is_no_leak(pytester: pytest.Pytester, confirm: int) -> None:
    """Nor is it told of what the guard itself has made meanwhile, of the same types."""
    suite = """
        import gc, weakref

        gc.disable()  # so that the garbage is still there when the tests begin

        class Thing: ...
        class Registry: ...

        def lost():
            registry = Registry()
            registry.itself, registry.things = registry, []
            return weakref.ref(registry)

        LOST, KEPT = lost(), Registry()
        KEPT.things = []

        def test_lost():
            thing = Thing()
            LOST().things.append((thing, {thing: [thing]}, lambda: thing))

        def test_kept():
            KEPT.things.append(Thing())
    """
    seen = run(pytester, suite, f"-ogcguard_confirm={confirm}")
    assert seen.outcomes == {"test_lost": "passed", "test_kept": "failed"}
    (leak,) = (finding for finding in seen.findings if finding["kind"] == "leak")
    assert leak["holder"].startswith("test_mini.KEPT.things[")


def test_a_leak_that_other_tests_make_in_other_lines_is_known_by_who_holds_it(pytester: pytest.Pytester) -> None:
    suite = """
        class Session: ...

        KEPT, OTHERS = [], []
        runs = []

        def test_first():
            runs.append("first")
            KEPT.append(Session())

        def test_second():
            runs.append("second")
            KEPT.append(Session())

        def test_third():
            runs.append("third")
            KEPT.append(Session())

        def test_elsewhere():
            runs.append("elsewhere")
            OTHERS.append(Session())

        def test_fourth():
            runs.append("fourth")
            KEPT.append(Session())

        def test_runs():
            # the first of each holder until it is sure, and once more for its line
            assert min(runs.count("first"), runs.count("elsewhere")) > 4
            assert [runs.count(name) for name in ("second", "third", "fourth")] == [4, 3, 3]
    """
    seen = run(pytester, suite)
    assert [name for name, outcome in seen.outcomes.items() if outcome != "failed"] == ["test_runs"], seen.text
    kept, others = sorted(seen.findings, key=lambda found: -len(found["tests"]))
    assert (kept["holder"], len(kept["tests"])) == ("test_mini.KEPT[-1]", 4)
    assert (others["holder"], len(others["tests"])) == ("test_mini.OTHERS[-1]", 1)
    lines = [suite.splitlines().index(f"            {name}.append(Session())") for name in ("KEPT", "OTHERS")]
    assert [found["made_at"][0]["line"] for found in (kept, others)] == lines


def test_a_leak_of_the_same_type_that_another_holds_is_told_with_its_own_holder(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        OPEN, KEPT = [], {}

        class Session: ...

        class Pool:
            idle = []

        def connect(pool):
            pool.append(Session())

        @pytest.mark.parametrize("number", range(3))
        def test_first(number):
            OPEN.append(Session())

        def test_second():
            KEPT[len(KEPT)] = Session()

        @pytest.mark.parametrize("pool", [OPEN, Pool.idle], ids=["open", "idle"])
        def test_third(pool):
            connect(pool)

        def test_fourth():
            connect(OPEN)

        def test_fifth():
            connect(Pool.idle)
        """,
    )
    lines = seen.result.outlines
    told = {
        name: (seen.one(name)["holder"].rpartition("[")[0], "made at" in seen.failures(name))
        for name in (
            *("test_first[0]", "test_first[1]", "test_first[2]", "test_second", "test_third[open]", "test_third[idle]"),
            *("test_fourth", "test_fifth"),
        )
    }
    assert told == {
        "test_first[0]": ("test_mini.OPEN", True),
        "test_first[1]": ("test_mini.OPEN", True),
        "test_first[2]": ("test_mini.OPEN", True),
        "test_second": ("test_mini.KEPT", True),
        "test_third[open]": ("test_mini.OPEN", False),  # the line is another test's, and not looked for
        "test_third[idle]": ("test_mini.Pool.idle", True),
        "test_fourth": ("test_mini.OPEN", False),
        "test_fifth": ("test_mini.Pool.idle", True),
    }, "\n".join(lines)
    # where it is told at all it is the line of the test itself, or of what it calls
    assert "test_mini.py:17 in test_first" not in seen.failures("test_second")


def test_a_leak_that_only_its_line_makes_the_projects_is_explained_each_time(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import threading, weakref, types

        def test_first():
            types.kept_by_test = getattr(types, "kept_by_test", []) + [threading.Lock(), threading.Event()]

        def test_second():
            types.kept_by_test = getattr(types, "kept_by_test", []) + [threading.Lock(), threading.Event()]

        def test_third():
            types.kept_by_test = getattr(types, "kept_by_test", []) + [threading.Lock(), threading.Event()]
        """,
        "-v",
    )
    leaks = [found for found in seen.findings if "threading.Event" in found["types"]]
    assert {test["nodeid"].partition("::")[2] for found in leaks for test in found["tests"]} == {
        "test_first",
        "test_second",
        "test_third",
    }
    assert all(found["origin"] == "own" and found["made_at"] for found in leaks)


def test_what_was_no_leak_before_leaks_in_a_test_that_takes_long_to_trace(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import time
        from collections import deque

        class Thing: ...

        LATEST, KEPT = deque(maxlen=10_000), []

        def test_first():
            LATEST.append([1, Thing()])

        def test_second():
            LATEST.append([2, Thing()])

        def test_leaks():
            KEPT.append([3, Thing()])
            if len(KEPT) == 2:
                time.sleep(0.8)  # a repeat with a trace is expected to take some times as long
        """,
    )
    assert seen.outcomes == {"test_first": "passed", "test_second": "passed", "test_leaks": "failed"}, seen.text
    assert seen.one("test_leaks")["types"][0] == "test_mini.Thing"
    assert seen.one("test_leaks")["holder"] == "test_mini.KEPT[-1][-1]"


def test_what_was_no_leak_before_is_looked_at_without_a_trace(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import tracemalloc
        from collections import deque

        LATEST, KEPT, traced = deque(maxlen=10_000), [], {"first": 0, "second": 0, "leaks": 0}

        def test_first():
            traced["first"] += tracemalloc.is_tracing()
            LATEST.append([1])

        def test_second():
            traced["second"] += tracemalloc.is_tracing()
            LATEST.append([2])

        def test_leaks():
            traced["leaks"] += tracemalloc.is_tracing()
            KEPT.append([3])

        def test_traced():
            assert traced == {"first": 1, "second": 0, "leaks": 1}
        """,
    )
    assert seen.outcomes == {
        "test_first": "passed",
        "test_second": "passed",
        "test_leaks": "failed",
        "test_traced": "passed",
    }, seen.text
    leak = seen.one("test_leaks")
    assert (leak["holder"], leak["made_at"][0]["line"]) == ("test_mini.KEPT[-1]", 16)


OWN_INSTANCES = """
import unittest
import pytest

KEPT, SEEN = [], []

class Thing: ...

class Patch:
    OPEN = []

    def __init__(self):
        self.OPEN.append(id(self))

    def __del__(self):
        self.OPEN.remove(id(self))

class TestPlain:
    def test_leak(self):
        SEEN.append("plain" if vars(self) else "")
        self.patch = Patch()
        KEPT.append(Thing())

class TestCase(unittest.TestCase):
    def setUp(self):
        SEEN.append("case" if hasattr(self, "patch") else "")
        self.patch = Patch()

    def test_leak(self):
        KEPT.append(Thing())

def test_after():
    assert len(KEPT) > 4
    assert not Patch.OPEN
    assert not any(SEEN)
"""


def test_each_repeat_has_an_instance_of_its_own_that_ends_with_it(pytester: pytest.Pytester) -> None:
    ran = run(pytester, OWN_INSTANCES)
    assert ran.outcomes == {
        "TestPlain::test_leak": "failed",
        "TestCase::test_leak": "failed",
        "test_after": "passed",
    }, ran.text


def test_a_method_that_hypothesis_runs_is_repeated_on_another_instance(pytester: pytest.Pytester) -> None:
    ran = run(
        pytester,
        """
        import unittest
        from unittest import mock
        from hypothesis import given, settings, strategies

        class Node: ...

        KEPT = []
        some = settings(max_examples=3, database=None)

        class TestMethods:
            @some
            @given(strategies.integers())
            def test_leak(self, number):
                KEPT.append(Node())

            @mock.patch("os.getcwd")
            @some
            @given(strategies.integers())
            def test_leak_under_a_decorator(self, getcwd, number):
                KEPT.append(Node())

            @some
            @given(strategies.integers())
            def test_clean(self, number):
                assert Node()

            @some
            @given(strategies.integers())
            def test_bounded(self, number):
                KEPT[:] = [Node()]

        class TestCase(unittest.TestCase):
            @some
            @given(strategies.integers())
            def test_leak_of_unittest(self, number):
                KEPT.append(Node())
        """,
    )
    failed = {name for name, outcome in ran.outcomes.items() if outcome != "passed"}
    leaks = ("TestMethods::test_leak", "TestMethods::test_leak_under_a_decorator", "TestCase::test_leak_of_unittest")
    assert failed == set(leaks), ran.text
    assert len(ran.outcomes) == 5
    for name in leaks:
        assert [each["growth"] for each in ran.of(name) if each["rule"] == "GCG003"] == [[3, 3, 3]]


CURSORS = """
import sqlite3, weakref
import pytest

class Connection(sqlite3.Connection): ...
class Query: ...

DB = sqlite3.connect(":memory:")
MADE = sqlite3.connect(":memory:", factory=Connection)
MADE.seen = []

@pytest.mark.parametrize("number", range(3))
def test_query(number):
    assert DB.execute("select ?", (number,)).fetchone() == (number,)
    assert MADE.cursor().execute("select ?", (number,)).fetchone() == (number,)

def test_open_cursors():
    cursors = [DB.cursor() for _ in range(30)]
    assert len(cursors) == 30

def test_leak():
    MADE.seen.append(Query())

def test_leak_of_a_cursor(kept=[]):
    kept.append(DB.execute("select 1"))
"""


def test_the_cursors_that_a_connection_to_sqlite_remembers_are_no_leak(pytester: pytest.Pytester) -> None:
    ran = run(pytester, CURSORS)
    assert {name for name, outcome in ran.outcomes.items() if outcome != "passed"} == {"test_leak", "test_leak_of_a_cursor"}
    assert {each["types"][0] for each in ran.findings} == {"test_mini.Query", "sqlite3.Cursor"}, ran.text


def test_what_the_guard_has_of_a_repeat_is_no_part_of_a_leaked_frame(pytester: pytest.Pytester) -> None:
    source = """
        import sys
        KEPT = []

        def test_frame():
            KEPT.append(sys._getframe())
    """
    types = run(pytester, source).one("test_frame")["types"]
    assert types[0] == "frame"
    assert not [name for name in types if name.startswith("pytest_gcguard.")]


REPLACED = """
    import collections
    import gc
    import warnings
    import pytest

    class Session: ...

    class State: ...

    class Nested: ...

    class Nursery:
        def __del__(self):
            SAVED.append(Session())

    STATE, CACHE, SAVED, KEPT = State(), {}, [], []
    runs = collections.Counter()

    @pytest.fixture(autouse=True)
    def state(request):
        runs[request.node.name] += 1
        STATE.session, STATE.entries = Session(), []

    def test_first_use_of_all():
        CACHE["first"] = [State()]

    def test_replaces():
        STATE.session = Session()

    def test_replaces_again():
        STATE.entries = [[Session()]]

    def test_replaces_a_closure():
        session = Session()
        CACHE["handler"] = lambda: session

    def test_replaces_and_collects():
        STATE.session = Session()
        gc.collect()

    def test_warns():
        warnings.warn("C code remembers the filters that it has asked")

    def test_makes_for_good():
        CACHE.setdefault("once", State())

    def test_leak_at_the_address_of_what_was_made_once():
        if runs["test_leak_at_the_address_of_what_was_made_once"] == 1:
            CACHE["nested"] = Nested()
        else:
            CACHE.pop("nested", None)
        KEPT.append(Nested())
        gc.collect()

    def test_leak():
        KEPT.append(Session())

    def test_leak_of_what_was_replaced():
        KEPT.append(STATE.session)
        STATE.session = Session()

    def test_leak_in_a_chain():
        session = Session()
        session.before, CACHE["last"] = CACHE.get("last"), session

    def test_leak_beside_what_is_made_once():
        if runs["test_leak_beside_what_is_made_once"] == 1:
            CACHE["once"] = Session()
        else:
            CACHE.pop("once", None)
        KEPT.append(Session())

    def test_leak_of_a_finalizer():
        nursery = Nursery()
        nursery.me = nursery

    def test_leak_of_a_test_that_collects():
        KEPT.append(Session())
        gc.collect()

    def test_runs():
        names = ("test_replaces", "test_replaces_again", "test_replaces_a_closure", "test_warns", "test_makes_for_good")
        assert [runs[name] for name in (*names, "test_replaces_and_collects")] == [2, 2, 2, 2, 2, 2], "one repeat is enough"
"""


def test_a_test_that_replaces_state_is_cleared_by_one_repeat_and_one_that_leaks_is_not(pytester: pytest.Pytester) -> None:
    seen = run(pytester, REPLACED, "-p", "no:randomly")
    leaking = {name for name in seen.outcomes if "_leak" in name}
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == leaking, seen.text
    assert len(leaking) == 7


SLOW = """
    import logging
    import tracemalloc

    class Session: ...

    KEPT, traced = [], {"own": [], "line": []}

    def test_leak():
        traced["own"].append(tracemalloc.is_tracing())
        KEPT.append(Session())

    def test_leak_that_only_its_line_makes_the_projects():
        traced["line"].append(tracemalloc.is_tracing())
        logging.getLogger("slow").filters.append(logging.Filter())

    def test_runs():
        assert {name: any(runs) for name, runs in traced.items()} == {"own": False, "line": True}
"""


def test_a_test_that_would_take_long_to_trace_is_traced_only_where_the_lines_say_whose_a_leak_is(
    pytester: pytest.Pytester,
) -> None:
    slow = "from pytest_gcguard.session.repeating import tracer\n\ntracer._DEAR = 0.0"
    seen = run(pytester, SLOW, "-p", "no:randomly", conftest=slow)
    assert [name for name, outcome in seen.outcomes.items() if outcome != "failed"] == ["test_runs"], seen.text
    places = {found["holder"]: [place["line"] for place in found["made_at"]] for found in seen.findings}
    line = SLOW.splitlines().index('        logging.getLogger("slow").filters.append(logging.Filter())')
    assert places["test_mini.KEPT[-1]"] == [], "told by its holder and its type alone"
    assert [lines[0] for lines in places.values() if lines] == [line], places


DEEP = """
    import tracemalloc
    import deep

    class Session: ...

    KEPT, limits = [], {"near": [], "far": []}

    def trace(name):
        if tracemalloc.is_tracing():
            limits[name].append(tracemalloc.get_traceback_limit())

    def test_near():
        trace("near")
        KEPT.append(Session())

    def test_far():
        trace("far")
        KEPT.append(deep.made(15))

    def test_runs():
        assert limits["near"] == limits["far"][:1]
        assert [limits["near"][0] < limit for limit in limits["far"]] == [False, True]
"""


def test_more_lines_are_traced_only_where_the_first_ones_have_none_of_the_project(pytester: pytest.Pytester) -> None:
    library = "class Part: ...\n\ndef made(depth):\n    return made(depth - 1) if depth else Part()\n"
    folder = pytester.mkdir("site-packages")
    (folder / "deep.py").write_text(library, encoding="utf-8")
    conftest = f"""
        import sys
        sys.path.insert(0, {str(folder)!r})
        from pytest_gcguard.session.repeating import tracer

        tracer._DEPTHS, tracer._SHORT = ((60.0, 10),), 60.0  # however slow this machine is
    """
    seen = run(pytester, DEEP, "-p", "no:randomly", conftest=conftest)
    assert seen.outcomes == {"test_near": "failed", "test_far": "failed", "test_runs": "passed"}, seen.text
    made_at = seen.one("test_far")["made_at"]
    line = DEEP.splitlines().index("        KEPT.append(deep.made(15))")
    assert (made_at[0]["file"], made_at[0]["line"]) == ("test_mini.py", line)


ENTRY = """
import logging, time

class Server: ...

logging.statistics, HANDLERS = {}, {}

def test_server():
    time.sleep(0.13)  # so that two repeats have to do
    server = Server()
    logging.statistics[f"server {id(server)}"] = server
    HANDLERS["timeout"] = lambda: server
"""


def test_what_each_run_replaces_in_a_dictionary_is_no_leak_beside_the_one_that_nobody_traced(
    pytester: pytest.Pytester,
) -> None:
    slow = "from pytest_gcguard.session.repeating import tracer\n\ntracer._DEAR = 0.0"
    assert run(pytester, ENTRY, conftest=slow).one("test_server")["holder"] == "logging.statistics['server #']"


SETTLES = """
import itertools, time
import pytest

class Thing: ...

BATCH, KEPT = [], []
RUNS = itertools.count(3)

@pytest.fixture
def runs():
    yield next(RUNS)
    time.sleep(0.3)  # so long that no more repeats are made than are needed

def test_a_batch_that_settles(runs):
    BATCH[:] = [Thing() for _ in range(min(runs, 6))]

def test_leak_beside_a_batch(runs):
    BATCH[:] = [Thing() for _ in range(6)]
    KEPT.append(Thing())
"""


def test_a_slow_test_that_replaces_more_each_time_until_it_settles_leaks_nothing(pytester: pytest.Pytester) -> None:
    ran = run(pytester, SETTLES)
    assert ran.outcomes == {"test_a_batch_that_settles": "passed", "test_leak_beside_a_batch": "failed"}, ran.text
    assert ran.one("test_leak_beside_a_batch")["holder"].startswith("test_mini.KEPT[")


BY_TURNS = """
import itertools, time

class Connection: ...

TURNS = itertools.count()
POOL = [None] * 4
KEPT = []

def test_takes_the_next_of_a_pool():
    POOL[next(TURNS) % 4] = Connection()
    time.sleep(0.26)

def test_leak_beside_a_pool():
    POOL[next(TURNS) % 2] = Connection()
    KEPT.append(Connection())
    time.sleep(0.51)  # so long that no line is looked for
"""
PATIENT_WITH_SLOW_TESTS = """
from pytest_gcguard.session.repeating import repeats

repeats._SLOW_SECONDS = 60.0
repeats._PATIENCE = {patience}
"""


def test_what_a_slow_test_puts_in_places_by_turns_is_no_leak(pytester: pytest.Pytester) -> None:
    ran = run(pytester, BY_TURNS, "-p", "no:randomly", conftest=PATIENT_WITH_SLOW_TESTS.format(patience=60))
    assert ran.outcomes == {"test_takes_the_next_of_a_pool": "passed", "test_leak_beside_a_pool": "failed"}, ran.text
    assert ran.one("test_leak_beside_a_pool")["holder"].startswith("test_mini.KEPT[")


@pytest.mark.parametrize(("patience", "runs"), [(60, 11), (0, 5)])
def test_slow_tests_are_repeated_more_than_needed_as_long_as_there_is_patience(
    pytester: pytest.Pytester, patience: int, runs: int
) -> None:
    """One run, one that may clear it, eight that make sure or two that have to do, and one for the line."""
    source = """
        import time

        KEPT = []

        def test_leak():
            KEPT.append([object()])
            time.sleep(0.26)

        def test_runs():
            assert len(KEPT) == RUNS
        """
    conftest = PATIENT_WITH_SLOW_TESTS.format(patience=patience)
    ran = run(pytester, source.replace("RUNS", str(runs)), "-p", "no:randomly", conftest=conftest)
    assert ran.outcomes == {"test_leak": "failed", "test_runs": "passed"}, ran.text


def test_a_doctest_is_repeated_with_the_names_that_it_began_with(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        '''
        KEPT = []

        class Node: ...

        def leak():
            """
            >>> count = len(KEPT)
            >>> KEPT.append(Node())
            >>> len(KEPT) - count
            1
            """

        def clean(runs=[]):
            """
            >>> node = Node()
            >>> clean.__defaults__[0].append(1)
            >>> "count" in globals()
            False
            """
        ''',
        "--doctest-modules",
    )
    assert seen.outcomes == {"test_mini.leak": "failed", "test_mini.clean": "passed"}
    leak = seen.one("test_mini.leak")
    assert (leak["holder"], leak["growth"], leak["notes"]) == ("test_mini.KEPT[-1]", [1, 1, 1], [])
    assert seen.of("test_mini.clean") == []


def test_of_a_leak_of_several_tests_the_one_with_its_line_is_shown(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        OPEN = []

        class Session: ...

        def test_second():
            OPEN.append(Session())

        @pytest.mark.parametrize("number", range(2))
        def test_third(number):
            OPEN.append(Session())

        def test_first():
            OPEN.append(Session())

        @pytest.mark.gcguard(confirm=0)
        def test_at_once():
            OPEN.append(Session())
        """,
    )
    leak = seen.one("test_first")
    assert leak["tests"][0]["nodeid"] == "test_mini.py::test_at_once"
    assert (leak["made_at"][0]["function"], leak["growth"]) == ("test_second", [1, 1, 1])
    assert "made at  test_mini.py:8 in test_second" in seen.text.partition("= gcguard =")[2]


DECORATED = """
import functools, unittest

class Call: ...

class recorded:
    def __init__(self):
        self.calls = []

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **named):
            self.calls.append(Call())
            return function(*args, **named)
        return wrapper

@recorded()
def test_decorated(): ...

class TestMethod:
    @recorded()
    def test_decorated(self): ...

class TestInherited(TestMethod): ...

class TestCase(unittest.TestCase):
    @recorded()
    def test_decorated(self): ...

@recorded()
def helper(): ...

def test_calls_what_is_decorated():
    helper()
"""


def test_what_a_decorator_of_a_test_keeps_grows_by_its_repeats_only(pytester: pytest.Pytester) -> None:
    seen = run(pytester, DECORATED)
    failed = [name for name, outcome in seen.outcomes.items() if outcome != "passed"]
    assert failed == ["test_calls_what_is_decorated"], seen.text
    assert len(seen.outcomes) == 5
    assert seen.one("test_calls_what_is_decorated")["holder"].startswith("test_mini.helper.<closure self>.calls[")
