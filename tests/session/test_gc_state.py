"""What the collector's settings are while a test runs, after it, and after the run."""

from __future__ import annotations

import pytest
from mini import run

from pytest_gcguard.core.heap import freezing

# what a program can see of gc, told by a conftest.py when the run is over
TELL = """
    import gc

    BEFORE = gc.get_threshold(), gc.get_debug(), len(gc.callbacks)

    def pytest_unconfigure():
        now = gc.get_threshold(), gc.get_debug(), len(gc.callbacks)
        print("\\nAFTER", "same" if now == BEFORE else now, gc.isenabled(), gc.get_freeze_count() // 2000, len(gc.garbage))
"""
AS_BEFORE = "AFTER same True 0 0"


def test_tests_keep_what_they_set_in_gc_while_they_run_and_no_longer(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc
        import pytest

        BEFORE = gc.get_threshold(), gc.get_debug(), len(gc.callbacks)

        def callback(phase, info):
            pass

        @pytest.fixture
        def as_before():
            assert not gc.isenabled()  # paused
            assert gc.get_threshold() == BEFORE[0]
            assert gc.get_debug() == BEFORE[1]
            assert len(gc.garbage) == 0

        @pytest.fixture
        def seen_later():
            yield
            assert gc.get_threshold()[:2] == (7, 8)

        def test_threshold(seen_later):
            gc.set_threshold(7, 8, 9)
            assert gc.get_threshold()[:2] == (7, 8)

        def test_after_threshold(as_before): ...

        def test_debug():
            gc.set_debug(gc.DEBUG_SAVEALL)
            assert gc.get_debug() == gc.DEBUG_SAVEALL

        def test_after_debug(as_before): ...

        def test_enable():
            gc.enable()
            assert gc.isenabled()

        def test_after_enable(as_before): ...

        def test_disable():
            gc.disable()

        def test_after_disable(as_before): ...

        def test_freeze():
            gc.collect()
            gc.freeze()
            assert gc.get_freeze_count() > 0

        def test_unfreeze():
            gc.unfreeze()
            assert gc.get_freeze_count() < 2000

        def test_after_freeze(as_before): ...

        def test_callbacks():
            gc.callbacks.append(callback)
            gc.collect()
            assert callback in gc.callbacks

        def test_after_callbacks():
            gc.callbacks.remove(callback)  # it may be a library's that was imported in the test

        def test_clears_callbacks():
            del gc.callbacks[:]

        def test_after_clearing_callbacks(as_before): ...

        @pytest.mark.no_gcguard
        def test_unguarded():
            assert gc.isenabled()

        def test_disabled_fixture(gc_disabled):
            assert not gc.isenabled()
        """,
        conftest=TELL,
    )
    assert set(seen.outcomes.values()) == {"passed"}, seen.text
    assert len(seen.outcomes) == 17
    assert AS_BEFORE in seen.text
    assert [each["title"] for each in seen.findings if each["kind"] == "leak"] == []


def test_what_a_test_saves_from_the_collector_is_no_leak_since_it_is_dropped(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc

        class Node: ...

        def test_debug():
            gc.set_debug(gc.DEBUG_SAVEALL)
            a = Node()
            a.me = a
            del a
            gc.collect()
            assert any(type(obj) is Node for obj in gc.garbage)

        def test_after():
            assert gc.garbage == []
            assert gc.get_debug() == 0
        """,
    )
    assert seen.outcomes == {"test_debug": "passed", "test_after": "passed"}


def test_a_test_that_thaws_the_heap_is_not_charged_with_what_others_left(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc

        class Node: ...

        def test_fails():
            a = Node()
            a.me = a
            del a
            assert False

        def test_thaws():
            gc.unfreeze()
        """,
        "--gcguard-fail-on=cycle",
    )
    assert seen.outcomes == {"test_fails": "failed", "test_thaws": "passed"}
    assert [each["title"] for each in seen.of("test_thaws") if each["origin"] == "own"] == []


def test_what_was_set_before_the_run_is_there_after_it(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc

        def test_sees_it():
            assert gc.get_threshold()[:2] == (501, 7)

        def test_leaks(keep=[]):
            keep.append(test_sees_it.__class__)
            keep.append([])
        """,
        conftest="""
        import gc

        def tell(phase, info): ...

        gc.set_threshold(501, 7, 8)
        gc.callbacks.append(tell)
        gc.disable()

        def pytest_unconfigure():
            print("\\nAFTER", gc.get_threshold()[:2], gc.isenabled(), tell in gc.callbacks, gc.get_freeze_count() // 2000)
        """,
    )
    assert seen.outcomes["test_sees_it"] == "passed"
    assert "AFTER (501, 7) False True" in seen.text
    assert seen.text.rstrip().endswith(" 0")


