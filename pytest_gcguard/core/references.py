"""How one live object refers to another, as one would type it: ``.parent``, ``['key']``, ``[3]``, ``.<closure self>``.

Rules of this file: no code of an object that is looked at may run, whatever it overrides. So types are read by ``type()``,
attributes by the descriptors that C made, containers by the methods of their built-in base. Nothing is compared but by
identity, nothing is hashed but exact text and numbers, everything is cut before it is worked on, no reference is followed
further than it takes to name the one that was asked for.
"""

from __future__ import annotations

import builtins
import collections
import contextvars
import functools
import gc
import inspect
import itertools
import operator
import re
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

__all__ = [
    "MAPPINGS",
    "SEQUENCES",
    "UNKNOWN",
    "class_items",
    "class_namespace",
    "dotted",
    "fields",
    "find",
    "frame_locals",
    "index",
    "instance_dict",
    "is_made_by_program",
    "key_itself",
    "module_name",
    "mro",
    "reference",
    "shorten",
    "text",
    "type_name",
    "type_qualname",
]

UNKNOWN = ".<?>"
"""The reference is there, but nothing in Python can name it (the inside of an iterator, of an extension's object)."""
STACK = ".<stack>"
"""The same of a frame: what its evaluation stack holds has no name."""
LIMIT = 200
_KEY_LIMIT = 40
_SCAN = 100_000
"""How many entries of one container are looked through: 2 ms at most."""
_ABSENT = object()

# A class may be made by a hostile metaclass, so not even `cls.__mro__` is safe: these are what `type` itself would answer.
_MODULE: Callable[[type], object] = type.__dict__["__module__"].__get__
_QUALNAME: Callable[[type], str] = type.__dict__["__qualname__"].__get__
_MRO: Callable[[type], tuple[type, ...] | None] = type.__dict__["__mro__"].__get__
_NAMESPACE: Callable[[type], types.MappingProxyType[str, object]] = type.__dict__["__dict__"].__get__
_FLAGS: Callable[[type], int] = type.__dict__["__flags__"].__get__
_DICT_OFFSET: Callable[[type], int] = type.__dict__["__dictoffset__"].__get__
_HEAP_TYPE = 1 << 9
_CELL_CONTENTS = types.CellType.__dict__["cell_contents"]

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What may not reach a terminal or a UTF-8 file: control characters, line and direction marks, lone surrogates."""

Rule = Callable[[Any, object], str | None]


def shorten(text: str, limit: int = LIMIT) -> str:
    """The text, with its middle left out if it is longer than ``limit``.

    >>> shorten("abcdefghij", 5)
    'ab…ij'
    """
    size = str.__len__(text)
    if size <= limit:
        return str.__getitem__(text, slice(size))  # of a subclass: a plain copy; of a plain text: itself
    tail = (limit - 1) // 2
    return str.__getitem__(text, slice(limit - 1 - tail)) + "…" + str.__getitem__(text, slice(size - tail, size))


def text(value: object, limit: int = LIMIT) -> str:
    """A value that should be a text as bounded, printable text; empty if it is something else.

    >>> text("a\\nb"), text(3)
    ('a\\\\nb', '')
    """
    if not issubclass(type(value), str):
        return ""
    cut = shorten(value, limit)  # type: ignore[arg-type] # isinstance() would ask the value's own __class__
    if cut.isprintable():
        return cut
    return shorten(_UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), cut), limit)


def mro(tp: type) -> tuple[type, ...]:
    """The classes that a class inherits from, itself first."""
    return _MRO(tp) or ()


def is_made_by_program(tp: type) -> bool:
    """Whether a class was made while the program ran, by a ``class`` statement say, and is not one of C's static types."""
    return bool(_FLAGS(tp) & _HEAP_TYPE)


def class_items(tp: type) -> Iterable[tuple[str, object]]:
    """What the body of a class defined, without asking its metaclass."""
    return _NAMESPACE(tp).items()


def class_namespace(tp: type) -> types.MappingProxyType[str, object]:
    """The namespace of a class, read-only."""
    return _NAMESPACE(tp)


