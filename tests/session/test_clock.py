"""A limit on the time of a test, as pytest-timeout sets it, is one for each of its runs and for none of the guard's work."""

from __future__ import annotations

import re

import pytest
from mini import run

LEAK = """
    import time

    import pytest

    class Thing: ...

    KEPT = []

    @pytest.fixture(scope="module")
    def wide():
        yield [Thing()]

    def test_leak(wide):
        time.sleep(SECONDS)
        KEPT.append(Thing())
"""
SLOW = LEAK.replace("SECONDS", "0.9")  # three runs take longer than the limit
STUCK = LEAK.replace("SECONDS", "30 if KEPT else 0")


@pytest.mark.parametrize(
    "options", [["--timeout-method=signal"], ["--timeout-method=thread"], ["-o", "timeout_func_only=true"]]
)
def test_each_run_of_a_test_has_the_time_of_one(pytester: pytest.Pytester, options: list[str]) -> None:
    pytest.importorskip("pytest_timeout")
    seen = run(pytester, SLOW, "--timeout=2", *options)
    assert "the guard itself failed" not in seen.text
    assert seen.outcomes == {"test_leak": "failed"}
    assert (seen.one("test_leak")["types"], seen.one("test_leak")["growth"]) == (["test_mini.Thing"], [1, 1, 1])


@pytest.mark.parametrize("options", [[], ["-o", "timeout_func_only=true"]], ids=str)
def test_a_repeat_that_hangs_is_ended_and_accuses_nobody(pytester: pytest.Pytester, options: list[str]) -> None:
    pytest.importorskip("pytest_timeout")
    seen = run(pytester, STUCK, "--timeout=1", "--timeout-method=signal", *options)
    assert "the guard itself failed" not in seen.text
    assert seen.outcomes == {"test_leak": "passed"}
    assert seen.one("test_leak")["notes"][0].startswith("unconfirmed: Failed in its call when it was run again")


def test_the_end_of_a_wider_scope_is_timed_after_repeats_as_well(pytester: pytest.Pytester) -> None:
    pytest.importorskip("pytest_timeout")
    stuck = LEAK.replace("SECONDS", "0").replace("yield [Thing()]", "yield [Thing()]\n        time.sleep(30)")
    seen = run(pytester, stuck, "--timeout=1", "--timeout-method=signal")
    assert "Failed: Timeout " in seen.text
    assert seen.outcomes == {"test_leak": "error, failed"}


PLUGIN = """
    import sys
    import types

    import pytest

    def log(word):
        with open("log.txt", "a") as file:
            file.write(word + " ")

    def pytest_configure(config):
        plugin = types.ModuleType("pytest_timeout")
        FUNCTIONS
        sys.modules["pytest_timeout"] = plugin
        config.pluginmanager.register(plugin, "timed")
"""
OLD = """plugin.timeout_setup = lambda item: log("start")
        plugin.timeout_teardown = lambda item: log("stop")
        plugin.get_func_only_setting = lambda item: {}
"""


@pytest.mark.parametrize(
    ("functions", "logged"),
    [
        (OLD.format(False), "stop (start stop )+start "),
        (OLD.format(True), ""),
        ("plugin.timeout_start = None", ""),
    ],
    ids=["before 2.1", "before 2.1, of a call only", "unknown"],
)
def test_a_version_with_functions_is_asked_by_them_and_an_unknown_one_is_not(
    pytester: pytest.Pytester, functions: str, logged: str
) -> None:
    log = pytester.path / "log.txt"
    seen = run(pytester, LEAK.replace("SECONDS", "0"), "-p", "no:timeout", conftest=PLUGIN.replace("FUNCTIONS", functions))
    assert "the guard itself failed" not in seen.text
    assert seen.one("test_leak")["growth"] == [1, 1, 1]
    assert re.fullmatch(logged, log.read_text() if log.exists() else "")
