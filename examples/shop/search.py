"""A function inside a function calls itself by its name, which it finds in a cell that holds the function.
So it holds itself, and each call of the outer function leaves one behind; `count_tidily` calls a function of the module."""

from __future__ import annotations

from typing import Any

Tree = dict[str, Any]


def count(tree: Tree) -> int:
    def visit(branch: Tree) -> int:
        return 1 + sum(visit(child) for child in branch.values())

    return visit(tree)


def count_tidily(tree: Tree) -> int:
    return 1 + sum(count_tidily(child) for child in tree.values())