def find(items: Iterable[tuple[object, object]], name: str) -> object:
    """The value of a name among the items of a namespace, None if it is not there.

    A lookup would be quicker, and would run the ``__eq__`` of a hostile key of the same hash.
    """
    for key, value in islice(items, _SCAN):
        if type(key) is str and key == name:
            return value
    return None


def module_name(tp: type) -> str:
    """The module that a type says it is from; empty if it says something else than a text."""
    # for a static type `_MODULE` reads C's own name; for a class it would look up the namespace, hence `find`
    return text(find(class_items(tp), "__module__") if _FLAGS(tp) & _HEAP_TYPE else _MODULE(tp))


def type_qualname(tp: type) -> str:
    """The name of a type within its module."""
    return text(_QUALNAME(tp))


def type_name(tp: type) -> str:
    """The qualified name of a type, without the module for built-in ones.

    >>> import collections
    >>> type_name(dict), type_name(collections.Counter)
    ('dict', 'collections.Counter')
    """
    module = module_name(tp)
    return type_qualname(tp) if module in {"", "builtins"} else shorten(f"{module}.{type_qualname(tp)}")


def instance_dict(obj: object) -> dict[str, object] | None:
    """The ``__dict__`` of an instance or module, None if it has none; a class's own namespace is not one.

    A ``__dict__`` that Python code defines is not asked. From 3.11 on an instance that keeps its attributes inline is given
    its dictionary by the first look at it, as by ``vars()``: one more tracked object, which lives as long as the instance.

    >>> import types
    >>> instance_dict(types.SimpleNamespace(a=1)), instance_dict(3)
    ({'a': 1}, None)
    """
    tp = type(obj)
    if not _DICT_OFFSET(tp):
        return None
    for base in mro(tp):
        for descriptor in _NAMESPACE(base).values():
            kind = type(descriptor)
            if (
                (kind is types.GetSetDescriptorType or kind is types.MemberDescriptorType)  # the latter of modules
                and descriptor.__name__ == "__dict__"  # type: ignore[attr-defined] # narrowed by hand: see `text`
                and issubclass(type(namespace := _read(descriptor, obj)), dict)
            ):
                return namespace  # type: ignore[return-value]
    return None


def frame_locals(frame: types.FrameType) -> list[tuple[str, object]]:
    """The local variables of a frame, or of a generator's frame, by name; the look itself keeps none of them alive.

    >>> def f():
    ...     answer = 42
    ...     yield
    >>> generator = f(); next(generator); frame_locals(generator.gi_frame)
    [('answer', 42)]
    """
    code = frame.f_code
    snapshot = sys.version_info < (3, 13) and bool(code.co_flags & inspect.CO_OPTIMIZED)
    if sys.version_info < (3, 13) and not snapshot and (code.co_cellvars or code.co_freevars):
        return []  # asking for f_locals would write these into the body's namespace, which may be the program's own mapping
    namespace: Any = frame.f_locals
    if issubclass(type(namespace), dict):
        found = _named(dict.items(namespace))
    elif code.co_flags & inspect.CO_OPTIMIZED:  # from 3.13 on a proxy of the interpreter's, which keeps nothing
        found = _named(namespace.items())
    else:
        return []  # what a metaclass' __prepare__ made
    # Up to 3.12 f_locals is a copy that stays in the frame. One that the program itself holds, as `locals()`, is left as it
    # is; what `exec` put into it is left, too. The three references: the frame's, ours, and the call's.
    if snapshot and sys.getrefcount(namespace) <= 3:
        for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
            namespace.pop(name, None)
    return found


def _named(items: Iterable[tuple[object, object]]) -> list[tuple[str, object]]:
    return [(key, value) for key, value in islice(items, _SCAN) if type(key) is str]


