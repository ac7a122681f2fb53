"""The context managers as decorators of functions of every kind, inside of each other, and what they say."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from mini import run

from pytest_gcguard import no_cycles, watch

_HEAD = """
import asyncio, collections, gc, inspect
from pytest_gcguard import LeakError, no_cycles, no_leaks, watch

class Node: ...

KEEP = []

def state():
    return gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks), gc.get_freeze_count() < 2000

BEFORE = state()

def cycle():
    a = Node()
    a.me = a

def told(function, *args):
    try:
        function(*args)
    except LeakError as error:
        return str(error)
    finally:
        assert state() == BEFORE, state()
"""
_SCRIPTS = {
    "a coroutine function": """
        @no_cycles()
        async def leaves():
            await asyncio.sleep(0)
            cycle()

        @no_cycles()
        async def clean(number):
            await asyncio.sleep(0)
            return number

        assert inspect.iscoroutinefunction(leaves)
        assert "GCG002 cycle: __main__.Node → .me" in told(lambda: asyncio.run(leaves()))
        assert asyncio.run(clean(3)) == 3
        """,
    "a generator function": """
        @no_cycles()
        def leaves():
            got = yield 1
            cycle()
            yield got
            return "end"

        def drive():
            generator = leaves()
            assert (next(generator), generator.send(2)) == (1, 2)
            next(generator)

        assert inspect.isgeneratorfunction(leaves)
        assert "GCG002" in told(drive)

        @no_leaks(Node)
        def clean():
            yield Node()
            return "end"

        def whole():
            return (yield from clean())

        generator = whole()
        next(generator)
        try:
            next(generator)
        except StopIteration as end:
            assert end.value == "end"
        assert told(lambda: collections.deque(whole(), maxlen=0)) is None

        begun = leaves()
        next(begun)
        begun.close()
        assert state() == BEFORE
        """,
    "an asynchronous generator function": """
        @no_cycles()
        async def leaves():
            try:
                got = yield 1
            except KeyError:
                got = "caught"
            cycle()
            yield got

        async def drive(throws):
            generator = leaves()
            assert await generator.asend(None) == 1
            if throws:
                assert await generator.athrow(KeyError()) == "caught"
            else:
                assert await generator.asend(2) == 2
            async for _ in generator:
                pass

        assert inspect.isasyncgenfunction(leaves)
        for throws in (False, True):
            assert "GCG002" in told(lambda: asyncio.run(drive(throws)))

        @no_leaks(Node)
        async def clean():
            yield Node()

        async def whole():
            async for node in clean():
                del node

        assert told(lambda: asyncio.run(whole())) is None

        async def stopped():
            generator = leaves()
            await generator.asend(None)
            await generator.aclose()

        asyncio.run(stopped())
        assert state() == BEFORE
        """,
    "a function that calls itself": """
        @no_cycles()
        def down(number):
            return down(number - 1) if number else cycle()

        assert "GCG002" in told(down, 3)

        watched = watch()

        @watched
        def look(number):
            if number:
                look(number - 1)
            cycle()

        look(1)
        assert state() == BEFORE
        assert len(watched.cycles) == 1
        with watched:
            try:
                with watched:
                    pass
            except RuntimeError as error:
                assert "has not ended yet" in str(error)
        assert state() == BEFORE
        """,
    "tasks whose blocks end in another order": """
        async def work(turns):
            with watch() as seen:
                for _ in range(turns):
                    await asyncio.sleep(0)
                    assert not gc.isenabled()
                cycle()
            return [each.types for each in seen.cycles]

        async def together():
            return await asyncio.gather(work(1), work(3), work(2))

        assert asyncio.run(together()) == [[("__main__.Node",)]] * 3
        assert state() == BEFORE
        """,
    "a thread whose block begins while another's does": """
        import threading

        inside, ended = threading.Event(), threading.Event()

        def other():
            with watch():
                inside.set()
                ended.wait(10)

        thread = threading.Thread(target=other)

        def while_it_begins(phase, info):
            gc.callbacks.remove(while_it_begins)
            thread.start()
            inside.wait(10)

        gc.callbacks.append(while_it_begins)
        with watch():
            assert not gc.isenabled()
            ended.set()
            thread.join()
            assert not gc.isenabled()
        assert state() == BEFORE, state()
        """,
    "wrong arguments": """
        for wrong, error in (
            (lambda: no_cycles(max=-1), ValueError),
            (lambda: no_cycles(max="1"), ValueError),
            (lambda: no_leaks(3), TypeError),
            (lambda: no_leaks(cycle), TypeError),
        ):
            try:
                wrong()
            except error as raised:
                assert str(raised).startswith("gcguard: ")
            else:
                raise AssertionError("nothing was raised")
        """,
    "what is told": """
        def leaves():
            with no_cycles():
                cycle()

        assert told(leaves).splitlines()[0] == "GCG002 cycle: __main__.Node → .me"
        assert "    cut      .me of __main__.Node" in told(leaves)
        assert "    fix      hold .me of __main__.Node by weakref.ref" in told(leaves)

        def keeps(*types):
            with no_leaks(*types):
                KEEP[:] = [Node()]

        def everything(*types):
            try:
                keeps(*types)
            except LeakError as error:
                (finding,) = error.findings
                return str(error).splitlines(), finding.holder
            finally:
                assert state() == BEFORE

        for types in ((Node,), ("__main__.Node",), ("Node",), ()):
            lines, holder = everything(*types)
            assert lines[0] == "GCG003 leak: 1 __main__.Node alive after the block"
            assert lines[1] == "    held by  __main__.KEEP[0]", lines
            assert lines[2].startswith("    fix      remove it from __main__.KEEP"), lines
            assert holder == "__main__.KEEP[0]"
        """,
}


@pytest.mark.parametrize("script", _SCRIPTS.values(), ids=_SCRIPTS.keys())
def test_blocks_of_functions(tmp_path: Path, script: str) -> None:
    file = tmp_path / "script.py"
    file.write_text(_HEAD + textwrap.dedent(script) + '\nprint("ALL GOOD")\n', encoding="utf-8")
    done = subprocess.run([sys.executable, file], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "ALL GOOD", done.stderr


def test_a_failing_block_shows_the_line_of_the_test_and_what_to_do(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        from pytest_gcguard import LeakError, no_cycles

        class Node: ...

        KEEP = []

        def test_keeps(gcguard):
            with gcguard.no_leaks():
                KEEP.append(Node())

        @no_cycles()
        def leaves():
            a = Node()
            a.me = a

        def test_leaves():
            leaves()

        def test_goes_on(gcguard):
            try:
                with gcguard.no_leaks(Node):
                    KEEP.append(Node())
            except LeakError:
                pass
            KEEP.append(Node())
        """,
    )
    assert seen.outcomes == dict.fromkeys(("test_keeps", "test_leaves", "test_goes_on"), "failed")
    for test in ("test_keeps", "test_leaves"):
        assert "contexts.py" not in seen.failures(test)
        assert "wrapping.py" not in seen.failures(test)
    assert "held by  test_mini.KEEP[0]" in seen.failures("test_keeps")
    assert "cut      .me of test_mini.Node" in seen.failures("test_leaves")
    assert seen.told("test_goes_on") == [("GCG003", "own", "failed")]


