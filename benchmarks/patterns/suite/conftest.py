"""Two switches for whoever runs the patterns: another order of the tests, and another way to look at the heap."""

from __future__ import annotations

import random

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--order", type=int, default=0, metavar="SEED", help="run the tests in a random order (0: as they are written)"
    )
    parser.addoption("--whole-heap", action="store_true", help="look at the whole heap, as with gcguard(freeze=False)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("order"):
        random.Random(config.getoption("order")).shuffle(items)
    if config.getoption("whole_heap"):
        for item in items:
            closest = item.get_closest_marker("gcguard")
            settings = dict(closest.kwargs) if closest is not None else {}
            item.add_marker(pytest.mark.gcguard(**{**settings, "freeze": False}), append=False)


def pytest_sessionfinish() -> None:
    from app import threads

    threads.EXIT.set()