def reference(parent: object, child: object) -> str:
    """How ``parent`` directly refers to ``child``, as one would type it after the parent.

    An instance refers to the values of its ``__dict__``, a function to the contents of its closure and to its defaults, a
    suspended generator to its local variables. Of several references the first is taken: attributes by name, then special
    ones, then items, then the class. What is in angle brackets cannot be typed.

    >>> import types
    >>> reference(types.SimpleNamespace(child=reference), reference), reference({"key": reference}, reference)
    ('.child', "['key']")
    """
    for rule in _RULES:
        found = rule(parent, child)
        if found is not None:
            return found
    return UNKNOWN


def _attribute(parent: object, child: object) -> str | None:
    namespace: dict[Any, object] | None = instance_dict(parent)
    if namespace is None:
        return None
    key = _first(dict.keys(namespace), dict.values(namespace), child)
    return ".__dict__" if key is _ABSENT and namespace is child else dotted(key)


def _class_attribute(parent: object, child: object) -> str | None:
    if not issubclass(type(parent), type):
        return None
    namespace = _NAMESPACE(parent)  # type: ignore[arg-type] # isinstance() would ask the parent's own __class__
    key = _first(namespace.keys(), namespace.values(), child)
    if key is _ABSENT and gc.get_referents(namespace)[0] is child:  # the proxy's one referent is the namespace itself
        return ".__dict__"
    return dotted(key)


_FIELDS = {
    "BaseException": {"__cause__", "__context__", "__traceback__", "args"},
    "_asyncio.Future": {"_cancel_message", "_exception", "_loop", "_result", "_source_traceback"},
    "_asyncio.Task": {"_cancel_message", "_coro", "_exception", "_fut_waiter", "_loop", "_result", "_source_traceback"},
    "_contextvars.Token": {"old_value", "var"},
    "async_generator": {"ag_await", "ag_code", "ag_frame"},
    "builtin_function_or_method": {"__self__"},
    "cell": {"cell_contents"},
    "coroutine": {"cr_await", "cr_code", "cr_frame"},
    "frame": {"f_back", "f_builtins", "f_code", "f_globals", "f_trace"},
    "function": {"__annotate__", "__code__", "__defaults__", "__kwdefaults__", "__type_params__"},
    "generator": {"gi_code", "gi_frame", "gi_yieldfrom"},
    "traceback": {"tb_frame", "tb_next"},
    "type": {"__bases__", "__mro__"},
}
"""The computed attributes of the interpreter's own types whose C code is known to run nothing but itself.

A plain C member or slot needs no mention: reading one is a load. ``__annotations__`` must not be here: from 3.14 on it calls.
"""


def _field(parent: object, child: object) -> str | None:
    return next((name for name, value in fields(parent) if value is child), None)


def fields(obj: object) -> Iterator[tuple[str, object]]:
    """The slots of an object and the fields that C code keeps in it, as ``.name``, without a look into its ``__dict__``.

    >>> dict(fields(ValueError(3)))[".args"]
    (3,)
    """
    for base in mro(type(obj)):
        computed: set[str] = _FIELDS.get(type_name(base), set())
        for name, descriptor in class_items(base):
            kind = type(descriptor)
            known = kind is types.MemberDescriptorType or (
                kind is types.GetSetDescriptorType
                and descriptor.__objclass__ is base  # type: ignore[attr-defined]
                and descriptor.__name__ in computed  # type: ignore[attr-defined]
            )
            words = dotted(name) if known else None
            if words is not None and (value := _read(descriptor, obj)) is not _ABSENT:
                yield words, value


def _its_class(parent: object, child: object) -> str | None:
    return ".__class__" if child is type(parent) else None


def _special(parent: object, child: object) -> str | None:
    rule = _SPECIAL.get(id(type(parent)))
    return None if rule is None else rule(parent, child)


def _of_function(function: types.FunctionType, child: object) -> str | None:
    code, closure = function.__code__, function.__closure__
    for name, cell in zip(code.co_freevars, () if closure is None else tuple.__iter__(closure), strict=False):
        if cell is child or _contents(cell) is child:
            return f".<closure {text(name)}>"
    defaults: tuple[object, ...] = () if function.__defaults__ is None else function.__defaults__  # their truth may be code
    named: dict[Any, object] = {} if function.__kwdefaults__ is None else function.__kwdefaults__
    names = code.co_varnames[max(0, code.co_argcount - tuple.__len__(defaults)) : code.co_argcount]
    values = itertools.chain(islice(tuple.__iter__(defaults), len(names)), dict.values(named))
    found = _first(itertools.chain(names, dict.keys(named)), values, child)
    return None if found is _ABSENT else f".<default {text(found)}>"


