"""What arrays and dates hold: the collector does not see it, so it looks as if C code did."""

from __future__ import annotations

import pytest
from mini import run

_DATES = """
    import datetime
    import functools
    import itertools

    NUMBERS = itertools.count()

    class Zone(datetime.tzinfo):
        def utcoffset(self, moment):
            return datetime.timedelta(0)

    class Event:
        def __init__(self):
            self.times = {"begin": (datetime.datetime(2020, 1, 1, tzinfo=Zone()),)}

    @functools.lru_cache(maxsize=10_000)
    def date(number):
        return datetime.time(tzinfo=Zone())

    @functools.lru_cache(maxsize=10_000)
    def event(number):
        return Event()

    def test_in_a_cache():
        date(next(NUMBERS))

    def test_deep_in_a_cache():
        event(next(NUMBERS))

    KEPT = []

    def test_kept():
        KEPT.append(datetime.datetime(2020, 1, 1, tzinfo=Zone()))

    EVENTS = []

    def test_deep():
        EVENTS.append(Event())
"""


def test_what_dates_hold_is_held_where_these_are(pytester: pytest.Pytester) -> None:
    seen = run(pytester, _DATES)
    assert seen.outcomes == {
        "test_in_a_cache": "passed",
        "test_deep_in_a_cache": "passed",
        "test_kept": "failed",
        "test_deep": "failed",
    }
    assert (seen.one("test_kept")["types"][0], seen.one("test_kept")["holder"]) == (
        "test_mini.Zone",
        "test_mini.KEPT[-1].tzinfo",
    )
    assert seen.one("test_deep")["holder"].startswith("test_mini.EVENTS[")


def test_what_arrays_hold_is_held_where_these_are(pytester: pytest.Pytester) -> None:
    pytest.importorskip("numpy", reason="numpy is not installed")
    seen = run(
        pytester,
        """
        import functools
        import itertools

        import numpy

        NUMBERS = itertools.count()

        class Cell: ...

        class Table:
            def __init__(self):
                self.rows = {"first": (numpy.array([[Cell()]], dtype=object)[0:1],)}

        @functools.lru_cache(maxsize=10_000)
        def cells(number):
            return numpy.array([Cell(), [number]], dtype=object)

        @functools.lru_cache(maxsize=10_000)
        def table(number):
            return Table()

        def test_in_a_cache():
            cells(next(NUMBERS))

        def test_deep_in_a_cache():
            table(next(NUMBERS))

        KEPT = []

        def test_kept():
            KEPT.append(numpy.array([1, Cell()], dtype=object))

        VIEWS = []

        def test_kept_by_a_view():
            VIEWS.append(numpy.array([[Cell()], [Cell()]], dtype=object)[:, 0:1])
        """,
    )
    assert [name for name, outcome in seen.outcomes.items() if outcome == "failed"] == ["test_kept", "test_kept_by_a_view"]
    assert seen.one("test_kept")["holder"] == "test_mini.KEPT[-1][1]"
    assert seen.one("test_kept_by_a_view")["holder"] == "test_mini.VIEWS[-1]<member>"
