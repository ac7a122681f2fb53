"""Which containers a source file keeps within a limit, so that they do not grow for ever.

- A function compares their length with something, and takes out of them. Code that merely unregisters something compares no
  length; code that asks whether there is anything compares it with 0 or 1.
- Whatever adds to them cuts them to their latest items: ``del _LOG[:-50]``, ``_LOG = _LOG[-50:] + [entry]``.
- Whatever adds to them does so only while there is room: ``if len(_IDLE) < 10: _IDLE.append(connection)``. A program that
  raises an error where there is none does leak.
- A list has a number of places from the start, and nothing adds to it.
- What is old is taken out of them: see `ages`. Or something is whenever any other number has been reached: see `reaching`.

Rules of this file: read from the source by `ast`, never by running or importing anything.
"""

from __future__ import annotations

import ast
import collections
import functools
import re
from collections.abc import Iterable, Iterator

from pytest_gcguard.core.files import ages, reaching, statements, trees
from pytest_gcguard.core.files.contained import Names, added, called, empties, functions, is_limit, pairs, where_added
from pytest_gcguard.core.files.counts import Counts
from pytest_gcguard.core.files.stores import last

_TAKES = frozenset({"clear", "pop", "popitem", "popleft"})
_GETS = frozenset({"discard", "get", "get_nowait", "remove"})
_SMALLEST = 2
_LEAVES = (ast.Return, ast.Continue, ast.Break)


def keeps(file: str, name: str) -> bool:
    """Whether a file keeps a variable, or an attribute with a dot before it, within a limit: see `kept_within`.

    If the file says nothing of that kind about the name, it is not parsed.
    """
    words = _NAME.findall(name)
    return bool(words) and words[-1] in _asked(file) and name in kept_within(file)


@functools.lru_cache(maxsize=256)
def _asked(file: str) -> frozenset[str]:
    text = statements.text(file)
    emptied = collections.Counter(_EMPTIES.findall(text))  # once is what a constructor does
    found = {name for found in _ASKS.findall(text) for each in found for name in _NAME.findall(each)}
    return frozenset(found.union(*_TAKES_OUT.findall(text), (name for name, times in emptied.items() if times > 1)))


_NAME = re.compile(r"\w+")
_ASKS = re.compile(
    r"(?:\b(?:len|heappop)\(\s*|(?:\bin\s+|\bwhile\s+|=\s*|\*)(?:\w*\(\s*)*)((?:\w+\.)*\w+)|((?:\w+\.)*\w+)(?:\[[^\]\n]*\])?\[[^\]\n]*:|"
    r"(\w+)\s*(?::[^=\n]+)?=\s*\[[^\]\n]*\]\s*\*|^[ \t]*([\w., ]+,[\w., ]+)=|"
    r"\.(\w+)\s*=\s*(?:self|cls)\.\w+$",
    re.MULTILINE,
)
"""One pattern for all names, as in ``statements``."""
_TAKES_OUT = re.compile(
    r"(\w+)(?:\[[^\]\n]*\])?\.(?:clear|discard|pop|popitem|popleft|remove)\(|\bdel\s+(?:\w+\.)*(\w+)\[|"
    r"\bif\b[^\n]*:\n\s*(?:\w+\.)*(\w+)\.(?:add|append|appendleft)\("
)
_EMPTIES = re.compile(r"(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\[\]|\{\}|\w+(?:\.\w+)*\(\))")


@functools.lru_cache(maxsize=64)
def kept_within(file: str) -> frozenset[str]:
    """The variables and the attributes (with a dot) that a file keeps within a limit; ``[]`` stands for each of their items.

    ``if len(_CACHE) > 64: _CACHE.popitem(last=False)`` is one way to do so. ``self`` stands for an instance itself.

    >>> sorted(kept_within(__file__))
    []
    """
    tree = trees.parse(file)
    scopes = functions(tree)
    found: set[str] = set()
    for names in scopes:
        if names.function != "__init__":
            compared = {name for part in names.parts for name in _compared(part, names)}
            kept = compared & {name for part in names.parts for name in _taken(part, names)}
            # ``self.old, self.young = self.young, {}``
            found |= kept | {name for part in names.parts for name, value in _moved(part, names) if value in kept}
    cut = [{name for part in names.parts for name in _cut(part, names)} for names in scopes]
    some, cut_there = where_added(scopes, cut)
    found |= set().union(*cut) - (some - cut_there)
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef):
            found.update(_inside(each))
    counts = Counts(scopes)
    found |= _with_room(scopes, counts) | _with_places([Names(tree), *scopes])
    return frozenset(found | ages.swept(scopes) | reaching.shed(scopes, counts))


