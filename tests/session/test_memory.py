"""Memory that gc does not track: found line by line where it grows in every repeat, and only where it is asked for."""

from __future__ import annotations

import pytest
from mini import run

SUITE = """
    import ctypes
    import itertools
    import re
    import sys

    import pytest

    BLOBS = []
    KEYS = {}
    LAST = {}
    NUMBER = itertools.count()

    class Cache:
        pages = {}

    class Counter:
        def __init__(self, number):
            self.number = number

    # small numbers are shared, up to 256 or 1024: in each run another counter leaves them behind
    COUNTERS = [Counter(most - number) for most in (256, 1024) for number in range(60)]
    NUMBERS = []
    keep_for_good = ctypes.pythonapi.Py_IncRef
    keep_for_good.argtypes = [ctypes.py_object]

    def remember(text):
        BLOBS.append(text.encode() * 100)

    def test_bytes():
        remember("hello")

    def test_large_bytes():
        BLOBS.append(bytes(1_000_000))

    def test_keys():
        KEYS[f"key{next(NUMBER)}"] = 1

    def test_class_attribute():
        Cache.pages[next(NUMBER)] = "x" * (1000 + next(NUMBER) % 2)

    def test_interned():
        sys.intern(f"name{next(NUMBER)}")

    def test_code():
        exec(compile(f"a_{next(NUMBER)} = 1", "<made>", "exec"), {})

    def test_counters():
        for counter in COUNTERS:
            counter.number += 1

    def test_numbers():
        NUMBERS.append(10_000 + next(NUMBER))

    def test_replaced():
        LAST["page"] = "y" * (1000 + next(NUMBER) % 7)

    def test_only_number_of_a_line_that_keeps_what_nobody_holds():
        LAST["number"] = 10_000 + next(NUMBER) + (keep_for_good("z" * (1000 + next(NUMBER))) or 0)

    def test_freed():
        pages = [bytes(10_000) for _ in range(100)]
        numbers = [float(number) for number in range(1_000)]

    def test_pattern():
        assert re.compile(f"a{next(NUMBER)}").match("b") is None

    def test_tracked():
        BLOBS.append([bytes(1000)])

    @pytest.mark.gcguard(memory=False)
    def test_not_asked_for():
        BLOBS.append(bytes(1000))

    @pytest.mark.gcguard(fail_on="memory")
    def test_to_fail():
        remember("ho")
"""


QUIET = (
    *("test_interned", "test_code", "test_counters", "test_replaced", "test_freed", "test_pattern", "test_not_asked_for"),
    "test_only_number_of_a_line_that_keeps_what_nobody_holds",
)


def test_lines_that_keep_more_each_time_are_found_with_type_place_and_holder(pytester: pytest.Pytester) -> None:
    seen = run(pytester, SUITE, "--gcguard-memory")
    told = {
        name: (found["types"], found["holder"].partition("[")[0], found["made_at"][0]["function"])
        for name in ("test_bytes", "test_large_bytes", "test_keys", "test_class_attribute", "test_numbers")
        for found in [seen.one(name)]
    }
    assert told == {
        "test_bytes": (["bytes"], "test_mini.BLOBS", "remember"),
        "test_large_bytes": (["bytes"], "test_mini.BLOBS", "test_large_bytes"),
        "test_keys": (["str"], "test_mini.KEYS<key str>", "test_keys"),
        "test_class_attribute": (["str"], "test_mini.Cache.pages", "test_class_attribute"),
        "test_numbers": (["int"], "test_mini.NUMBERS", "test_numbers"),
    }
    assert seen.told("test_bytes") == [("GCG004", "own", "reported")]
    large = seen.one("test_large_bytes")
    assert len(large["growth"]) == 3
    assert min(large["growth"]) >= 1_000_000
    assert "GCG004 memory  bytes made in test_large_bytes  +1.0 MB a run (+1.0 MB +1.0 MB +1.0 MB)" in seen.text
    # what is no growth of the project's is not told
    assert {name: own for name in QUIET if (own := [each for each in seen.of(name) if each["origin"] == "own"])} == {}
    # what gc tracks is a leak, and is not told twice
    assert [(each["title"], each["origin"]) for each in seen.of("test_tracked")] == [("list", "own")]
    # memory fails a test only where it is to
    assert seen.told("test_to_fail") == [("GCG004", "own", "failed")]
    assert {name for name, outcome in seen.outcomes.items() if outcome == "failed"} == {"test_tracked", "test_to_fail"}
    assert "GCG004 memory: bytes made in remember" in seen.failures("test_to_fail")


def test_nothing_is_looked_for_unless_it_is_asked_for(pytester: pytest.Pytester) -> None:
    plain = run(pytester, SUITE.replace('@pytest.mark.gcguard(fail_on="memory")', ""))
    assert [found["rule"] for found in plain.findings if found["origin"] == "own"] == ["GCG003"]


@pytest.mark.parametrize("options", [["--gcguard-fail-on=memory"], ["-o", "gcguard_fail_on=leak,memory"]], ids=" ".join)
def test_it_is_looked_for_where_it_is_to_fail_each_test(pytester: pytest.Pytester, options: list[str]) -> None:
    seen = run(
        pytester,
        """
        BLOBS = []

        def test_keeps():
            BLOBS.append(bytes(100_000))
        """,
        *options,
    )
    assert seen.told("test_keeps") == [("GCG004", "own", "failed")]


CACHES = """
    import collections
    import functools
    import itertools

    NUMBER = itertools.count()
    HISTORY = collections.deque(maxlen=500)
    PAGES = {}
    KEPT = []

    def page():
        return f"page {next(NUMBER)} " * 10

    @functools.lru_cache(maxsize=500)
    def render(text):
        return text.upper()

    class Recent:
        def __init__(self):
            self.max_entries = 500
            self.names = {}

    RECENT = Recent()

    def test_lru_cache():
        render(page())

    def test_deque():
        HISTORY.append(page())

    def test_dictionary_that_its_module_cuts():
        PAGES[page()] = page()
        if len(PAGES) > 500:
            PAGES.clear()

    def test_dictionary_of_an_owner_with_a_limit():
        RECENT.names[page()] = page()

    def test_one_line_for_a_cache_and_for_a_list():
        render(page())
        KEPT.append(page())
"""


def test_what_only_a_cache_with_a_limit_holds_is_not_told(pytester: pytest.Pytester) -> None:
    seen = run(pytester, CACHES, "--gcguard-memory")
    (found,) = seen.findings
    assert [test["nodeid"] for test in found["tests"]] == ["test_mini.py::test_one_line_for_a_cache_and_for_a_list"]
    assert found["holder"].startswith("test_mini.KEPT[")
    assert found["made_at"][0]["function"] == "page"
