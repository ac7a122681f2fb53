"""A test that collects by itself and counts the objects that there are counts none of the guard's."""

from __future__ import annotations

import pytest
from mini import run

MADE = """
    import gc
    import pytest

    class Node:
        def __init__(self):
            self.me = self

    class Parent:
        def __init__(self):
            self.children = [Child(self)]

    class Child:
        def __init__(self, parent):
            self.parent = parent

    def make(kind, number=100):
        for _ in range(number):
            kind()
"""


@pytest.mark.parametrize("freeze", [True, False])
def test_a_test_that_counts_after_its_own_collections_counts_nothing_of_the_guard(
    pytester: pytest.Pytester, freeze: bool
) -> None:
    seen = run(
        pytester,
        MADE
        + f"""
    @pytest.mark.gcguard(freeze={freeze})
    def test_counts():
        make(Node)
        gc.collect()
        before = len(gc.get_objects())
        for _ in range(10):
            make(Node)
            gc.collect()
        assert len(gc.get_objects()) - before < 5

    @pytest.mark.gcguard(freeze={freeze})
    def test_counts_what_is_local():
        class Local:
            pass

        def make_local():
            for _ in range(100):
                node = Local()
                node.me = node

        make_local()
        gc.collect()
        before = len(gc.get_objects())
        make_local()
        gc.collect()
        assert len(gc.get_objects()) - before < 10
    """,
    )
    assert seen.outcomes == {"test_counts": "passed", "test_counts_what_is_local": "passed"}, seen.text
    assert (seen.one("test_counts")["objects"], seen.one("test_counts_what_is_local")["objects"]) == (1100, 200)


def test_so_does_one_that_meets_a_new_kind_of_cycle_meanwhile(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        MADE
        + """
    def test_counts():
        make(Node)
        gc.collect()
        gc.collect()  # what the first import leaves
        before = len(gc.get_objects())
        make(Parent)
        gc.collect()
        assert len(gc.get_objects()) - before < 2
    """,
    )
    assert seen.outcomes == {"test_counts": "passed"}, seen.text
    told = {found["types"][0]: found["objects"] for found in seen.of("test_counts")}
    assert told == {"test_mini.Node": 100, "test_mini.Parent": 300}


COUNTS = {
    "module": """
        import gc
        import helper

        def test_counts():
            before = len(gc.get_objects())
            helper.make()
            gc.collect()
            assert len(gc.get_objects()) - before < 10
        """,
    "function": """
        import helper

        class TestCounts:
            def test_counts(self):
                import gc
                before = len(gc.get_objects())
                helper.make()
                gc.collect()
                assert len(gc.get_objects()) - before < 10
        """,
    "fixture": """
        import helper

        def test_counts(no_more_objects):
            helper.make()
        """,
}


@pytest.mark.parametrize("by", COUNTS)
def test_so_does_one_that_counts_before_the_first_collection(pytester: pytest.Pytester, by: str) -> None:
    pytester.makepyfile(
        helper="""
        class Node:
            def __init__(self):
                self.me = self

        def make():
            for _ in range(100):
                Node()
        """
    )
    seen = run(
        pytester,
        COUNTS[by],
        conftest="""
        import gc
        import sys
        import pytest

        PYTESTS = 10 if sys.version_info < (3, 15) else 15  # plain pytest makes 7 to 9, and 12

        @pytest.fixture
        def no_more_objects():
            before = len(gc.get_objects())
            yield
            gc.collect()
            assert len(gc.get_objects()) - before < PYTESTS
        """,
    )
    assert list(seen.outcomes.values()) == ["passed"], seen.text
    (found,) = seen.findings
    assert (found["types"], found["objects"], found["notes"]) == (["helper.Node"], 100, ["the test collected it itself"])


def test_one_that_does_not_know_gc_is_made_to_wait_for_nothing(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import sys

        def look_is_imported():
            return "pytest_gcguard.session.inspection" in sys.modules

        def test_counts_nothing(monkeypatch, capsys):
            assert not look_is_imported()

        def test_may_count(monkeypatch):
            import gc
            assert look_is_imported()
        """,
    )
    assert seen.outcomes == {"test_counts_nothing": "passed", "test_may_count": "passed"}, seen.text


def test_what_is_told_of_cycles_that_a_test_collects_are_their_sums(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        MADE
        + """
    def test_collects():
        make(Parent, 3)
        gc.collect()
        for size in (1, 1, 2):
            make(Node, 1)
            parent = Parent()
            parent.rest = [object() for _ in range(3)], [[] for _ in range(size)]
            del parent
            gc.collect()
        make(Parent, 4)
    """,
        "-s",
        conftest="""
    def pytest_gcguard_finding(finding):
        print("COUNT", finding.types[0], finding.count)
    """,
    )
    first, second = seen.of("test_collects")
    assert (first["types"], first["objects"]) == (["test_mini.Parent", "test_mini.Child"], 30)
    assert first["retained"] == 3 * 3 + 1 + 1 + 2  # a tuple and two lists each, and what the second list has
    assert (second["types"], second["objects"], second["retained"]) == (["test_mini.Node"], 3, 0)
    assert first["notes"] == second["notes"] == ["the test collected it itself"]
    assert "COUNT test_mini.Parent 10" in seen.text
    assert "COUNT test_mini.Node 3" in seen.text


def test_a_fault_in_what_is_made_before_such_a_test_is_told_and_fails_nothing(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        MADE
        + """
    def test_collects():
        make(Node)
        gc.collect()
    """,
        conftest="""
    from pytest_gcguard.core import watch

    def broken(lens):
        raise ZeroDivisionError("broken on purpose")

    watch.rehearse = broken
    """,
    )
    assert seen.outcomes == {"test_collects": "passed"}
    assert seen.text.count("broken on purpose") == 1, seen.text
    assert seen.one("test_collects")["objects"] == 100
