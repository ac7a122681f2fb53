"""A handler that stays: the logger that has it holds it, and no module that has a logger below."""

from __future__ import annotations

import pytest
from mini import run

LIBRARY = """
import logging

class Handler(logging.Handler):
    def emit(self, record): ...

def configure():
    logging.getLogger().addHandler(Handler())
"""
TESTS = """
import logging, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
import library

LOG = logging.getLogger("app")

def test_of_library():
    library.configure()

class Handler(logging.Handler):
    def emit(self, record): ...

def test_own():
    logging.getLogger().addHandler(Handler())

def test_own_again():
    logging.getLogger().addHandler(Handler())

def test_below():
    LOG.addHandler(Handler())
"""


def test_a_logger_below_holds_no_handler_of_its_parent(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "library.py").write_text(LIBRARY, encoding="utf-8")
    ran = run(pytester, TESTS)
    assert ran.outcomes == {
        "test_of_library": "passed",
        "test_own": "failed",
        "test_own_again": "failed",
        "test_below": "failed",
    }
    assert [(each["origin"], each["holder"]) for each in ran.of("test_of_library")] == [
        ("library", "logging.getLogger().handlers[-1]")
    ]
    assert ran.one("test_own") == ran.one("test_own_again")
    assert ran.one("test_own")["holder"] == "logging.getLogger().handlers[-1]"
    assert ran.one("test_below")["holder"] == "test_mini.LOG.handlers[-1]"


CAPLOG = """
import logging

class Filter:
    def filter(self, record):
        return True

def test_leaves_a_filter(caplog):
    caplog.handler.addFilter(Filter())

def test_removes_it(caplog):
    added = Filter()
    caplog.handler.addFilter(added)
    caplog.handler.removeFilter(added)
"""


def test_what_a_test_adds_to_the_handler_of_caplog_is_told_by_its_name(pytester: pytest.Pytester) -> None:
    seen = run(pytester, CAPLOG)
    assert seen.outcomes == {"test_leaves_a_filter": "failed", "test_removes_it": "passed"}, seen.text
    found = seen.one("test_leaves_a_filter")
    assert found["holder"].startswith("caplog.handler.filters[")
    assert found["cut"]["hint"] == "call caplog.handler.removeFilter(filter) in the teardown"
