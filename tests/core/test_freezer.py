"""A heap that only grows is frozen as it grows, and nothing of the program can tell but by what is frozen."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from pytest_gcguard.core.heap import collector, freezing
from pytest_gcguard.core.heap.freezer import Freezer

pytestmark = pytest.mark.skipif(not freezing.can_freeze(), reason="freezing is no good here")
MANY = 5_000


class Node:
    me: Node


@pytest.fixture
def freezer() -> Iterator[Freezer]:
    before = collector.Settings.take()
    gc.collect()
    gc.enable()
    made = Freezer()
    yield made
    made.end()
    freezing.thaw()
    before.restore()


def grow() -> list[list[int]]:
    """Makes so much that collections come by themselves."""
    return [[number] for number in range(MANY)]


def test_what_survives_a_collection_is_frozen_until_the_end(freezer: Freezer) -> None:
    freezer.begin()
    kept = grow()
    assert gc.get_freeze_count() > MANY // 2
    freezer.end()
    frozen = gc.get_freeze_count()
    kept += grow()
    assert gc.get_freeze_count() == frozen
    assert len(kept) == 2 * MANY


def test_what_dies_young_is_freed(freezer: Freezer) -> None:
    freezer.begin()
    kept = grow()
    node = Node()
    node.me = node
    seen = weakref.ref(node)
    del node
    kept += grow()
    assert seen() is None
    assert len(kept) == 2 * MANY


def test_who_asks_for_a_collection_gets_it(freezer: Freezer) -> None:
    freezer.begin()
    node = Node()
    node.me = node
    seen = weakref.ref(node)
    del node
    gc.collect()
    assert seen() is None


def test_no_setting_and_no_list_of_gc_changes(freezer: Freezer) -> None:
    before = collector.Settings.take(), list(gc.callbacks)
    freezer.begin()
    assert (collector.Settings.take(), gc.callbacks) == before
    kept = grow()
    assert (collector.Settings.take(), gc.callbacks) == before
    assert len(kept) == MANY


def test_a_program_that_looks_at_the_garbage_finds_its_own_alone(freezer: Freezer) -> None:
    freezer.begin()
    gc.set_debug(gc.DEBUG_SAVEALL)
    kept = grow()  # what tells of a collection is kept by it now
    freezer.end()
    kept += grow()
    assert [type(obj) for obj in gc.garbage if type(obj).__module__.startswith("pytest_gcguard")] == []
    assert not [obj for obj in gc.garbage if getattr(obj, "__self__", None) is freezer]
    assert len(kept) == 2 * MANY


def test_nothing_is_left_behind(freezer: Freezer) -> None:
    freezer.begin()
    kept = grow()
    freezer.end()
    freezing.thaw()
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    assert not [obj for obj in gc.garbage if type(obj).__module__.startswith("pytest_gcguard")]
    assert len(kept) == MANY


FORKS = """
import gc, os
from pytest_gcguard.core.heap.freezer import Freezer

freezer = Freezer()
freezer.begin()
kept = [[number] for number in range(5_000)]
frozen = gc.get_freeze_count()
assert frozen > 2_500
child = os.fork()
kept += [[number] for number in range(5_000)]
if not child:
    os._exit(gc.get_freeze_count() > frozen)
assert gc.get_freeze_count() > frozen + 2_500
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be forked here")
def test_a_forked_process_collects_as_ever() -> None:
    assert subprocess.run([sys.executable, "-c", FORKS], check=False).returncode == 0
