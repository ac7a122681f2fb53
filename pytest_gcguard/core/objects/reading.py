"""What can be read of a live object without running any of its code: its attributes, and what a future keeps.

Rules of this file: no code of an object that is looked at may run, whatever it overrides. So attributes are read from slots,
which is a plain load, and by those computed attributes of the interpreter's own types that run no other code. Attributes that
an extension computes are not read: the ``__dict__`` of a proxy may run code of the object behind it. Objects are compared by
identity only, and only exact texts and numbers are hashed.
"""

from __future__ import annotations

import ast
import collections
import contextlib
import contextvars
import functools
import io
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from pytest_gcguard.core.objects.classes import (
    class_items,
    class_namespace,
    find,
    is_made_by_program,
    mro,
    type_qualname,
)
from pytest_gcguard.core.unpatched import gc

ABSENT = object()
"""The answer where there is nothing to read."""
_DICT_OFFSET: Callable[[type], int] = type.__dict__["__dictoffset__"].__get__
_CELL_CONTENTS = types.CellType.__dict__["cell_contents"]


def instance_dict(obj: object) -> dict[str, object] | None:
    """The ``__dict__`` of an instance or module, None if it has none; a class's own namespace is not one.

    A ``__dict__`` that Python code or an extension computes is not read. Futures of asyncio have one that no name leads to.
    From 3.11 on, an instance may keep its attributes inline; the first look makes its dictionary, as ``vars()`` does: one more
    tracked object, which lives as long as the instance.

    >>> import types
    >>> instance_dict(types.SimpleNamespace(a=1)), instance_dict(3)
    ({'a': 1}, None)
    """
    return Reader().instance_dict(obj)


class Reader:
    """Reads many objects: for each class it looks up once how to read the instances, and keeps that.

    The objects must outlive it. Drop it before looking for what refers to a class, since it refers to classes.
    """

    def __init__(self) -> None:
        self._dictionaries: dict[int, object | None] = {}
        self._slots: dict[int, tuple[tuple[str, object], ...]] = {}

    def instance_dict(self, obj: object) -> dict[str, object] | None:
        """As the function `instance_dict`."""
        tp = type(obj)
        if not _DICT_OFFSET(tp):
            return None
        try:
            descriptor = self._dictionaries[id(tp)]
        except KeyError:
            descriptor = self._dictionaries[id(tp)] = dictionary_descriptor(tp)
        namespace = _dict_of_future(obj) if descriptor is None else read(descriptor, obj)
        return namespace if issubclass(type(namespace), dict) else None  # type: ignore[return-value] # narrowed by hand: see `texts.text`

    def slots(self, obj: object) -> Iterator[tuple[object, object]]:
        """As the function `slots`."""
        tp = type(obj)
        try:
            descriptors = self._slots[id(tp)]
        except KeyError:
            descriptors = self._slots[id(tp)] = tuple(slot_descriptors(tp))
        for name, descriptor in descriptors:
            if (value := read(descriptor, obj)) is not ABSENT:
                yield name, value
        if _HIDES_ATTRIBUTES and is_future(tp):
            yield from _inside_of_future(obj)


def may_have_dict(tp: type) -> bool:
    """Whether instances of a class may have a ``__dict__``.

    >>> may_have_dict(types.SimpleNamespace), may_have_dict(list)
    (True, False)
    """
    return bool(_DICT_OFFSET(tp))


def dictionary_descriptor(tp: type) -> object | None:
    """What reads the ``__dict__`` of an instance without running code; None where there is none."""
    if not _DICT_OFFSET(tp):
        return None
    chosen = None
    for base in mro(tp):
        for descriptor in class_namespace(base).values() if base is not object else ():
            kind = type(descriptor)
            if (
                (kind is types.GetSetDescriptorType or kind is types.MemberDescriptorType)  # the latter of modules
                and descriptor.__name__ == "__dict__"  # type: ignore[attr-defined] # narrowed by hand: see `texts.text`
            ):
                if kind is types.GetSetDescriptorType and not _is_plain(descriptor, base):
                    return None  # below an extension's class even Python's own getter may call the extension's
                chosen = chosen or descriptor
    return chosen


_WITH_DICT = frozenset(
    map(
        id,
        (
            BaseException,
            ast.AST,
            classmethod,
            collections.OrderedDict,
            functools._lru_cache_wrapper,
            functools.partial,
            io.IOBase.__base__,
            staticmethod,
            types.FunctionType,
        ),
    )
)
"""The interpreter's own types whose ``__dict__`` is computed by C code that just returns the dictionary."""
_OF_CLASS_STATEMENTS = type("", (), {}).__dict__["__dict__"].__doc__


def _is_plain(descriptor: object, owner: type) -> bool:
    """Whether a computed ``__dict__`` is that of a ``class`` statement, or of a type that is known to run no other code."""
    return id(owner) in _WITH_DICT or (is_made_by_program(owner) and descriptor.__doc__ == _OF_CLASS_STATEMENTS)


