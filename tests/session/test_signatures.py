"""Signatures are written into baselines and catalogues: these must be the same on every interpreter, so they stand here."""

from __future__ import annotations

import pytest
from mini import run

PROJECT = """
import asyncio, functools, inspect, sys, threading, types

class Node:
    def __init__(self, parent=None):
        self.parent, self.kids = parent, []
        if parent is not None:
            parent.kids.append(self)
    def method(self):
        pass
    def steps(self):
        yield 1
    async def run(self):
        await wait()
    @functools.lru_cache(maxsize=None)
    def cached(self):
        return 1

class Slotted:
    __slots__ = ("peer",)

@types.coroutine
def wait():
    yield

OPEN = {}

def test_tree():
    root = Node()
    for _ in range(3):
        Node(root)

def test_two():
    a, b = Node(), Slotted()
    a.slotted, b.peer = b, a

def test_exception():
    try:
        raise ValueError
    except ValueError as error:
        kept = error

def test_chained():
    try:
        try:
            raise KeyError
        except KeyError as inner:
            raise ValueError from inner
    except ValueError as error:
        kept = error

def test_exc_info():
    try:
        raise ValueError
    except ValueError:
        info = sys.exc_info()

def test_stored():
    class Result: pass
    def fail(result):
        try:
            raise ValueError
        except ValueError as error:
            result.error = error
    fail(Result())

def test_comprehension():
    def fails(x): raise ValueError
    try:
        [fails(x) for x in [1]]
    except ValueError as error:
        kept = error

def test_recursive():
    def visit(n): return visit(n - 1) if n else 0
    visit(2)

def test_mutual():
    def even(n): return odd(n - 1) if n else True
    def odd(n): return even(n - 1) if n else False
    even(2)

def test_method():
    node = Node()
    node.on_change = node.method

def test_lambda():
    node = Node()
    node.on_change = lambda: node

def test_partial():
    node = Node()
    node.on_change = functools.partial(print, node)

def test_generator():
    node = Node()
    node.gen = node.steps()
    next(node.gen)

def test_coroutine():
    node = Node()
    node.coro = node.run()
    node.coro.send(None)

def test_frame():
    frame = inspect.currentframe()

def test_containers():
    items = []
    items.append({"items": items})

def test_registry():
    OPEN[len(OPEN)] = Node()

def test_cache():
    Node().cached()
"""

SIGNATURES: dict[str, tuple[str, ...]] = {
    "test_cache": ("GCG003-77030aa1 cached-method",),
    "test_chained": ("GCG002-ff2b907c exception-in-local",),
    "test_comprehension": ("GCG002-003aaa7d exception-in-local",),
    "test_containers": ("GCG002-d81794bc None",),
    "test_coroutine": ("GCG002-7455ee56 unclosed-generator",),
    "test_exc_info": ("GCG002-8219bd3d frame-in-local",),
    "test_exception": ("GCG002-3b6b9953 exception-in-local",),
    "test_frame": ("GCG002-28772d9d frame-in-local",),
    "test_generator": ("GCG002-ac2a279f unclosed-generator",),
    "test_lambda": ("GCG002-55174508 bound-method",),
    "test_method": ("GCG002-84440a86 bound-method",),
    "test_mutual": ("GCG002-86519b08 recursive-closure",),
    "test_partial": ("GCG002-085cb130 bound-method",),
    "test_recursive": ("GCG002-41bb3849 recursive-closure",),
    "test_registry": ("GCG003-05921d0a not-unregistered",),
    "test_stored": ("GCG002-f781e7ba stored-exception",),
    "test_tree": ("GCG002-b063c682 parent-child",),
    "test_two": ("GCG002-d78de288 parent-child",),
}


def test_signatures_are_the_same_on_every_interpreter(pytester: pytest.Pytester) -> None:
    made = run(pytester, PROJECT)
    found: dict[str, tuple[str, ...]] = {}
    for finding in made.findings:
        for test in finding["tests"]:
            if finding["origin"] == "own":
                name = test["nodeid"].partition("::")[2]
                found[name] = tuple(sorted((*found.get(name, ()), f"{finding['signature']} {finding['shape']}")))
    assert found == SIGNATURES, made.text
