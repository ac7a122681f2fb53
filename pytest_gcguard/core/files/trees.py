"""The syntax trees of source files, and of some of their lines.

Rules of this file: parsed by `ast`, never by running or importing anything; no tree is kept: those of a hundred files would be
larger than the program.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

from pytest_gcguard.core.files import statements

_LEAVES = frozenset(
    {
        *(ast.Constant, ast.Name, ast.Import, ast.ImportFrom, ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal),
        *(
            kind
            for base in (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
            for kind in base.__subclasses__()
        ),
    }
)
"""Most nodes of a tree are of these kinds, which store nothing and lead to nothing that does."""


def parse(file: str) -> ast.Module:
    """The syntax tree of a source file; an empty one where there is none, or one that is too large.

    >>> parse(__file__).body[0].value.value.partition(",")[0], parse("nowhere.py").body
    ('The syntax trees of source files', [])
    """
    return _tree(statements.text(file)) or ast.Module([], [])


def part(file: str, first: int, end: int | None) -> ast.Module | None:
    """The syntax tree of some lines of a file, without the line ``end``; None where these are not whole statements."""
    lines = statements.text(file).split("\n")
    return _tree("\n" * (first - 1) + "\n".join(lines[first - 1 : end - 1 if end is not None else None]))


def _tree(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the source's syntax warnings have been shown, or not, when it was imported
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below a node, as `ast.iter_child_nodes` in half the time, without those that store nothing."""
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            for each in value:
                if isinstance(each, ast.AST) and type(each) not in _LEAVES:
                    yield each
        elif isinstance(value, ast.AST) and type(value) not in _LEAVES:
            yield value
