"""What is read of a part of a source file is what the whole of it says."""

from __future__ import annotations

import argparse
import enum
import pydoc
import types
import typing
from pathlib import Path

import pytest

from pytest_gcguard.core import sources

ODD = '''\
import functools
if True:
    class Twice:
        def first(self): self.one = object()
else:
    class Twice:
        def first(self): self.other = object()

TEXT = """
class InText:
    def method(self): self.none = object()
def function(): pass
"""

@functools.cache
# between a decorator and what it decorates
@functools.wraps(
print
)
class Decorated:
    """A text
that goes on at the margin
def like_this():
    """
    class Inner:
        def method(self):
            (self.a, *self.b), self.c[0] = object(), object()
            return lambda value: setattr(self, "named", value)

try:
    def tried(argument):
        local = object()
except Exception:
    def tried(argument): return argument
finally:
    pass
class InText: field = lambda self: self.kept.append(self)
'''


@pytest.mark.parametrize("module", [pydoc, argparse, typing, enum], ids=lambda module: module.__name__)
def test_a_part_of_a_file_says_what_the_whole_does(module: types.ModuleType) -> None:
    assert module.__file__ is not None
    _compare(module.__file__)


def test_so_does_a_part_of_an_odd_one(tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text(ODD)
    assert _compare(str(file)) == 11


def test_of_a_file_that_is_not_there_nothing_is_said() -> None:
    assert sources.line_of_class("nowhere.py", "Node") is None
    assert sources.around("nowhere.py", 1, "Node") == sources.read("nowhere.py")


def _compare(file: str) -> int:
    whole = sources.read(file)
    for (line, name), qualname in whole.functions.items():
        part = sources.around(file, line, name)
        key = (line, name)
        assert part.functions[key] == qualname
        assert (part.variables.get(key), part.outer.get(key)) == (whole.variables.get(key), whole.outer.get(key)), key
    for qualname, line in whole.classes.items():
        part = sources.around(file, line, qualname)
        assert sources.line_of_class(file, qualname) == line
        assert (part.stored.get(qualname), part.added.get(qualname)) == (whole.stored.get(qualname), whole.added.get(qualname))
    return len(whole.functions) + len(whole.classes)