def _of_frame(frame: types.FrameType, child: object) -> str | None:
    shared: tuple[str, ...] = ()
    contents: object = _ABSENT
    if type(child) is types.CellType:  # the frame holds the cell, its f_locals shows what is in it
        shared, contents = (*frame.f_code.co_cellvars, *frame.f_code.co_freevars), _contents(child)
    for name, value in sorted(frame_locals(frame), key=_made_up):
        if value is child or (value is contents and name in shared):
            return f".<local {text(name)}>"
    return None


def _made_up(local: tuple[str, object]) -> bool:
    """Whether the name of a variable cannot be the programmer's: a comprehension's ``.0``, pytest's ``@py_assert1``."""
    return not local[0].isidentifier()


def _of_generator(generator: object, child: object) -> str | None:
    """From 3.11 on this makes the generator's frame object, which stays with the generator: there is no other way to names."""
    for prefix in ("gi_", "cr_", "ag_"):
        frame = _read(find(class_items(type(generator)), f"{prefix}frame"), generator)
        if type(frame) is types.FrameType and frame is not child:
            return _of_frame(frame, child)
    return None


def _of_context(context: contextvars.Context, child: object) -> str | None:
    for variable, value in islice(context.items(), _SCAN):
        if value is child:
            return f"[<ContextVar {text(variable.name)}>]"
        if variable is child:
            return key_itself(variable)
    return None


_SPECIAL: dict[int, Rule] = {
    # by id: a type as the key would be hashed, and the class of any object may have a metaclass with a __hash__ of its own
    id(types.FunctionType): _of_function,
    id(types.FrameType): _of_frame,
    id(types.GeneratorType): _of_generator,
    id(types.CoroutineType): _of_generator,
    id(types.AsyncGeneratorType): _of_generator,
    id(contextvars.Context): _of_context,
}


def _future(parent: object, child: object) -> str | None:
    """What asyncio's C futures and tasks show only as copies: their callbacks, and the context of a task."""
    if "_asyncio" not in sys.modules:
        return None
    for base in mro(type(parent)):
        name = type_name(base)
        if name == "_asyncio.Future":
            pairs = _read(find(class_items(base), "_callbacks"), parent)
            for at, pair in enumerate(pairs if type(pairs) is list else ()):
                for position, part in enumerate(pair):
                    if part is child:
                        return f"._callbacks[{at}][{position}]"
            return "._callbacks" if type(child) is list else None
        method = find(class_items(base), "get_context") if name == "_asyncio.Task" else None  # from 3.12 on
        if type(method) is types.MethodDescriptorType and type(child) is contextvars.Context and method(parent) is child:
            return ".get_context()"
    return None


def _item(parent: object, child: object) -> str | None:
    for base, rule in _CONTAINERS:
        if issubclass(type(parent), base):
            return rule(parent, child)
    return None


def _mapping_item(base: Any) -> Rule:
    def rule(parent: object, child: object) -> str | None:
        key = _first(base.keys(parent), base.values(parent), child)
        if key is not _ABSENT:
            return index(key)
        return key_itself(child) if _first(itertools.repeat(True), base.keys(parent), child) is True else None

    return rule


def _sequence_item(base: Any) -> Rule:
    def rule(parent: object, child: object) -> str | None:
        position = _first(itertools.count(), base.__iter__(parent), child)
        return None if position is _ABSENT else f"[{position}]"

    return rule


def _set_item(base: Any) -> Rule:
    return lambda parent, child: "<member>" if _first(itertools.repeat(True), base.__iter__(parent), child) is True else None


