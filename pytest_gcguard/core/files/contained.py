"""The containers that a function of a source names: globals, attributes, their items, and local names for any of these.

Rules of this file: reads syntax trees only. A name is that of a global, or of an attribute with a dot before it, whoever's it
is, or of a default (see `of_default`); ``[]`` behind it stands for each of the items. A local variable has the name of what it
was set to, or none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from pytest_gcguard.core.files.stores import last

_GETS = frozenset({"get", "setdefault", "pop"})
_COPIES = frozenset({"items", "keys", "values", "copy"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LIMIT = re.compile(r"(^|_)(max|min|most|limit|size|capacity|keep|len|length|count|depth|window|history)(_|$)", re.IGNORECASE)

_IS_NAMED = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> list[Names]:
    """The functions of a file, in whatever they are."""
    return [Names(node) for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


class Names:
    """A function, or the statements at the top level of a file, and what expressions there name."""

    def __init__(self, scope: Function | ast.Module) -> None:
        is_function = not isinstance(scope, ast.Module)
        self.function = scope.name if is_function else ""  # type: ignore[union-attr] # asked above
        self.parts: list[ast.AST] = list(ast.walk(scope)) if is_function else list(scope.body)
        self.defaults = _kept(scope.args) if is_function else set()  # type: ignore[union-attr] # likewise
        self.numbers = _numbers(scope.args) if is_function else set()  # type: ignore[union-attr] # likewise
        self.given = _parameters(scope) - self.defaults if is_function else set()  # type: ignore[arg-type] # likewise
        self.locals = _locals(self.given, self.parts) if is_function else set()
        self._aliases: dict[str, set[str]] = {}
        self._values: dict[str, list[ast.expr]] = {}
        for part in self.parts:
            for target, value in pairs(part):
                if isinstance(target, ast.Name) and target.id in self.locals:
                    self._values.setdefault(target.id, []).append(value)
                    self._aliases.setdefault(target.id, set()).update(self._of_alias(value))

    def of(self, node: ast.AST) -> list[str]:
        """The names of a container; none for what is not named, or is local."""
        if not isinstance(node, _IS_NAMED):
            return []
        if isinstance(node, ast.Name):
            return self._of_variable(node.id)
        if isinstance(node, ast.Attribute):
            return [f".{node.attr}"]
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            return [f"{name}[]" for name in self.of(node.value)]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GETS:
            return [f"{name}[]" for name in self.of(node.func.value)]
        return []

    def meant(self, node: ast.expr) -> list[ast.expr]:
        """An expression; for a local variable, what it was set to."""
        return self._values.get(node.id, [node]) if isinstance(node, ast.Name) else [node]

    def filtered(self, target: ast.expr, value: ast.expr) -> Iterator[str]:
        """The containers that an assignment leaves only those items in that meet a condition."""
        place = target.value if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice) else target
        found = [each for each in ast.walk(value) if isinstance(each, ast.comprehension) and each.ifs]
        for name in self.of(place):
            if any(name in self.walked(each.iter) for each in found):
                yield name

    def walked(self, node: ast.AST) -> Iterator[str]:
        """The containers that an expression walks over: ``list(_CACHE.items())``."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _COPIES:
            node = node.func.value
        yield from self.of(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            yield from self.walked(node.args[0])
        elif isinstance(node, ast.Subscript):
            yield from self.walked(node.value)
        elif isinstance(node, _COMPREHENSIONS):
            yield from (name for each in node.generators for name in self.walked(each.iter))

    def _of_variable(self, name: str) -> list[str]:
        if name in self.defaults:
            return [of_default(self.function, name)]
        return sorted(self._aliases.get(name, ())) if name in self.locals else [name]

    def _of_alias(self, value: ast.expr) -> list[str]:
        if isinstance(value, ast.Name) and value.id in self.locals:
            return []
        return self.of(value)


def of_default(function: str, parameter: str) -> str:
    """The name of an empty container that is the default of a parameter: it is the same at each call.

    >>> of_default("load", "cache")
    'load(cache)'
    """
    return f"{function}({parameter})"


def pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a statement sets, each with its value; one by one where several are set to as many."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    value = getattr(node, "value", None)
    for target in targets if isinstance(value, ast.expr) else ():
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            yield from zip(target.elts, value.elts, strict=True)
        else:
            yield target, value  # type: ignore[misc] # narrowed by the loop


def empties(value: ast.expr) -> bool:
    """Whether an expression is a new container without anything in it."""
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords
    return (isinstance(value, ast.Dict) and not value.keys) or (isinstance(value, ast.List) and not value.elts)


_PUSHES = frozenset({"heappush", "insort", "insort_left", "insort_right"})
_ADDS = frozenset({"add", "append", "appendleft", "extend", "extendleft", "insert", "setdefault", "update"})


def added(node: ast.AST, names: Names) -> Iterator[str]:
    """The containers that a statement or call adds something to."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDS:
        yield from names.of(node.func.value)
    elif isinstance(node, ast.Call) and node.args and last(node.func) in _PUSHES:
        yield from names.of(node.args[0])
    elif isinstance(node, ast.AugAssign):
        yield from names.of(node.target)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                yield from names.of(target.value)


def called(names: Names) -> set[str]:
    """The functions and methods that a function calls, by the last part of their names."""
    return {last(part.func) for part in names.parts if isinstance(part, ast.Call)}


def where_added(scopes: Sequence[Names], cut: Sequence[set[str]]) -> tuple[set[str], set[str]]:
    """The containers that some function adds to, and those of them that no function does unless it cuts them as well.

    ``cut`` has what each of the ``scopes`` cuts. A function that calls one cuts what that cuts.
    """
    by_name: dict[str, set[str]] = {}
    for names, found in zip(scopes, cut, strict=True):
        by_name.setdefault(names.function, set()).update(found)
    some: set[str] = set()
    others: set[str] = set()
    for names, found in zip(scopes, cut, strict=True):
        if names.function != "__init__":
            adds = {name for part in names.parts for name in added(part, names)}
            some |= adds
            others |= adds.difference(found, *(by_name[name] for name in called(names) if name in by_name))
    return some, some - others


def is_limit(value: ast.expr | None, names: Names) -> bool:
    """Whether an expression is a number that is the same each time: 50, ``LIMIT``, ``self._max_entries``."""
    if isinstance(value, ast.Constant):
        return type(value.value) is int and value.value > 0
    if isinstance(value, ast.Name):
        return (
            value.id.isupper()
            or value.id in names.numbers
            or (value.id not in names.locals and _LIMIT.search(value.id) is not None)
        )
    return isinstance(value, ast.Attribute) and (value.attr.isupper() or _LIMIT.search(value.attr) is not None)


def _parameters(function: Function) -> set[str]:
    """The parameters of a function, but for ``self`` and ``cls``."""
    return {part.arg for part in ast.walk(function.args) if isinstance(part, ast.arg)} - {"self", "cls"}


def _kept(parameters: ast.arguments) -> set[str]:
    """The parameters whose default is an empty container."""
    return {name for name, value in _defaults(parameters) if empties(value)}


def _numbers(parameters: ast.arguments) -> set[str]:
    """The parameters whose default is a number."""
    return {name for name, value in _defaults(parameters) if isinstance(value, ast.Constant) and type(value.value) is int}


def _defaults(parameters: ast.arguments) -> list[tuple[str, ast.expr]]:
    given = [*parameters.posonlyargs, *parameters.args]
    pairs_of = [*zip(given[len(given) - len(parameters.defaults) :], parameters.defaults, strict=True)]
    pairs_of += [(each, value) for each, value in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True) if value]
    return [(each.arg, value) for each, value in pairs_of]


def _locals(given: set[str], parts: list[ast.AST]) -> set[str]:
    """The variables of a function."""
    found = given | {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return found.difference(*(part.names for part in parts if isinstance(part, (ast.Global, ast.Nonlocal))))