@pytest.mark.parametrize(
    ("last", "options"),
    [
        ("assert False", ["-x"]),
        ("KEEP.append(Thing())", ["-x"]),
        ("pytest.exit('enough')", []),
        ("raise KeyboardInterrupt", []),
        ("raise SystemExit(3)", []),
        ("gc.freeze(); gc.set_debug(gc.DEBUG_SAVEALL); raise KeyboardInterrupt", []),
    ],
    ids=["fails", "leaks", "exits", "interrupts", "ends", "interrupts-frozen"],
)
def test_gc_is_as_before_however_the_run_ends(pytester: pytest.Pytester, last: str, options: list[str]) -> None:
    seen = run(
        pytester,
        f"""
        import gc, pytest

        class Thing: ...

        KEEP = []

        def test_first():
            a = Thing()
            a.me = a

        def test_last():
            gc.set_threshold(3)
            {last}

        def test_never():
            pass
        """,
        *options,
        conftest=TELL,
    )
    assert AS_BEFORE in seen.text
    assert "test_never" not in seen.outcomes or last.startswith("raise SystemExit")
    assert "INTERNALERROR" not in seen.text + seen.errors


def test_an_interrupt_in_a_repeat_ends_the_run_as_an_interrupt(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        KEEP = []

        def test_interrupted_late():
            KEEP.append([])
            if len(KEEP) > 1:
                raise KeyboardInterrupt

        def test_never(): ...
        """,
        conftest=TELL,
    )
    assert AS_BEFORE in seen.text
    assert seen.result.ret == pytest.ExitCode.INTERRUPTED
    assert "test_never" not in seen.outcomes
    assert "INTERNALERROR" not in seen.text + seen.errors


def test_a_run_without_guarded_tests_touches_nothing(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc, sys

        def test_plain():
            assert gc.isenabled()
            assert gc.get_freeze_count() < 2000
            assert not [name for name in sys.modules if name.startswith(("pytest_gcguard.core", "pytest_gcguard.session"))]
        """,
        conftest=TELL,
        guard=False,
    )
    assert seen.outcomes == {"test_plain": "passed"}
    assert AS_BEFORE in seen.text
    assert "gcguard:" not in seen.text


GROW = """
    import gc

    def seen():
        return gc.get_freeze_count(), gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks), len(gc.garbage)

    START = seen()
    HEAP = [[number] for number in range(50_000)]
    GROWN = seen()
"""


@pytest.mark.skipif(not freezing.can_freeze(), reason="freezing is no good here")
def test_what_is_imported_is_frozen_as_it_grows_and_nothing_else_is_changed(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        from conftest import GROWN, HEAP, START, seen

        MORE = [[number] for number in range(50_000)]
        COLLECTED = seen()

        def test_grown():
            assert GROWN[0] > START[0] + len(HEAP) // 2
            assert COLLECTED[0] > GROWN[0] + len(MORE) // 2
            assert START[1:] == GROWN[1:] == COLLECTED[1:]
            assert START[1]
        """,
        "-p",
        "no:randomly",
        conftest=GROW,
    )
    assert seen.outcomes == {"test_grown": "passed"}


@pytest.mark.parametrize(
    "options", [["--gcguard-pauses=1"], ["--gcguard", "--no-gcguard"], []], ids=["pauses", "off", "marker"]
)
def test_nothing_is_frozen_that_is_imported_where_not_each_test_is_guarded(
    pytester: pytest.Pytester, options: list[str]
) -> None:
    seen = run(
        pytester,
        """
        import pytest
        from conftest import GROWN, START

        @pytest.mark.no_cycles
        def test_grown():
            assert GROWN == START
        """,
        *options,
        conftest=GROW,
        guard=False,
    )
    assert seen.outcomes == {"test_grown": "passed"}


def test_an_interpreter_that_cannot_be_watched_is_not_asked_for_what_it_lacks(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        other="""
        import gc
        from pytest_gcguard.core.heap import collector

        collector.unsupported = lambda: "Other does not count references"
        del gc.freeze, gc.unfreeze, gc.get_freeze_count
        """
    )
    seen = run(pytester, "def test_nothing(): ...", *("-p", "other"))
    assert "gcguard: Other does not count references; the suite runs unguarded" in seen.text
    assert seen.outcomes == {"test_nothing": "passed"}


def test_what_waits_for_other_processes_is_not_frozen(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_number(number): ...
        """,
        *("-n", "1"),
        conftest="""
        import gc

        FROZEN, KEPT = [], []

        def pytest_runtest_logreport(report):
            FROZEN.append(gc.get_freeze_count())
            KEPT.extend([number] for number in range(20_000))

        def pytest_sessionfinish(session):
            if not hasattr(session.config, "workerinput"):
                print("\\nFROZEN", len(FROZEN), max(FROZEN) - FROZEN[0])
        """,
    )
    assert "FROZEN 9 0" in seen.text


def test_what_a_finalizer_raises_at_the_end_is_told_as_without_the_guard(pytester: pytest.Pytester) -> None:
    conftest = """
        class Thing:
            def __init__(self, next=None):
                self.me = self
                self.next = next

            def __del__(self):
                if self.next in KEPT:
                    KEPT.remove(self.next)
                raise ValueError(f"the end of {'the first' if self.next else 'the second'}")

        SECOND = Thing()
        FIRST = Thing(SECOND)
        KEPT = [FIRST, SECOND]

        def pytest_unconfigure():
            global FIRST, SECOND
            KEPT.remove(FIRST)
            FIRST = SECOND = None
    """
    told = {}
    for guard in (True, False):
        seen = run(pytester, "def test_nothing(): ...", "-W", "error", conftest=conftest, guard=guard)
        told[guard] = seen.result.ret, [f"the end of the {each}" in seen.text + seen.errors for each in ("first", "second")]
    assert told[True] == told[False]
    assert told[True][1] == [True, True]