def test_a_block_takes_nothing_out_of_the_sight_of_the_guard_or_of_another(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import gc
        import pytest
        from pytest_gcguard import watch

        class Node: ...

        KEEP = []

        def test_looks_through_the_heap_in_a_block():
            with watch() as seen:
                KEEP.append(Node())
                gc.get_objects()
            assert "test_mini.Node" in [each.type for each in seen.survivors]

        def test_looks_through_the_heap_before_a_block():
            KEEP.append(Node())
            gc.get_objects()
            with watch():
                pass

        def test_one_block_is_in_another():
            with watch() as outer:
                with watch():
                    pass
            assert outer.cycles == ()
        """,
    )
    assert seen.told("test_looks_through_the_heap_in_a_block") == [("GCG003", "own", "failed")]
    assert seen.told("test_looks_through_the_heap_before_a_block") == [("GCG003", "own", "failed")]
    assert seen.outcomes["test_one_block_is_in_another"] == "passed"


def test_what_is_no_class_cannot_be_counted(pytester: pytest.Pytester) -> None:
    seen = run(
        pytester,
        """
        import pytest

        def test_count(gcguard):
            with pytest.raises(TypeError, match="give a class or its name"):
                gcguard.count(3)
        """,
        guard=False,
    )
    assert seen.outcomes == {"test_count": "passed"}


@pytest.mark.parametrize("block", [watch, no_cycles])
def test_a_decorator_without_parentheses_is_told_how_it_is_called(block: type[watch]) -> None:
    with pytest.raises(TypeError, match=rf"a decorator is called: @{block.__name__}\(\)"):

        @block  # type: ignore[untyped-decorator]
        def work() -> None: ...


def test_a_text_names_packages_as_several_texts_do(tmp_path: Path) -> None:
    (tmp_path / "site-packages").mkdir()
    for name in ("shop", "stock"):
        (tmp_path / "site-packages" / f"{name}.py").write_text("class Node:\n    def __init__(self): self.me = self\n")
    script = """
    import sys
    sys.path.insert(0, "site-packages")
    import shop, stock
    from pytest_gcguard import watch
    for own in ("shop", "shop, stock", ("shop", "stock"), ["stock"], ()):
        with watch(own=own) as seen:
            shop.Node(), stock.Node()
        print(*sorted(cycle.types[0] for cycle in seen.cycles if cycle.origin.value == "own"))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    both = "shop.Node stock.Node"
    assert done.stdout.splitlines() == ["shop.Node", both, both, "stock.Node", ""]
