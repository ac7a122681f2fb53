"""The fixtures, and the same context managers outside of pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mini import run


def test_blocks_of_a_test_can_be_watched(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest
        from pytest_gcguard import LeakError

        class Node: ...

        class Other: ...

        KEEP = []

        def cycle():
            a = Node()
            a.me = a

        def test_no_cycles(gcguard):
            with gcguard.no_cycles():
                Node()
            with pytest.raises(LeakError, match="GCG002 cycle: test_mini.Node") as caught:
                with gcguard.no_cycles():
                    cycle()
            assert [finding.types for finding in caught.value.findings] == [("test_mini.Node",)]
            with gcguard.no_cycles(max=1):
                cycle()

        def test_no_cycles_fails(gcguard):
            with gcguard.no_cycles():
                cycle()

        def test_an_error_in_the_block_stays(gcguard):
            with pytest.raises(ZeroDivisionError):
                with gcguard.no_cycles():
                    cycle()
                    1 / 0

        def test_no_leaks(gcguard):
            with gcguard.no_leaks(Node):
                node = Node()
                KEEP.append(Other())
                del node
            with pytest.raises(LeakError, match="1 test_mini.Node alive"):
                with gcguard.no_leaks("test_mini.Node"):
                    kept = Node()
            with pytest.raises(LeakError, match="test_mini.Other"):
                with gcguard.no_leaks():
                    other = Other()
            KEEP.clear()

        Alias = Node

        def test_a_class_by_another_name(gcguard):
            node = Node()
            assert gcguard.count("test_mini.Alias") == gcguard.count(Node) > 0
            with pytest.raises(LeakError, match="1 test_mini.Node alive"):
                with gcguard.no_leaks("test_mini.Alias"):
                    kept = Node()

        def test_collect(gcguard):
            cycle()
            node = Node()
            seen = gcguard.collect()
            assert [cycle.types for cycle in seen.cycles] == [("test_mini.Node",)]
            assert seen.left["test_mini.Node"] == 1
            assert gcguard.collect().cycles == ()

        OLD = [Node(), Node()]

        def test_count(gcguard):
            assert gcguard.count(Node) == gcguard.count("test_mini.Node") == 2
            node = Node()
            assert gcguard.count(Node) == 3
            del node
            assert gcguard.count(Node) == 2

        def test_count_still_sees_cycles(gcguard):
            gcguard.count(Node)
            cycle()

        def test_after():
            pass
        """,
        guard=False,
    )
    assert {name for name, outcome in seen.outcomes.items() if outcome != "passed"} == {"test_no_cycles_fails"}, seen.text
    assert len(seen.outcomes) == 9
    assert "LeakError: GCG002 cycle: test_mini.Node → .me" in seen.failures("test_no_cycles_fails")
    assert "FAILED test_mini.py::test_no_cycles_fails - pytest_gcguard.LeakError: GCG002 cycle" in seen.text