MAPPINGS: tuple[type, ...] = (dict, *filter(None, [vars(builtins).get("frozendict")]))  # the second from 3.15 on
SEQUENCES: tuple[type, ...] = (list, tuple, collections.deque)
_SETS: tuple[type, ...] = (set, frozenset)
_CONTAINERS = (
    *((base, _mapping_item(base)) for base in MAPPINGS),
    *((base, _sequence_item(base)) for base in SEQUENCES),
    *((base, _set_item(base)) for base in _SETS),
)


def _thread_local(parent: object, child: object) -> str | None:
    """An attribute of a `threading.local`, of whichever thread: they are in dictionaries within a dictionary."""
    if not issubclass(type(parent), threading.local):
        return None
    for shares in gc.get_referents(parent):
        for share in islice(dict.values(shares), _SCAN) if type(shares) is dict else ():
            if type(share) is dict and (key := _first(dict.keys(share), dict.values(share), child)) is not _ABSENT:
                return dotted(key)
    return None


def _proxied(parent: object, child: object) -> str | None:
    """What a mapping proxy shows is in the dictionary behind it."""
    behind = gc.get_referents(parent)[:1] if type(parent) is types.MappingProxyType else []
    return _item(behind[0], child) if behind and behind[0] is not child else None


def _leftover(parent: object, child: object) -> str | None:
    """What C hides but leaves only one name for."""
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
    _item,
    _its_class,
    _leftover,
)


def _read(descriptor: Any, obj: object) -> object:
    """What a descriptor made by C reads in an object; ``_ABSENT`` where there is nothing to read."""
    try:
        return descriptor.__get__(obj, type(obj))
    except Exception:  # noqa: BLE001 - an empty slot, an unfinished object: whatever C says, there is nothing to be named
        return _ABSENT


def _contents(cell: types.CellType) -> object:
    return _read(_CELL_CONTENTS, cell)


def _first(names: Iterable[object], values: Iterable[object], child: object) -> object:
    """The name at the place where ``child`` first is among the values; the loop runs in C, which a million values need."""
    try:
        return next(itertools.compress(names, islice(map(operator.is_, values, itertools.repeat(child)), _SCAN)), _ABSENT)
    except RuntimeError:  # another thread changed the container
        return _ABSENT


def dotted(key: object) -> str | None:
    """The name of an attribute as one would type it; None of what stands for no name.

    >>> dotted("parent"), dotted("no name")
    ('.parent', ".__dict__['no name']")
    """
    if key is _ABSENT:
        return None
    name = text(key)
    return f".{name}" if name.replace("…", "").isidentifier() else f".__dict__{index(key)}"


def index(key: object) -> str:
    """The item at a key, as one would type it as far as the key can be shown.

    >>> index("key"), index(("a", 1)), index([])
    ("['key']", "[('a', 1)]", '[<list>]')
    """
    if type(key) is tuple and 0 < len(key) <= _KEY_LIMIT and all(id(type(part)) in _LITERALS for part in key):
        parts = ", ".join(map(_literal, key))
        return f"[{shorten(f'({parts},)' if len(key) == 1 else f'({parts})', _KEY_LIMIT)}]"
    return f"[{_literal(key)}]" if id(type(key)) in _LITERALS else f"[<{_kind(key)}>]"


def key_itself(key: object) -> str:
    """The reference of a mapping to one of its keys."""
    return f"<key {_kind(key)}>"


def _kind(obj: object) -> str:
    """The type of an object, or which class it is: all classes have the same type."""
    return f"class {type_name(obj)}" if issubclass(type(obj), type) else type_name(type(obj))  # type: ignore[arg-type]


def _literal(value: object) -> str:
    return shorten(_LITERALS[id(type(value))](value), _KEY_LIMIT)


_LITERALS: dict[int, Callable[[Any], str]] = {
    id(str): lambda key: repr(shorten(key, _KEY_LIMIT - 2)),
    id(bytes): lambda key: repr(key[:_KEY_LIMIT]),
    id(int): lambda key: repr(key) if key.bit_length() < 256 else "<int>",  # a huge one takes long, and may be refused
    id(float): repr,
    id(bool): repr,
    id(type(None)): repr,
}
