"""The line of source that stores a reference: ``self.parent = parent``, ``failure = error``, ``self.children.append(child)``.

Rules of this file: read from the source by `ast`, never by running or importing anything; what is kept of a file is text and
numbers, and only of the last files that were asked for. A line that stores ``None`` or another constant does not store the
reference. Without an answer the caller has the line of the class.
"""

from __future__ import annotations

import ast
import functools
import re
import types

from pytest_gcguard.core.files import sources
from pytest_gcguard.core.model import Place
from pytest_gcguard.core.objects import describe

_ATTRIBUTE = re.compile(r"\.([^\W\d]\w*)(\[|<|$)")
_VARIABLE = re.compile(r"\.<(local|closure) ([^\W\d]\w*)>")


def line(obj: object, words: str) -> Place | None:
    """Where the reference of an object that reads ``words`` is stored; None where that cannot be told.

    >>> class Node:
    ...     pass
    >>> line(Node(), ".parent")
    """
    code = describe.code_of(obj)
    variable = _VARIABLE.match(words)
    if code is not None:
        return _of_variable(code, *variable.groups()) if variable is not None else None
    attribute = _ATTRIBUTE.match(words)
    return _of_attribute(type(obj), attribute[1], bool(attribute[2])) if attribute is not None else None


@functools.lru_cache(maxsize=64)
def imported(file: str) -> frozenset[str]:
    """The names that a module imports from others; none where its source cannot be read.

    >>> import copy
    >>> "dispatch_table" in imported(copy.__file__)
    True
    """
    work: list[ast.stmt] = list(getattr(sources.parse(file), "body", ()))
    names: set[str] = set()
    while work:
        statement = work.pop()
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        work += (child for child in ast.iter_child_nodes(statement) if isinstance(child, (ast.If, ast.Try, ast.stmt)))
    return frozenset(names)


def _of_variable(code: types.CodeType, scope: str, name: str) -> Place | None:
    file = code.co_filename
    source = sources.around(file, code.co_firstlineno, code.co_name)
    function: tuple[int, str] | None = (code.co_firstlineno, code.co_name)
    if scope == "closure" and function is not None:
        function = source.outer.get(function)
    while function is not None:
        lines = source.variables.get(function, {}).get(name)
        if lines:
            return Place(file, lines[-1])
        function = source.outer.get(function)
    return None


def _of_attribute(tp: type, name: str, is_item: bool) -> Place | None:
    """In the bodies of the class and of those that it inherits from, then anywhere in their files."""
    homes = [(place, describe.type_qualname(base)) for base in describe.mro(tp) if (place := describe.place(base))]
    for kind in ("added", "stored") if is_item else ("stored",):
        for place, qualname in homes:
            lines = getattr(sources.around(place.file, place.line, qualname), kind).get(qualname, {}).get(name)
            if lines:
                return Place(place.file, lines[0])
        for file in dict.fromkeys(place.file for place, _ in homes):
            lines = getattr(sources.read(file), kind).get("", {}).get(name)
            if lines:
                return Place(file, lines[0])
    return None
