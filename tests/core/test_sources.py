"""What is read of a part of a source file is what the whole of it says."""

from __future__ import annotations

import argparse
import ast
import enum
import pydoc
import types
import typing
from pathlib import Path

import pytest

from pytest_gcguard.core.files import sources

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


@pytest.mark.parametrize("module", [pydoc, argparse, typing, enum], ids=lambda module: module.__name__)
def test_the_function_of_a_line_is_found_in_a_part_of_the_file(module: types.ModuleType) -> None:
    assert module.__file__ is not None
    _compare_functions(Path(module.__file__))


def test_so_it_is_in_an_odd_one(tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text(ODD)
    assert _compare_functions(file) == {
        None,
        "Twice.first",
        "Decorated.Inner.method",
        "Decorated.Inner",
        "tried",
        "Twice",
        "Decorated",
        "InText",
    }


def test_a_class_that_only_a_text_names_has_no_line(tmp_path: Path) -> None:
    file = tmp_path / "texts.py"
    file.write_text(
        '@object\ndef function():\n    """\nclass Ghost:\n    """\n\n@object\n\nclass Real:\n    class Inner: pass\n'
    )
    names = ("Ghost", "Real", "Real.Inner", "Inner")
    assert [sources.line_of_class(str(file), name) for name in names] == [None, 7, 10, None]


def test_of_a_file_that_is_not_there_nothing_is_said() -> None:
    assert sources.line_of_class("nowhere.py", "Node") is None
    assert sources.around("nowhere.py", 1, "Node") == sources.read("nowhere.py")
    assert sources.function_at("nowhere.py", 1) is None


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


def _compare_functions(file: Path) -> set[str | None]:
    """Compares the function of each line that a statement begins at with what the whole tree says; those that there are."""
    expected: dict[int, str | None] = {}

    def visit(node: ast.AST, name: str | None) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{name}.{node.name}" if name else node.name
        if isinstance(node, ast.stmt):
            expected[node.lineno] = name
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.stmt, ast.ExceptHandler)):
                visit(child, name)

    visit(ast.parse(file.read_text(encoding="utf-8")), None)
    assert {line: sources.function_at(str(file), line) for line in expected} == expected
    return set(expected.values())
