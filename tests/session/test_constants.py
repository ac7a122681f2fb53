"""Constants of code, which the collector follows while it does not see the code."""

from __future__ import annotations

import pytest
from mini import run

_CACHED = """
    import functools
    import itertools
    from collections import Counter

    import pytest

    RUNS = Counter()
    NUMBERS = itertools.count()

    @functools.lru_cache(maxsize=10_000)
    def function(number):
        names = {}
        exec("def is_known(x): return x in {1, 2} or x[1:2]", names)
        return names["is_known"]

    @functools.lru_cache(maxsize=10_000)
    def code(number):
        return compile("x in {1, 2}", "<made>", "eval")

    @pytest.mark.parametrize("make", [function, code])
    @pytest.mark.parametrize("at", range(4))
    def test_makes(make, at):
        RUNS[make.__name__, at] += 1
        make(next(NUMBERS))

    def test_runs():
        assert [RUNS["function", at] for at in (1, 2, 3)] == [2, 2, 2]  # known to be in a cache
        assert [RUNS["code", at] for at in (1, 2, 3)] == [4, 4, 4]  # looked at as soon as that may clear them
"""


def test_what_is_in_a_cache_with_a_limit_leaks_no_constants(pytester: pytest.Pytester) -> None:
    seen = run(pytester, _CACHED)
    assert set(seen.outcomes.values()) == {"passed"}
    assert seen.findings == []


def test_constants_are_told_by_the_function_that_has_them(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        from dataclasses import dataclass

        KEPT = []

        def test_keeps_a_function():
            names = {}
            exec("def is_known(x): return x in {1, 2}", names)
            KEPT.append(names["is_known"])

        def test_keeps_a_class():
            @dataclass(frozen=True)
            class Point:
                x: int

            KEPT.append(Point)
        """,
    )
    assert seen.one("test_keeps_a_function")["title"] == "function is_known"
    assert seen.one("test_keeps_a_class")["title"] == "class test_mini.test_keeps_a_class.<locals>.Point"


def test_a_tuple_like_them_is_told_where_something_else_holds_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        KEPT = []

        def test_keeps():
            KEPT.append((None, frozenset({len(KEPT)})))
        """,
    )
    found = seen.one("test_keeps")
    assert (found["title"], found["holder"]) == ("tuple", "test_mini.KEPT[-1]")


def test_no_class_is_asked_for_its_hash(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Unhashable(type):
            __hash__ = None

        class Item(metaclass=Unhashable): ...

        KEPT = []

        def test_keeps():
            KEPT.append((Item(),))
        """,
    )
    assert "the guard itself failed" not in seen.text
    assert seen.one("test_keeps")["types"][0] == "test_mini.Item"