def test_the_fixture_leaves_the_guarding_of_its_test_as_it_is(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        KEEP = []

        def test_counts_and_leaks(gcguard):
            gcguard.count(Node)
            KEEP.append(Node())

        def test_collects_and_leaves_a_cycle(gcguard):
            gcguard.collect()
            a = Node()
            a.me = a

        def test_clean(gcguard):
            gcguard.count(Node)
            gcguard.collect()
        """,
        "--gcguard-fail-on=cycle,leak",
    )
    assert seen.outcomes == {
        "test_counts_and_leaks": "failed",
        "test_collects_and_leaves_a_cycle": "failed",
        "test_clean": "passed",
    }
    assert seen.told("test_collects_and_leaves_a_cycle") == [("GCG002", "own", "failed")]
    assert seen.told("test_counts_and_leaks") == [("GCG003", "own", "failed")]


def test_an_object_that_is_expected_to_be_freed_is_freed_without_the_collector(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        KEEP = {}

        def test_freed(gcguard):
            node = Node()
            gcguard.expect_freed(node)

        def test_in_a_cycle(gcguard):
            node = Node()
            node.me = node
            gcguard.expect_freed(node)

        def test_held(gcguard):
            KEEP["node"] = Node()
            gcguard.expect_freed(KEEP["node"])

        def test_two_are_held(gcguard):
            KEEP["a"], KEEP["b"] = Node(), Node()
            gcguard.expect_freed(KEEP["a"])
            gcguard.expect_freed(KEEP["b"])

        @pytest.fixture
        def clears():
            yield
            KEEP.clear()

        def test_freed_by_a_fixture(clears, gcguard):
            KEEP["node"] = Node()
            gcguard.expect_freed(KEEP["node"])

        def test_not_weakly_referable(gcguard):
            with pytest.raises(TypeError, match="gcguard.expect_freed: int cannot be referred to weakly"):
                gcguard.expect_freed(3)

        @pytest.mark.xfail(strict=True)
        def test_expected(gcguard):
            KEEP["node"] = Node()
            gcguard.expect_freed(KEEP["node"])

        def test_fails_by_itself(gcguard):
            KEEP["node"] = Node()
            gcguard.expect_freed(KEEP["node"])
            assert KEEP is None
        """,
        guard=False,
    )
    assert seen.outcomes == {
        "test_freed": "passed",
        "test_in_a_cycle": "failed",
        "test_held": "failed",
        "test_two_are_held": "failed",
        "test_freed_by_a_fixture": "passed",
        "test_not_weakly_referable": "passed",
        "test_expected": "xfail",
        "test_fails_by_itself": "failed",
    }
    expected = "gcguard: test_mini.Node was expected to be freed by the end of the test: "
    assert expected + "only the garbage collector freed it" in seen.failures("test_in_a_cycle")
    assert expected + "held by test_mini.KEEP['node']" in seen.failures("test_held")
    assert seen.failures("test_two_are_held").count(expected) == 2
    assert expected not in seen.failures("test_fails_by_itself")


def test_an_expectation_is_checked_under_the_option_too(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        class Node: ...

        KEEP = []

        def test_freed(gcguard):
            for _ in range(3):
                node = Node()
                gcguard.expect_freed(node)

        @pytest.fixture
        def made(gcguard):
            node = Node()
            gcguard.expect_freed(node)
            yield node

        @pytest.mark.no_leaks
        def test_freed_of_a_fixture(made): ...

        def test_freed_beside_a_leak(gcguard):
            KEEP.append([])
            gcguard.expect_freed(Node())

        def test_held(gcguard):
            KEEP.append(Node())
            gcguard.expect_freed(KEEP[-1])

        def test_in_a_cycle(gcguard):
            node = Node()
            node.me = node
            gcguard.expect_freed(node)

        def test_after():
            a = Node()
            a.me = a
        """,
    )
    assert seen.outcomes == {
        "test_freed": "passed",
        "test_freed_of_a_fixture": "passed",
        "test_freed_beside_a_leak": "failed",
        "test_held": "failed",
        "test_in_a_cycle": "failed",
        "test_after": "passed",
    }
    assert [found["title"] for found in seen.of("test_freed_beside_a_leak")] == ["list"]
    assert "held by test_mini.KEEP[-1]" in seen.failures("test_held")
    assert seen.told("test_after") == [("GCG002", "own", "reported")]


def test_who_holds_what_was_expected_to_be_freed_is_told_past_the_guard_s_own(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import threading
        import time

        import pytest

        class Node: ...

        @pytest.fixture(scope="module")
        def shared():
            return Node()

        def test_fixture(shared, gcguard):
            gcguard.expect_freed(shared)

        def test_thread_that_ends(gcguard):
            node = Node()
            threading.Thread(target=lambda: (time.sleep(0.05), node)).start()
            gcguard.expect_freed(node)
        """,
    )
    assert seen.outcomes == {"test_fixture": "failed", "test_thread_that_ends": "failed"}
    assert "['shared']" in seen.failures("test_fixture")
    assert "._state" not in seen.failures("test_fixture")
    assert "a thread held it, which ended after the test" in seen.failures("test_thread_that_ends")


