"""Which conditions of a source ask whether a number has been reached: a length, something counted, the time that has passed.

Rules of this file: reads syntax trees only. A number that the caller gives counts nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from pytest_gcguard.core.files.contained import Names, pairs
from pytest_gcguard.core.files.stores import last

_LENGTHS = frozenset({"len", "qsize", "getsizeof", "sum", "__len__"})
_CLOCKS = frozenset({"monotonic", "monotonic_ns", "now", "perf_counter", "time", "time_ns", "today", "utcnow"})
_OF_OTHERS = re.compile(r"attempt|depth|error|fail|level|retr|tries", re.IGNORECASE)
"""Names of what is counted, but not each time that something is added: errors, say."""
_SMALLEST = 2
_OVER = (ast.Gt, ast.GtE)
_BELOW = (ast.Lt, ast.LtE)


class Counts:
    """What the functions of a file count, and what there tells that a number has been reached."""

    def __init__(self, scopes: Sequence[Names]) -> None:
        self.counted: set[str] = set()
        self._set: set[str] = set()
        self._flags: dict[bool, set[str]] = {True: set(), False: set()}
        for names in scopes:
            for part in names.parts:
                if isinstance(part, ast.AugAssign) and isinstance(part.op, ast.Add):
                    self.counted.update(name for name in names.of(part.target) if _OF_OTHERS.search(name) is None)
                for target, value in pairs(part):
                    adds = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)
                    again = adds and set(names.of(target)) & {name for each in ast.walk(value) for name in names.of(each)}
                    (self.counted if again else self._set if names.function != "__init__" else set()).update(names.of(target))
        for names in scopes:
            for part in names.parts:
                if isinstance(part, ast.Return) and part.value is not None and names.function != "__init__":
                    self._note(part.value, names, {names.function})
                for target, value in pairs(part):
                    self._note(value, names, {name.rpartition(".")[2] for name in names.of(target)})

    def _note(self, value: ast.expr, names: Names, told: set[str]) -> None:
        """Note that a function, a property or a variable tells whether a number has been reached."""
        if isinstance(value, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
            for below in (False, True):
                if self.reached(value, names, below=below):
                    self._flags[not below].update(told)

    def never_set(self, name: str) -> bool:
        """Whether a variable is only counted, once it has its first value."""
        return name in self.counted and name not in self._set

    def tells(self, node: ast.expr) -> bool:
        """Whether a variable or a function tells whether a number has been reached."""
        return any(_word(node) in flags for flags in self._flags.values())

    def reached(self, test: ast.expr, names: Names, *, below: bool = False) -> bool:
        """Whether a condition is met when a number has been reached, or as long as it is ``below``."""
        if isinstance(test, ast.BoolOp):
            return any(self.reached(each, names, below=below) for each in test.values)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            if isinstance(test.operand, ast.BinOp):
                return not below and self._is_remainder(test.operand, names)
            return self.reached(test.operand, names, below=not below)
        if isinstance(test, ast.Compare):
            return len(test.ops) == 1 and self._compares(test.left, test.ops[0], test.comparators[0], names, below=below)
        if isinstance(test, ast.BinOp):
            return below and self._is_remainder(test, names)
        return isinstance(test, (ast.Name, ast.Attribute, ast.Call)) and _word(test) in self._flags[not below]

    def _compares(self, left: ast.expr, op: ast.cmpop, right: ast.expr, names: Names, *, below: bool) -> bool:
        if isinstance(op, (ast.Eq, ast.NotEq)):
            same = isinstance(op, ast.Eq)
            if any(map(_is_clock, names.meant(left) + names.meant(right))):
                return same is below  # another minute has begun
            if any(self._is_remainder(side, names) for side in (left, right)):
                return same is not below
            known = (self.counts(left, names) and not _is_small(right)) or (self.counts(right, names) and not _is_small(left))
            return known and same is not below
        if not isinstance(op, (*_OVER, *_BELOW)):
            return False
        turned = not self.counts(left, names)
        count, limit = (right, left) if turned else (left, right)
        if not self.counts(count, names) or (_is_small(limit) and not _is_surplus(count, names)):
            return False
        return isinstance(op, _OVER) is (turned is below)

    def counts(self, value: ast.expr, names: Names) -> bool:
        """Whether an expression has to do with a length, with what is counted, or with the clock, and not of a parameter."""
        return any(self._counts(each, names) or _is_clock(each) for part in names.meant(value) for each in ast.walk(part))

    def _counts(self, node: ast.AST, names: Names) -> bool:
        if isinstance(node, ast.Call) and _word(node) in _LENGTHS:
            of = node.args[0] if node.args else node.func
            return not any(isinstance(each, ast.Name) and each.id in names.given for each in ast.walk(of))
        if isinstance(node, ast.Call) and _word(node) == "next":
            return bool(node.args) and isinstance(node.args[0], (ast.Name, ast.Attribute))  # an itertools.count()
        return isinstance(node, (ast.Name, ast.Attribute)) and not self.counted.isdisjoint(names.of(node))

    def _is_remainder(self, value: ast.expr, names: Names) -> bool:
        """Whether a value is nothing once in so many times: ``self.calls % 1000``."""
        is_part = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod)
        return is_part and self.counts(value.left, names)  # type: ignore[attr-defined] # asked before

    def walks_surplus(self, walked: ast.expr, names: Names) -> bool:
        """Whether a loop is over what is too much: ``range(len(items) - LIMIT)``, ``sorted(CACHE)[:excess]``."""
        for node in ast.walk(walked):
            if isinstance(node, ast.Call) and _word(node) == "range" and any(_is_surplus(each, names) for each in node.args):
                return True
            if (
                isinstance(node, ast.Slice)
                and node.lower is None
                and node.upper is not None
                and _is_surplus(node.upper, names)
            ):
                return True
        return False


def _is_surplus(value: ast.expr, names: Names) -> bool:
    """Whether a value is by how much a length is over a limit: ``len(items) - LIMIT``."""
    return any(
        isinstance(each, ast.BinOp)
        and isinstance(each.op, ast.Sub)
        and any(_word(part) in _LENGTHS for part in _calls(each.left))
        for part in names.meant(value)
        for each in ast.walk(part)
    )


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _is_clock(node: ast.AST) -> bool:
    return any(_word(each) in _CLOCKS and not each.args for each in _calls(node))


def _is_small(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and (not isinstance(value.value, (int, float)) or value.value < _SMALLEST)


def _word(node: ast.expr) -> str:
    """The last part of the name of a variable, of an attribute, or of what is called."""
    return last(node.func if isinstance(node, ast.Call) else node)
