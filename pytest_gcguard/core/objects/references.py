"""How one live object refers to another, as one would type it: ``.parent``, ``['key']``, ``[3]``, ``.<closure self>``.

Rules of this file: no code of an object that is looked at may run, whatever it overrides: objects are read by ``reading``, and
containers by the methods of their built-in base. No reference is followed further than needed to name the one asked for.
"""

from __future__ import annotations

import contextvars
import functools
import itertools
import threading
import types
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from pytest_gcguard.core.objects import carried, shares
from pytest_gcguard.core.objects.classes import SCAN, class_items, class_namespace, find, mro
from pytest_gcguard.core.objects.frames import is_snapshot, locals_in_order
from pytest_gcguard.core.objects.gaps import has_gaps
from pytest_gcguard.core.objects.items import BACKWARDS, item, name_of
from pytest_gcguard.core.objects.keys import dotted, key_itself
from pytest_gcguard.core.objects.reading import (
    ABSENT,
    callbacks,
    contents,
    instance_dict,
    is_future,
    is_own,
    read,
    slots,
)
from pytest_gcguard.core.objects.texts import text
from pytest_gcguard.core.unpatched import gc

__all__ = ["GENERATORS", "STACK", "UNKNOWN", "fields", "frame_of_generator", "lasting", "reference"]

UNKNOWN = ".<?>"
"""The reference is there, but nothing in Python can name it (the inside of an iterator, of an extension's object)."""
STACK = ".<stack>"
"""The same for a frame: what is on its evaluation stack has no name."""

Rule = Callable[[Any, object], str | None]


def reference(parent: object, child: object) -> str:
    """How ``parent`` directly refers to ``child``, as one would type it after the parent.

    An instance refers to the values of its ``__dict__``, a function to the contents of its closure and to its defaults, a
    suspended generator to its local variables. Of several references the first is taken: attributes, then special ones, then
    items, then the class. What is in angle brackets cannot be typed.

    >>> import types
    >>> reference(types.SimpleNamespace(child=reference), reference), reference({"key": reference}, reference)
    ('.child', "['key']")
    """
    for rule in _RULES:
        found = rule(parent, child)
        if found is not None:
            return found
    return UNKNOWN


def lasting(parent: object, child: object) -> str:
    """The same for containers that live on and grow: an item of a list or tuple is counted from the nearer end.

    So what a run of a test adds has the same name however many were added before. A tuple may grow as well, when it is
    replaced by a longer one, as the value of a context variable is. A tuple that is a record keeps its places: use `reference`
    for it.

    >>> lasting(["a", "b", reference], reference), lasting([reference, "b", "c"], reference)
    ('[-1]', '[0]')
    """
    for base, backwards in BACKWARDS:
        if issubclass(type(parent), base) and not has_gaps(parent):
            back = name_of(itertools.count(1), backwards(parent), child)
            if type(back) is int and 2 * back <= base.__len__(parent):
                return f"[-{back}]"
    return reference(parent, child)


def _attribute(parent: object, child: object) -> str | None:
    namespace: dict[Any, object] | None = instance_dict(parent)
    if namespace is None:
        return None
    key = name_of(dict.keys(namespace), dict.values(namespace), child)
    return ".__dict__" if key is ABSENT and namespace is child else dotted(key)


def _class_attribute(parent: object, child: object) -> str | None:
    if not issubclass(type(parent), type):
        return None
    namespace = class_namespace(parent)  # type: ignore[arg-type] # isinstance() would ask the parent's own __class__
    key = name_of(namespace.keys(), namespace.values(), child)
    if key is ABSENT and gc.get_referents(namespace)[0] is child:  # the proxy's one referent is the namespace itself
        return ".__dict__"
    return dotted(key)


def _field(parent: object, child: object) -> str | None:
    return next((name for name, value in fields(parent) if value is child), None)


def fields(obj: object) -> Iterator[tuple[str, object]]:
    """The slots of an object and the fields that C code keeps in it, as ``.name``; its ``__dict__`` is not looked at.

    >>> dict(fields(ValueError(3)))[".args"]
    (3,)
    """
    for name, value in slots(obj):
        words = dotted(name)
        if words is not None:
            yield words, value


def _its_class(parent: object, child: object) -> str | None:
    return ".__class__" if child is type(parent) else None


def _special(parent: object, child: object) -> str | None:
    rule = _SPECIAL.get(id(type(parent)))
    return None if rule is None else rule(parent, child)


def _of_function(function: types.FunctionType, child: object) -> str | None:
    code, closure = function.__code__, function.__closure__
    for name, cell in zip(code.co_freevars, () if closure is None else tuple.__iter__(closure), strict=False):
        if cell is child or contents(cell) is child:
            return f".<closure {text(name)}>"
    defaults: tuple[object, ...] = () if function.__defaults__ is None else function.__defaults__  # their truth may be code
    named: dict[Any, object] = {} if function.__kwdefaults__ is None else function.__kwdefaults__
    names = code.co_varnames[max(0, code.co_argcount - tuple.__len__(defaults)) : code.co_argcount]
    values = itertools.chain(islice(tuple.__iter__(defaults), len(names)), dict.values(named))
    found = name_of(itertools.chain(names, dict.keys(named)), values, child)
    return None if found is ABSENT else f".<default {text(found)}>"


