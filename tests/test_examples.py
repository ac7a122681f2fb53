"""The examples, guarded in a process of their own: what each leaky test is told, and that its tidy twin is told nothing."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
LEGACY = importlib.util.find_spec("_testcapi") is not None
needs_testcapi = pytest.mark.skipif(not LEGACY, reason="this interpreter has no _testcapi")

Row = tuple[str, str]  # the rule and the type that comes first in a finding

FAILED = {
    "test_aio.py::test_reminder": ("GCG003", "coroutine"),
    "test_basket.py::test_basket": ("GCG003", "shop.basket.Basket"),
    "test_cache.py::test_price": ("GCG003", "shop.cache.Price"),
    "test_closing.py::test_phoenix": ("GCG003", "shop.closing.Phoenix"),
    "test_context.py::test_order": ("GCG003", "shop.context.Order"),
    "test_ledger.py::test_ledger": ("GCG003", "shop.ledger.Ledger"),
    "test_legacy.py::test_handles": ("GCG001", "shop.legacy.Handle"),
    "test_logs.py::test_log": ("GCG003", "shop.logs.Lines"),
    "test_session.py::test_session": ("GCG003", "shop.session.Session"),
    "test_tree.py::test_categories_allow_no_cycle": ("GCG002", "shop.tree.Category"),
    "test_worker.py::test_delivery": ("GCG003", "shop.worker.Delivery"),
    "test_worker.py::test_job": ("GCG003", "shop.worker.Job"),
}
REPORTED = {
    "test_closing.py::test_till": ("GCG002", "shop.closing.Till"),
    "test_events.py::test_display": ("GCG002", "shop.events.Stock"),
    "test_payment.py::test_payment": ("GCG002", "shop.payment.Payment"),
    "test_search.py::test_count": ("GCG002", "function"),
    "test_stream.py::test_coroutine": ("GCG002", "shop.stream.Feed"),
    "test_stream.py::test_generator": ("GCG002", "shop.stream.Feed"),
    "test_hidden.py::test_collected_by_hand": ("GCG002", "shop.tree.Category"),
    "test_tree.py::test_categories": ("GCG002", "shop.tree.Category"),
}
CLEAN = (
    "test_aio.py::test_tidy_reminder",
    "test_basket.py::test_tidy_basket",
    "test_cache.py::test_tidy_price",
    "test_closing.py::test_tidy_phoenix",
    "test_closing.py::test_tidy_till",
    "test_context.py::test_tidy_order",
    "test_events.py::test_tidy_display",
    "test_ledger.py::test_tidy_ledger",
    "test_legacy.py::test_tidy_handles",
    "test_logs.py::test_tidy_log",
    "test_payment.py::test_tidy_payment",
    "test_plain.py::test_errors_are_caught",
    "test_plain.py::test_many_objects",
    "test_plain.py::test_nested_objects",
    "test_search.py::test_tidy_count",
    "test_session.py::test_tidy_session",
    "test_stream.py::test_tidy_coroutine",
    "test_stream.py::test_tidy_generator",
    "test_hidden.py::test_nothing_to_collect",
    "test_tree.py::test_tidy_categories",
    "test_tuning.py::test_callback_is_added_and_removed",
    "test_tuning.py::test_collection",
    "test_tuning.py::test_collector_is_switched_off",
    "test_tuning.py::test_collector_is_switched_on",
    "test_tuning.py::test_heap_is_frozen",
    "test_tuning.py::test_thresholds_are_set",
    "test_tuning.py::test_thresholds_are_those_of_before",
    "test_worker.py::test_tidy_delivery",
    "test_worker.py::test_tidy_job",
)
HELD_BY = {
    "test_aio.py::test_reminder": "shop.aio.CLOSING",
    "test_basket.py::test_basket": "Basket",
    "test_cache.py::test_price": "<cache>",
    "test_closing.py::test_phoenix": "RISEN",
    "test_context.py::test_order": "context variable 'ORDERS'",
    "test_ledger.py::test_ledger": "atexit callback",
    "test_logs.py::test_log": "shop.logs.LOGGER.handlers",
    "test_session.py::test_session": "shop.registry._OPEN['alice']",
    "test_worker.py::test_delivery": "thread 'delivery'",
    "test_worker.py::test_job": "._memory.jobs[",
}


def _row(name: str) -> Any:
    """A test's name, with the marks of those that not every interpreter can run."""
    return pytest.param(name, id=name, marks=[needs_testcapi] if name.startswith("test_legacy") else ())


