"""What a test leaves the interpreter in, where a plain run goes on: so does a guarded one."""

from __future__ import annotations

import sys

import pytest
from mini import Run, run

_AROUND = """
    import builtins, gc, itertools, time

    KEPT, BEFORE = [], {{}}

    class Box: ...

    def broken(*arguments, **named):
        raise RuntimeError("left by a test")

    def replace(owner, name, value=broken):
        BEFORE.setdefault((id(owner), name), (owner, name, getattr(owner, name)))
        setattr(owner, name, value)

    def leak():
        KEPT.append(Box())

    def cycle():
        box = Box()
        box.me = box

    def test_before():
        cycle()

    {tests}

    def test_after():
        cycle()

    def test_leaks():
        leak()

    def test_fails():
        assert False
"""
_PAIR = """
    def test_{name}():
        {body}
        {change}

    def test_mends_{name}():
        while BEFORE:
            setattr(*BEFORE.popitem()[1])
"""


def _suite(changes: dict[str, str], body: str) -> str:
    tests = "".join(_PAIR.format(name=name, body=body, change=change) for name, change in changes.items())
    return _AROUND.format(tests=tests.strip())


def _both(pytester: pytest.Pytester, changes: dict[str, str], body: str) -> tuple[Run, Run]:
    plain = run(pytester, _suite(changes, body), guard=False)
    assert set(plain.outcomes.values()) == {"passed", "failed"}
    assert [name for name, outcome in plain.outcomes.items() if outcome == "failed"] == ["test_fails"]
    return plain, run(pytester, _suite(changes, body))


_BUILTINS = {
    name.strip("_"): f"replace(builtins, {name!r})"
    for name in ("__import__", "open", "print", "set", "map", "all", "any", "sorted", "enumerate", "iter", "max", "frozenset")
    if (name, sys.version_info[:2]) != ("map", (3, 12))  # pytest itself cannot do without it there: paths are read by it
}


# what the guard itself does without, as far as its own steps go
@pytest.mark.parametrize(("body", "leaks"), [("cycle()", ["leaks"]), ("leak()", ["leaks", "open", "print"])])
def test_what_a_test_leaves_broken_ends_no_run_and_changes_no_outcome(
    pytester: pytest.Pytester, body: str, leaks: list[str]
) -> None:
    plain, guarded = _both(pytester, _BUILTINS, body)
    assert guarded.outcomes == plain.outcomes | {f"test_{name}": "failed" for name in leaks}
    assert "INTERNALERROR" not in guarded.text + guarded.errors
    assert guarded.text.count("the guard itself failed, the tests went on: test_mini.py::test_import: ") == 1
    assert "RuntimeError: left by a test (broken, line " in guarded.text
    assert guarded.told("test_before") == guarded.told("test_after") == [("GCG002", "own", "reported")]


_NOT_THE_GUARDS = {
    **{
        f"gc_{name}": f"replace(gc, {name!r})"
        for name in (
            *("collect", "freeze", "unfreeze", "disable", "isenabled", "get_threshold", "set_debug", "get_debug"),
            *("get_referents", "get_objects", "get_referrers", "is_tracked", "get_count", "get_stats", "callbacks", "garbage"),
        )
    },
    **{f"time_{name}": f"replace(time, {name!r})" for name in ("sleep", "monotonic", "thread_time", "process_time")},
    "clock_stands_still": "replace(time, 'perf_counter', lambda: 0.0)",
    "clock_runs_back": "replace(time, 'perf_counter', lambda count=itertools.count(10**9, -10**6): next(count))",
}


def test_functions_of_gc_and_time_that_a_test_leaves_patched_are_not_the_guards(pytester: pytest.Pytester) -> None:
    plain, guarded = _both(pytester, _NOT_THE_GUARDS, "leak()")
    leaks = {"test_leaks", *(f"test_{name}" for name in _NOT_THE_GUARDS)}
    assert guarded.outcomes == plain.outcomes | dict.fromkeys(leaks, "failed")
    assert "the guard itself failed" not in guarded.text
    assert guarded.one("test_leaks")["tests"] == guarded.one("test_gc_collect")["tests"]
    assert 0 < guarded.summary()["guard_seconds"] < 60


@pytest.mark.parametrize("name", ["set", "map", "sorted", "open"])
def test_what_is_broken_at_the_end_of_the_run_changes_no_exit_status(pytester: pytest.Pytester, name: str) -> None:
    source = f"""
        import builtins

        class Box: ...

        def test_before():
            box = Box()
            box.me = box

        def broken(*arguments, **named):
            raise RuntimeError("left by a test")

        def test_last():
            builtins.{name} = broken
    """
    conftest = """
        import gc

        def pytest_unconfigure():
            print("AFTER", gc.isenabled(), gc.garbage, gc.callbacks)
    """
    plain = run(pytester, source, conftest=conftest, guard=False)
    guarded = run(pytester, source, conftest=conftest)
    assert (guarded.result.ret, guarded.outcomes) == (plain.result.ret, plain.outcomes)
    assert plain.result.ret == pytest.ExitCode.OK
    assert guarded.errors == plain.errors
    assert "AFTER True [] []" in guarded.text
    assert guarded.text.count("the guard itself failed, the tests went on: ") <= 1