def test_the_fixture_leaves_nothing_where_one_run_decides(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        class Node: ...

        def test_first(gcguard):
            with gcguard.no_cycles(), gcguard.no_leaks():
                gcguard.expect_freed(Node())
            assert gcguard.count(Node) == 0
            gcguard.collect()

        def test_another(gcguard):
            gcguard.expect_freed(Node())
        """,
        "--gcguard-confirm=0",
    )
    assert seen.outcomes == {"test_first": "passed", "test_another": "passed"}
    assert [found["title"] for found in seen.findings if found["origin"] == "own"] == []


def test_gc_disabled_switches_automatic_collections_off(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc

        def test_on():
            assert gc.isenabled()

        def test_off(gc_disabled):
            assert not gc.isenabled()

        def test_off_by_itself(gc_disabled):
            gc.enable()

        def test_on_again():
            assert gc.isenabled()
        """,
        guard=False,
    )
    assert set(seen.outcomes.values()) == {"passed"}


def test_the_fixture_skips_when_the_guard_is_off(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        def test_asks(gcguard):
            assert False

        @pytest.mark.no_gcguard
        def test_left_alone(gcguard):
            assert False
        """,
        "--no-gcguard",
        guard=False,
    )
    assert set(seen.outcomes.values()) <= {"skipped"}
    seen.result.assert_outcomes(skipped=2)
    assert "the guard is switched off" in seen.text


SCRIPT = """
import gc
from pytest_gcguard import LeakError, no_cycles, no_leaks, watch

class Node: ...

KEEP = []
BEFORE = gc.get_threshold(), gc.get_debug(), list(gc.callbacks), gc.isenabled()

def as_before():
    assert (gc.get_threshold(), gc.get_debug(), list(gc.callbacks), gc.isenabled()) == BEFORE
    assert gc.get_freeze_count() < 2000 and gc.garbage == []

def cycle():
    a = Node()
    a.me = a

def raises(error, function):
    try:
        function()
    except error as raised:
        return str(raised)
    raise AssertionError("nothing was raised")

with watch() as seen:
    assert not gc.isenabled()
    cycle()
    KEEP.append(Node())
as_before()
assert [each.types for each in seen.cycles] == [("__main__.Node",)], seen.cycles
assert seen.uncollectable == ()
assert [(each.type, each.count) for each in seen.survivors if "Node" in each.type] == [("__main__.Node", 1)], seen.survivors
assert seen.observation.cycles is seen.cycles

with no_cycles():
    Node()
with no_cycles(max=1):
    cycle()
as_before()

@no_cycles()
def decorated():
    cycle()

assert "GCG002 cycle: __main__.Node" in raises(LeakError, decorated)
assert "GCG002 cycle: __main__.Node" in raises(LeakError, decorated)
as_before()

@no_leaks(Node)
def leaks():
    KEEP.append(Node())
    return "done"

assert "1 __main__.Node alive" in raises(LeakError, leaks)

@no_leaks("__main__.Node")
def clean():
    return Node() is None

assert clean() is False

@watch()
def watched():
    return 3

assert watched() == 3

def failing():
    with no_cycles():
        cycle()
        raise ZeroDivisionError("mine")

assert raises(ZeroDivisionError, failing) == "mine"
as_before()

outer = watch()
with outer:
    cycle()
    with watch() as inner:
        cycle()
assert len(inner.cycles) == 1
as_before()
assert "not ended" in raises(RuntimeError, lambda: watch().cycles)
gc.disable()
with watch():
    pass
assert not gc.isenabled()
import sys
assert not [name for name in sys.modules if name.split(".")[0] in ("pytest", "_pytest", "pluggy")]
print("ALL GOOD")
"""


def test_the_same_works_in_a_plain_script(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    for arguments in (["-c", SCRIPT], [str(script)]):
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.strip() == "ALL GOOD", done.stderr