@pytest.fixture(scope="module")
def run(
    once: Callable[[str, Callable[[], Any]], Any], tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, dict[str, Any], str]:
    """The exit status, the JSON report and the output of the examples, guarded."""

    def make() -> tuple[int, dict[str, Any], str]:
        report = tmp_path_factory.mktemp("examples") / "report.json"
        options = ["--gcguard", f"--gcguard-report=json:{report}", "-p", "no:cacheprovider", "-p", "no:randomly", "-rA"]
        command = [sys.executable, "-m", "pytest", *options, str(EXAMPLES)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=100, check=False, cwd=EXAMPLES.parent)
        assert report.exists(), done.stdout + done.stderr
        return done.returncode, json.loads(report.read_text(encoding="utf-8")), done.stdout

    status, told, output = once("examples", make)
    return status, told, output


@pytest.fixture(scope="module")
def findings(run: tuple[int, dict[str, Any], str]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """For each test the project's own findings in it, each with its outcome there."""
    found = defaultdict(list)
    for finding in run[1]["findings"]:
        for test in finding["tests"]:
            if finding["origin"] == "own":
                found[test["nodeid"].removeprefix("tests/")].append((test["outcome"], finding))
    return found


def _rows(found: list[tuple[str, dict[str, Any]]], outcome: str) -> set[Row]:
    return {(finding["rule"], finding["types"][0]) for told, finding in found if told == outcome}


@pytest.mark.parametrize("name", [*map(_row, FAILED)])
def test_a_leaky_test_fails_by_its_finding(findings: dict[str, list[tuple[str, dict[str, Any]]]], name: str) -> None:
    assert _rows(findings[name], "failed") == {FAILED[name]}
    assert _rows(findings[name], "reported") == set()


@pytest.mark.parametrize("name", [*map(_row, REPORTED)])
def test_a_cycle_is_reported_and_fails_nothing(findings: dict[str, list[tuple[str, dict[str, Any]]]], name: str) -> None:
    assert _rows(findings[name], "reported") == {REPORTED[name]}
    assert _rows(findings[name], "failed") == set()


@pytest.mark.parametrize("name", [*map(_row, CLEAN)])
def test_a_tidy_test_has_no_finding(findings: dict[str, list[tuple[str, dict[str, Any]]]], name: str) -> None:
    assert [(outcome, finding["title"]) for outcome, finding in findings.get(name, [])] == []


@pytest.mark.parametrize("name", [*map(_row, HELD_BY)])
def test_a_leak_names_its_holder(findings: dict[str, list[tuple[str, dict[str, Any]]]], name: str) -> None:
    assert all(HELD_BY[name] in str(finding["holder"]) for _, finding in findings[name])


def test_pytest_fails_just_the_leaky_tests(run: tuple[int, dict[str, Any], str]) -> None:
    status, _, output = run
    failed = {line.split(" - ")[0].rpartition("/")[2] for line in output.splitlines() if line.startswith("FAILED ")}
    assert failed == {name for name in FAILED if LEGACY or not name.startswith("test_legacy")}
    assert status == pytest.ExitCode.TESTS_FAILED


def test_the_tables_are_complete() -> None:
    written = {
        f"{path.name}::{line.removeprefix('def ').partition('(')[0]}"
        for path in (EXAMPLES / "tests").glob("test_*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("def test_")
    }
    assert written == {*FAILED, *REPORTED, *CLEAN}
