"""Whose a cycle is that reaches the frames of those who called: theirs only where they take part in it otherwise."""

from __future__ import annotations

import pytest
from mini import run

LIBRARY = """
import sys

class Result:
    def __init__(self, error):
        self.error = error

def keeps_it(call):
    info = None
    try:
        call()
    except ValueError:
        info = sys.exc_info()
    return Result(info)

def hands_it_out(call):
    try:
        call()
    except ValueError as error:
        return Result(error)

def returns_it(call):
    try:
        call()
    except ValueError as error:
        return error

def keeps_it_without_its_traceback(call):
    try:
        call()
    except ValueError as raised:
        error = raised.with_traceback(None)
    return error.args
"""
TESTS = """
import asyncio, os, sys
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
import library

class Node: pass

def fails():
    raise ValueError

async def fails_later():
    raise ValueError

def returns_it(call):
    try:
        call()
    except ValueError as error:
        return error

def test_library_keeps_it():
    result = library.keeps_it(fails)
    assert result.error

def test_library_hands_it_out():
    result = library.hands_it_out(fails)
    assert result.error

def test_library_returns_it():
    error = library.returns_it(fails)
    assert error

def test_results_of_tasks():
    async def main():
        return await asyncio.gather(fails_later(), fails_later(), return_exceptions=True)
    results = asyncio.run(main())
    assert results

def test_finished_task():
    async def main():
        task = asyncio.create_task(fails_later())
        await asyncio.wait([task])
        return task
    task = asyncio.run(main())
    assert task.exception()

def test_own_beside_the_library():
    result = library.keeps_it(fails)
    node = Node()
    node.me = node

def test_own_function_returns_it():
    error = returns_it(fails)
    assert error

def test_own_object_keeps_it():
    node = Node()
    node.error = library.returns_it(fails)

def fails_while_it_handles_an_error():
    try:
        raise KeyError
    except KeyError:
        raise ValueError

def test_own_function_handles_an_error():
    library.keeps_it_without_its_traceback(fails_while_it_handles_an_error)

def test_own_local():
    try:
        fails()
    except ValueError as error:
        kept = error
    assert kept
"""


def test_who_only_called_what_left_a_cycle_takes_no_part_in_it(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "library.py").write_text(LIBRARY, encoding="utf-8")
    ran = run(pytester, TESTS)
    ran.result.assert_outcomes(passed=10)
    own = {test["nodeid"].partition("::")[2] for each in ran.findings if each["origin"] == "own" for test in each["tests"]}
    assert own == {
        "test_own_beside_the_library",
        "test_own_function_returns_it",
        "test_own_object_keeps_it",
        "test_own_function_handles_an_error",
        "test_own_local",
    }
    assert [each["origin"] for each in ran.of("test_library_keeps_it")] == ["library"]
    assert sorted(each["origin"] for each in ran.of("test_own_beside_the_library")) == ["library", "own"]
    kept = next(each for each in ran.of("test_own_beside_the_library") if each["origin"] == "own")
    assert kept["types"] == ["test_mini.Node"]


SHOP = """
class Box:
    def __init__(self):
        self.kept = []

class Item:
    pass

BOX = Box()

class Table:
    kept = []

class Shop:
    box = BOX

def sells():
    BOX.kept.append(Item())
    Table.kept.append(Item())
"""


def test_what_a_library_keeps_is_not_held_by_who_imports_its_classes_or_derives_from_them(pytester: pytest.Pytester) -> None:
    (pytester.mkdir("site-packages") / "shop.py").write_text(SHOP, encoding="utf-8")
    ran = run(
        pytester,
        """
        import os, sys
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
        import shop
        from shop import Shop

        class Own(shop.Table):
            pass

        def test_sells():
            shop.sells()
        """,
    )
    ran.result.assert_outcomes(passed=1)
    told = {each["holder"]: each["origin"] for each in ran.of("test_sells")}
    assert told == {"shop.BOX.kept[-1]": "library", "shop.Table.kept[-1]": "library"}