_FIELDS: dict[int, frozenset[str]] = {
    id(tp): frozenset(names.split())
    for tp, names in (
        (BaseException, "__cause__ __context__ __traceback__ args"),
        (contextvars.Token, "old_value var"),
        (io.TextIOWrapper, "buffer"),  # a plain member before 3.14
        (types.AsyncGeneratorType, "ag_await ag_code ag_frame"),
        (types.BuiltinFunctionType, "__self__"),
        (types.CellType, "cell_contents"),
        (types.CoroutineType, "cr_await cr_code cr_frame"),
        (types.FrameType, "f_back f_builtins f_code f_globals f_trace"),
        (types.FunctionType, "__annotate__ __code__ __defaults__ __kwdefaults__ __type_params__"),
        (types.GeneratorType, "gi_code gi_frame gi_yieldfrom"),
        (types.TracebackType, "tb_frame tb_next"),
        (type, "__bases__ __mro__"),
    )
}
"""The computed attributes of the interpreter's own types whose C code is known to run no other code.

By the type's id, since an extension's type may have any name. A plain C member or slot need not be listed: reading it is a
load. ``__annotations__`` must not be here: from 3.14 on it calls a function.
"""
_FUTURE = "_cancel_message _exception _loop _result _source_traceback"
_HANDLERS = """AttlistDeclHandler CharacterDataHandler CommentHandler DefaultHandler DefaultHandlerExpand ElementDeclHandler
    EndCdataSectionHandler EndDoctypeDeclHandler EndElementHandler EndNamespaceDeclHandler EntityDeclHandler
    ExternalEntityRefHandler NotStandaloneHandler NotationDeclHandler ProcessingInstructionHandler SkippedEntityHandler
    StartCdataSectionHandler StartDoctypeDeclHandler StartElementHandler StartNamespaceDeclHandler UnparsedEntityDeclHandler
    XmlDeclHandler"""
_OF_MODULES: dict[str, tuple[str, str, frozenset[str]]] = {
    name: (module, known_as, frozenset(names.split()))
    for name, module, known_as, names in (
        ("Future", "_asyncio", "Future", _FUTURE),
        ("Task", "_asyncio", "Task", f"{_FUTURE} _coro _fut_waiter"),
        ("Connection", "_sqlite3", "Connection", "row_factory text_factory"),  # plain members before 3.14, and the next one
        ("Cursor", "_sqlite3", "Cursor", "row_factory"),
        ("xmlparser", "pyexpat", "XMLParserType", _HANDLERS),
    )
}
"""The same for types of modules that may not be imported, by the type's name: its module, its name there, its attributes."""


def is_own(tp: type, module: str, name: str) -> bool:
    """Whether a type is the one that a C module of the interpreter has under a name; False if that is not imported yet."""
    found = sys.modules.get(module)
    return type(found) is types.ModuleType and find(vars(found).items(), name) is tp


def is_future(tp: type) -> bool:
    """Whether instances of a type are futures or tasks made by asyncio's C code."""
    module = sys.modules.get("_asyncio")
    future = find(vars(module).items(), "Future") if type(module) is types.ModuleType else None
    return issubclass(type(future), type) and issubclass(tp, future)  # type: ignore[arg-type] # narrowed by hand


def callbacks(future: object) -> list[tuple[object, ...]]:
    """What a future of asyncio's C code will call when it is done, each with its context."""
    for base in mro(type(future)):
        if is_own(base, "_asyncio", "Future"):
            pairs = read(find(class_items(base), "_callbacks"), future)
            return pairs if type(pairs) is list else []
    return []


def _dict_of_future(obj: object) -> object:
    """The ``__dict__`` of a future, which only the collector leads to; from 3.14 on there often is none."""
    if not is_future(type(obj)):
        return ABSENT
    named = {id(value) for _, value in slots(obj)}
    return next((each for each in gc.get_referents(obj) if type(each) is dict and id(each) not in named), ABSENT)


def _inside_of_future(obj: object) -> Iterator[tuple[str, object]]:
    """The attributes of a future that methods of its classes store, where it keeps them without a dictionary."""
    classes = mro(type(obj))
    for base in classes:
        names = find(class_items(base), "__static_attributes__")
        for name in names if type(names) is tuple else ():
            if type(name) is str and not any(key == name for each in classes for key, _ in class_items(each)):
                with contextlib.suppress(AttributeError):
                    yield name, object.__getattribute__(obj, name)  # there is no descriptor of this name, so nothing runs


_HIDES_ATTRIBUTES = sys.version_info >= (3, 14)


def _computed(tp: type) -> frozenset[str]:
    names = _FIELDS.get(id(tp))
    if names is None:
        module, known_as, names = _OF_MODULES.get(type_qualname(tp), ("", "", frozenset()))
        if not is_own(tp, module, known_as):
            return frozenset()
    return names


def slots(obj: object) -> Iterator[tuple[object, object]]:
    """The slots of an object and the fields that C code keeps in it, by name; its ``__dict__`` is not looked at.

    >>> dict(slots(ValueError(3)))["args"]
    (3,)
    """
    return Reader().slots(obj)


def slot_descriptors(tp: type) -> Iterator[tuple[str, object]]:
    """Names and descriptors of the slots of a type, and of what the interpreter's own types compute (`_FIELDS`)."""
    for base in mro(tp):
        computed = _computed(base)
        for name, descriptor in class_items(base):
            kind = type(descriptor)
            if kind is types.MemberDescriptorType or (
                kind is types.GetSetDescriptorType
                and descriptor.__objclass__ is base  # type: ignore[attr-defined] # told by its kind, here and below
                and descriptor.__name__ in computed  # type: ignore[attr-defined]
            ):
                yield name, descriptor


def read(descriptor: Any, obj: object) -> object:
    """The value that a descriptor written in C reads from an object; ``ABSENT`` where there is none."""
    try:
        return descriptor.__get__(obj, type(obj))
    except Exception:  # noqa: BLE001 -- an empty slot, an unfinished object: whatever C says, there is nothing to be named
        return ABSENT


def contents(cell: types.CellType) -> object:
    """What is in a cell; ``ABSENT`` if it is empty."""
    return read(_CELL_CONTENTS, cell)