def _of_frame(frame: types.FrameType, child: object) -> str | None:
    shared: tuple[str, ...] = ()
    inside: object = ABSENT
    if type(child) is types.CellType:  # the frame holds the cell, its f_locals shows what is in it
        shared, inside = (*frame.f_code.co_cellvars, *frame.f_code.co_freevars), contents(child)
    for name, value in locals_in_order(frame):
        if value is child or (value is inside and name in shared):
            return f".<local {text(name)}>"
    return ".f_locals" if is_snapshot(frame, child) else None


def _of_generator(generator: object, child: object) -> str | None:
    frame = frame_of_generator(generator)
    return _of_frame(frame, child) if frame is not None and frame is not child else None


def frame_of_generator(generator: object) -> types.FrameType | None:
    """The frame of a generator or coroutine. From 3.11 on this makes the frame object, which stays; only it has the names."""
    for prefix in ("gi_", "cr_", "ag_"):
        frame = read(find(class_items(type(generator)), f"{prefix}frame"), generator)
        if type(frame) is types.FrameType:
            return frame
    return None


def _of_context(context: contextvars.Context, child: object) -> str | None:
    for variable, value in islice(context.items(), SCAN):
        if value is child:
            return f"[<ContextVar {text(variable.name)}>]"
        if variable is child:
            return key_itself(variable)
    return None


GENERATORS = frozenset(map(id, (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType)))
_SPECIAL: dict[int, Rule] = {
    # by id: a type as the key would be hashed, and the class of any object may have a metaclass with a __hash__ of its own
    id(types.FunctionType): _of_function,
    id(types.FrameType): _of_frame,
    **dict.fromkeys(GENERATORS, _of_generator),
    id(contextvars.Context): _of_context,
}


def _future(parent: object, child: object) -> str | None:
    """References of asyncio's C futures and tasks that only copies show, or nothing: callbacks, awaiters, the context of a
    task, the error by which it was cancelled. They have the names of the same futures in Python.
    """
    if not is_future(type(parent)):
        return None
    for base in mro(type(parent)):
        method: Any = find(class_items(base), "get_context") if is_own(base, "_asyncio", "Task") else None  # from 3.12 on
        if type(method) is types.MethodDescriptorType and type(child) is contextvars.Context and method(parent) is child:
            return ".get_context()"
    for at, pair in enumerate(callbacks(parent)):
        for position, part in enumerate(pair):
            if part is child:
                return f"._callbacks[{at}][{position}]"
    return _by_type_alone(child)


def _by_type_alone(child: object) -> str | None:
    """What a future refers to that nothing shows: the type of it says which of its parts it is."""
    if type(child) is list:
        return "._callbacks"
    if issubclass(type(child), BaseException):  # no result, which is known by now: the error by which it was cancelled
        return "._cancelled_exc"
    # from 3.14 on: a set, or one awaiter, which is shown as a set all the same
    if type(child) is set:
        return "._asyncio_awaited_by"
    return "._asyncio_awaited_by<member>" if is_future(type(child)) else None


def _thread_local(parent: object, child: object) -> str | None:
    """An attribute of a `threading.local`, of whichever thread: they are in dictionaries within a dictionary."""
    if not issubclass(type(parent), threading.local):
        return None
    for share in shares.dictionaries(parent)[1:]:  # type: ignore[arg-type] # narrowed by hand
        if (key := name_of(dict.keys(share), dict.values(share), child)) is not ABSENT:
            return dotted(key)
    return None


def _proxied(parent: object, child: object) -> str | None:
    """What a mapping proxy shows is in the dictionary behind it."""
    behind = gc.get_referents(parent)[:1] if type(parent) is types.MappingProxyType else []
    return item(behind[0], child) if behind and behind[0] is not child else None


def _leftover(parent: object, child: object) -> str | None:
    """References that C code hides, where only one name is left that it can be."""
    tp = type(parent)
    if tp is types.FunctionType and (type(child) is dict or type(child) is tuple):
        return ".__annotations__"
    return _LEFTOVERS.get(id(tp))


_LEFTOVERS = {
    id(types.FrameType): STACK,
    id(types.GeneratorType): STACK,
    id(types.CoroutineType): STACK,
    id(types.AsyncGeneratorType): STACK,
    id(contextvars.ContextVar): ".<default>",
    id(functools._lru_cache_wrapper): ".<cache>",
}

_RULES: tuple[Rule, ...] = (
    _attribute,
    _class_attribute,
    _special,
    _field,
    _future,
    _thread_local,
    _proxied,
    item,
    carried.item,
    _its_class,
    _leftover,
)