def _inside(cls: ast.ClassDef) -> Iterator[str]:
    """What a class that keeps itself within a limit keeps its items in, which its own ``__len__`` tells the length of."""
    methods = [Names(each) for each in cls.body if isinstance(each, ast.FunctionDef)]
    keeps_itself = any(
        "self" in {name for part in names.parts for name in _compared(part, names)}
        and "self" in {name for part in names.parts for name in _taken(part, names)}
        for names in methods
    )
    for names in methods if keeps_itself else ():
        if names.function == "__len__":
            lengths = [each for each in names.parts if isinstance(each, ast.Call) and last(each.func) == "len" and each.args]
            yield from (name for each in lengths for name in names.of(each.args[0]))


@functools.lru_cache(maxsize=64)
def cleaned(file: str) -> frozenset[str]:
    """The variables and attributes of a file out of which it takes weak references whose objects have gone, now and then."""
    return frozenset(ages.cleaned(functions(trees.parse(file))))


@functools.lru_cache(maxsize=64)
def emptied(file: str, running: frozenset[str]) -> frozenset[str]:
    """The variables and attributes of a file that some function takes things out of, whether or not within a limit.

    That is one of the functions that are ``running``, by name, or one that such a function calls.
    """
    scopes = [names for names in functions(trees.parse(file)) if names.function != "__init__"]
    reached = running
    while more := {name for names in scopes if names.function in reached for name in called(names)} - reached:
        reached |= more
    scopes = [names for names in scopes if names.function in reached]
    return frozenset(name for names in scopes for part in names.parts for name in (*_taken(part, names), *_got(part, names)))


def _got(node: ast.AST, names: Names) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GETS:
        yield from names.of(node.func.value)


def _compared(node: ast.AST, names: Names) -> Iterator[str]:
    """The containers whose length is compared, unless it is with a number too small to be a limit."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        small = any(isinstance(side, ast.Constant) and _is_small(side.value) for side in sides)
        for side in sides if not small else ():
            if isinstance(side, ast.Call) and isinstance(side.func, ast.Name) and side.func.id == "len" and side.args:
                yield from names.of(side.args[0])


def _is_small(value: object) -> bool:
    return not isinstance(value, int) or value < _SMALLEST


def _taken(node: ast.AST, names: Names) -> Iterator[str]:
    """The containers that a statement or call takes something out of, or replaces by an empty one or by a part of itself."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TAKES:
        yield from names.of(node.func.value)
    elif isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield from names.of(target.value)
    for target, value in pairs(node):
        if empties(value):
            yield from names.of(target)
        else:
            yield from names.filtered(target, value)


def _moved(node: ast.AST, names: Names) -> Iterator[tuple[str, str]]:
    """The containers that a statement puts in the place of others, each after the place."""
    for target, value in pairs(node):
        for place in names.of(target):
            yield from ((place, name) for name in names.of(value))


def _cut(node: ast.AST, names: Names) -> Iterator[str]:
    """The lists that a statement cuts to their latest, or to their first, items."""
    if isinstance(node, ast.Delete):
        for target in node.targets:
            if isinstance(target, ast.Subscript) and _leaves_some(target.slice, names):
                yield from names.of(target.value)
    for target, value in pairs(node):
        place = target.value if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice) else target
        if place is not target and empties(value) and _leaves_some(target.slice, names):  # type: ignore[attr-defined] # a subscript
            yield from names.of(place)
            continue
        parts = {id(part) for each in ast.walk(value) if _is_part(each, names) for part in ast.walk(each)}
        for name in names.of(place):
            uses = [each for each in ast.walk(value) if name in names.of(each)]
            if uses and all(id(each) in parts for each in uses):
                yield name


def _leaves_some(part: ast.expr, names: Names) -> bool:
    """Whether only a number of items is left where a part of a list is deleted: ``[:-50]``, ``[LIMIT:]``."""
    if not isinstance(part, ast.Slice) or part.step is not None:
        return False
    if part.lower is None:
        return _from_end(part.upper, names)
    return part.upper is None and is_limit(part.lower, names)


