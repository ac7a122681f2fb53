"""The line of source that stores a reference: ``self.parent = parent``, ``failure = error``, ``self.children.append(child)``.

Rules of this file: read from the source by `ast`, never by running or importing anything; what is kept of a file is text and
numbers, and only of the last files that were asked for. A line that stores ``None`` or another constant does not store the
reference. Without an answer the caller has the line of the class.
"""

from __future__ import annotations

import ast
import functools
import marshal
import re
import types
from collections.abc import Callable, Iterator
from typing import Any

from pytest_gcguard.core.files import sources, stores, trees
from pytest_gcguard.core.model import Place
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import SCAN, find
from pytest_gcguard.core.objects.reading import instance_dict, read

_ATTRIBUTE = re.compile(r"\.([^\W\d]\w*)(\[|<|$)")
_VARIABLE = re.compile(r"\.<(local|closure) ([^\W\d]\w*)>")


def line(
    obj: object, words: str, place: Callable[[object], Place | None] = describe.place, target: object = None
) -> Place | None:
    """The line that stores a reference of an object; None where that is not known.

    ``words`` are the reference (``.parent``), ``place`` says where a class is from, ``target`` is what the reference leads to.

    >>> class Node:
    ...     pass
    >>> line(Node(), ".parent")
    """
    code = describe.code_of(obj)
    variable = _VARIABLE.match(words)
    if code is not None:
        return _of_variable(code, variable[1], variable[2], _caught_as(obj, target)) if variable is not None else None
    attribute = _ATTRIBUTE.match(words)
    if attribute is None:
        return None
    homes = [(at.file, at.line, describe.type_qualname(base)) for base in describe.mro(type(obj)) if (at := place(base))]
    if not homes and _has(obj, attribute[1]):  # a class made by C: in the file of what is stored there
        homes = [(at.file, at.line, "") for at in [place(target)] if at]
    found = _of_attribute(marshal.dumps(homes), attribute[1], bool(attribute[2]))
    return Place(*found) if found is not None else None


def is_raised(obj: object, words: str) -> bool:
    """Whether a reference is a variable of a frame, and its function raises what is in it."""
    variable = _VARIABLE.match(words)
    if type(obj) is not types.FrameType or variable is None:
        return False
    code = obj.f_code
    source = sources.around(code.co_filename, code.co_firstlineno, code.co_name)
    return variable[2] in source.raised.get((code.co_firstlineno, code.co_name), ())


@functools.lru_cache(maxsize=64)
def imported(file: str) -> frozenset[str]:
    """The names that a module imports from others; none where its source cannot be read.

    >>> import copy
    >>> "dispatch_table" in imported(copy.__file__)
    True
    """
    work: list[ast.stmt] = list(trees.parse(file).body)
    names: set[str] = set()
    while work:
        statement = work.pop()
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
        work += (child for child in ast.iter_child_nodes(statement) if isinstance(child, (ast.If, ast.Try, ast.stmt)))
    return frozenset(names)


def _has(obj: object, name: str) -> bool:
    """Whether an object has an attribute in its ``__dict__``, so that Python code may have set it."""
    namespace: dict[Any, object] | None = instance_dict(obj)
    return namespace is not None and find(dict.items(namespace), name) is not None


def _caught_as(frame: object, target: object) -> list[str]:
    """The classes by whose names a frame may have caught an exception, its own class first; empty if it has not been there."""
    traceback = read(_TRACEBACK, target) if issubclass(type(target), BaseException) else None
    for _ in range(SCAN):
        if type(traceback) is not types.TracebackType:
            break
        if traceback.tb_frame is frame:
            return [describe.type_qualname(base).rpartition(".")[2] for base in describe.mro(type(target))]
        traceback = traceback.tb_next
    return []


_TRACEBACK = BaseException.__dict__["__traceback__"]


def _of_variable(code: types.CodeType, scope: str, name: str, kinds: list[str]) -> Place | None:
    file = code.co_filename
    source = sources.around(file, code.co_firstlineno, code.co_name)
    function: tuple[int, str] | None = (code.co_firstlineno, code.co_name)
    if scope == "closure" and function is not None:
        function = source.outer.get(function)
    while function is not None:
        caught = source.caught.get(function, {})
        words = next((words for kind in kinds if (words := f"{name} {kind}") in caught), f"{name} ") if kinds else ""
        lines = caught.get(words) or source.variables.get(function, {}).get(name)
        if lines:
            return Place(file, lines[-1])
        function = source.outer.get(function)
    return None


_Classes = list[tuple[str, int, str]]
_Looked = tuple[str, sources.Source, str, str]


@functools.lru_cache(maxsize=512)
def _of_attribute(homes: bytes, name: str, is_item: bool) -> tuple[str, int] | None:
    """The line that stores an attribute of an object, or an item of the container in it.

    It is looked for in the bodies of the object's classes, then anywhere in their files: on what a call of the class makes,
    else on what may be of any class. An item is stored where something is added to the attribute; but a line that stores the
    attribute with items in it comes before one that adds to an object of any class.

    ``homes`` has file, line and qualified name of each class, as bytes, since the collector would see a list.
    """
    classes: _Classes = marshal.loads(homes)
    for kind, looked in (*_OF_ITEM, *_OF_WHOLE) if is_item else _OF_WHOLE:
        for file, source, home, written in looked(classes, name):
            lines = getattr(source, kind).get(home, {}).get(written)
            if lines:
                return file, lines[0]
    return None


def _in_bodies(classes: _Classes, name: str) -> Iterator[_Looked]:
    for file, line, qualname in classes:
        yield file, sources.around(file, line, qualname), qualname, stores.written(name, qualname)


def _on_made(classes: _Classes, name: str) -> Iterator[_Looked]:
    for file, _, qualname in classes:
        yield file, sources.read(file), f":{qualname.rpartition('.')[2]}", name


def _on_any(classes: _Classes, name: str) -> Iterator[_Looked]:
    for file in dict.fromkeys(file for file, _, _ in classes):
        yield file, sources.read(file), "", name


_OF_ITEM = (("added", _in_bodies), ("added", _on_made), ("filled", _in_bodies), ("added", _on_any))
_OF_WHOLE = (("stored", _in_bodies), ("stored", _on_made), ("stored", _on_any))
