"""What one would write in an afternoon, as a pytest plugin to compare with: a full collection and count around each test."""

from __future__ import annotations

import gc
from collections.abc import Generator

import objgraph
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    gc.collect()
    before = objgraph.typestats(shortnames=False)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        unreachable = gc.collect()
        after = objgraph.typestats(shortnames=False)
        grown = {name: number - before.get(name, 0) for name, number in after.items() if number > before.get(name, 0)}
        del unreachable, grown  # it would have to say which of them is a leak