def _is_part(node: ast.AST, names: Names) -> bool:
    """Whether an expression is the latest, or the first, items of a list: ``[-50:]``, ``[:LIMIT]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice) or node.slice.step is not None:
        return False
    part = node.slice
    if part.upper is None:
        return _from_end(part.lower, names)
    return part.lower is None and is_limit(part.upper, names)


def _from_end(bound: ast.expr | None, names: Names) -> bool:
    return isinstance(bound, ast.UnaryOp) and isinstance(bound.op, ast.USub) and is_limit(bound.operand, names)


def _with_room(scopes: Iterable[Names], counts: Counts) -> set[str]:
    """The containers to which whatever adds does so only while they have fewer than a number of items.

    Or it does so only until a count is reached that is never set back. Where there is no room, an item may be replaced.
    """
    checked: set[str] = set()
    unchecked: set[str] = set()
    for names in scopes:
        has_room: dict[str, set[int]] = {}
        full_at: dict[str, int] = {}
        counted: set[int] = set()
        for part in names.parts:
            if isinstance(part, ast.If):
                if counts.reached(part.test, names, below=True) and _counts_on(part.test, names, counts):
                    counted |= _in_room(part)
                for name in _tested(part.test, names, ast.Lt, ast.LtE):
                    has_room.setdefault(name, set()).update(_in_room(part))
                for name in _tested(part.test, names, ast.Gt, ast.GtE):
                    if part.body and isinstance(part.body[-1], _LEAVES):
                        full_at[name] = min(part.lineno, full_at.get(name, part.lineno))
        for part in names.parts:
            for name in added(part, names):
                guarded = id(part) in has_room.get(name, set()) | counted or full_at.get(name, part.lineno) < part.lineno  # type: ignore[attr-defined] # a statement or a call
                (checked if guarded else unchecked).add(name)
    return checked - unchecked


def _in_room(part: ast.If) -> set[int]:
    """What is done while there is room, and the assignments where there is none; nothing if that is an error."""
    if any(isinstance(each, ast.Raise) for each in part.orelse):
        return set()
    replaces = {id(each) for inner in part.orelse for each in ast.walk(inner) if isinstance(each, ast.Assign)}
    return replaces.union(id(each) for inner in part.body for each in ast.walk(inner))


def _counts_on(test: ast.expr, names: Names, counts: Counts) -> bool:
    """Whether a condition asks what is counted and never set back, or a variable that tells whether it has been reached."""
    named = [each for each in ast.walk(test) if isinstance(each, (ast.Name, ast.Attribute))]
    return any(counts.tells(each) or any(map(counts.never_set, names.of(each))) for each in named)


def _tested(test: ast.expr, names: Names, *operators: type[ast.cmpop]) -> Iterator[str]:
    """The containers whose length a condition wants on this side of a limit, whichever way round it is written."""
    for part in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]:
        if isinstance(part, ast.Compare) and len(part.ops) == 1:
            first = set(_compared(ast.Compare(part.left, part.ops, [_NUMBER]), names))
            small = isinstance(part.comparators[0], ast.Constant) and _is_small(part.comparators[0].value)
            if first and not small and isinstance(part.ops[0], operators):
                yield from first
            elif not first and isinstance(part.ops[0], tuple(_TURNED[each] for each in operators)):
                yield from _compared(part, names)


_NUMBER = ast.Name("LIMIT", ast.Load())
_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


def _with_places(scopes: Iterable[Names]) -> set[str]:
    """The lists that are made with a number of places, as ``[None] * size``, in which alone things are put."""
    made: set[str] = set()
    grown: set[str] = set()
    put: set[str] = set()
    for names, part in ((each, part) for each in scopes for part in each.parts):
        for target, value in pairs(part):
            if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult) and isinstance(value.left, ast.List):
                made.update(names.of(target))
            elif isinstance(target, ast.Subscript):
                (grown if isinstance(target.slice, ast.Slice) else put).update(names.of(target.value))
            else:
                grown.update(names.of(target))
        if isinstance(part, (ast.Call, ast.AugAssign)):
            grown.update(added(part, names))
    return (made & put) - grown
