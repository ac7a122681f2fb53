"""Which containers let go of their oldest entries when they are full: a cache that is still filling leaks nothing.

Rules of this file: no code of an object that is looked at runs; told by what the interpreter's own types say, by a number that
is a limit by its name, or by the source of the container's owner.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import importlib.machinery
import re
import sys
import threading
import types
import weakref
from collections.abc import Collection, Iterator, Sequence
from typing import Any, cast

from pytest_gcguard.core.files import contained, limits, statements, stores
from pytest_gcguard.core.objects import classes, describe, reading
from pytest_gcguard.core.objects.modules import module_namespace

_CONTAINERS = (dict, list, set, tuple, collections.deque)
_LIMIT = re.compile(
    r"(^|_)(max_?(cache_?)?(size|len|length|entries|items|count|keys|cached)|(cache_?)?capacity|(cache|lru)_size|"
    r"(size|cache|entries|items)_limit)$"
)
"""Names of a number that says how much is kept at most; ``_Cache__maxsize`` is one, too."""
_SUFFIXES = tuple(importlib.machinery.EXTENSION_SUFFIXES)
_SLACK = 2
"""A container that is only cut from time to time may hold so many times its limit."""


def by_type(chain: Sequence[object]) -> object | None:
    """The first cache of Python's own with a limit in a chain from a root to an object; None without one.

    >>> cache = collections.deque(maxlen=3); cache.append([])
    >>> by_type([cache, cache[0]]) is cache, by_type([[cache], cache])
    (True, None)
    """
    return next((obj for at, obj in enumerate(chain[:-1]) if _is_cache(obj, chain[at + 1 :])), None)


def by_owner(chain: Sequence[object], leaked: Collection[int]) -> object | None:
    """The first container in a chain that the program keeps within a limit; None without one.

    ``chain`` is without the ``__dict__`` of instances. ``leaked`` has the ids of what leaks: only what comes before that in
    the chain counts, since a limit of its own does not keep an object from being one too many.
    """
    kept = _without_cells(chain[: first_of_many(chain, leaked)])
    limited = next(filter(_limits_itself, kept), None)
    if limited is not None:
        return limited
    is_dead = issubclass(type(chain[-1]), weakref.ref) and chain[-1]() is None  # type: ignore[operator] # narrowed by hand
    files: list[str] = []
    for owner, obj, *below in (kept[at : at + 3] for at in range(len(kept) - 1)):
        files = [*_home(owner)] or files
        if is_dead and issubclass(type(obj), _CONTAINERS) and _is_of_extension(owner):
            return obj
        for container in (obj, *below):
            if _limits(owner, obj, container, files, is_dead=is_dead):
                return container
    return next(filter(None, (_beside(owner, chain[first_of_many(chain, leaked)]) for owner in kept)), None)


def _beside(owner: object, obj: object) -> object | None:
    """The container of an instance that has no more than the instance says is the most, if an object is one of its values.

    What links these with each other, as the entries of a cache in the order of their age, are no more than they are.
    """
    state = reading.instance_dict(owner) if classes.is_written(type(owner)) and any(_numbers(owner)) else None
    for value in dict.values(state) if state is not None else ():
        if issubclass(type(value), dict) and _has_room(owner, value):
            entries: list[object] = list(dict.values(value))  # type: ignore[arg-type] # narrowed by hand
            if any(each is obj for each in entries):
                return value
    return None


def first_of_many(chain: Sequence[object], leaked: Collection[int]) -> int:
    """Where in a chain the first object is that may be one too many; the last object is, if no other.

    A container that is a variable or an attribute is not, though it may be as new as what leaks: there is one at a time. The
    collector knows a dictionary only since something was put into it.
    """
    for at, obj in enumerate(chain[:-1]):
        owner = chain[at - 1] if at else None
        is_variable = (
            at > 0 and issubclass(type(obj), _CONTAINERS) and not issubclass(type(owner), (*_CONTAINERS, types.CellType))
        )
        if id(obj) in leaked and not is_variable:
            return at
    return len(chain) - 1


def _without_cells(chain: Sequence[object]) -> list[object]:
    """A chain without what a function keeps its variables in: cells, and the tuple of these or of its defaults."""
    result: list[object] = []
    for obj in chain:
        owner = result[-1] if result else None
        is_inside = type(owner) is types.FunctionType and (
            obj is owner.__closure__ or obj is owner.__defaults__ or obj is owner.__kwdefaults__
        )
        if not is_inside and type(obj) is not types.CellType:
            result.append(obj)
    return result


def _home(owner: object) -> list[str]:
    """The files whose code may speak of what hangs from a module, or from an instance of a class that is written in Python."""
    if issubclass(type(owner), types.ModuleType):
        file = classes.find(module_namespace(owner).items(), "__file__")  # type: ignore[arg-type] # narrowed by hand
        return [file] if type(file) is str else []
    return [*_files(_class_of(owner))] if classes.is_written(_class_of(owner)) else []


def _is_cache(obj: object, held: Sequence[object]) -> bool:
    """Whether an object is a cache with a limit, but not one on a method of what it has held."""
    if type(obj) is collections.deque:
        return obj.maxlen is not None
    if _is_of_cursors(obj, held):
        return True
    return _is_lru(obj) and not is_on_method_of(held, obj)


def is_on_method_of(held: Sequence[object], obj: object) -> bool:
    """Whether an object is a `functools.lru_cache` on a method of one of some others: nobody means to keep these in its keys.

    A cache on `__new__` has the class there.

    >>> class Sheet: price = functools.lru_cache(len)
    >>> is_on_method_of([Sheet()], Sheet.price), is_on_method_of([[]], Sheet.price)
    (True, False)
    """
    if type(obj) is not functools._lru_cache_wrapper:
        return False
    bases = {id(tp): tp for each in held for tp in classes.mro(type(each))}
    return any(value is obj and name != "__new__" for tp in bases.values() for name, value in classes.class_items(tp))


def on_method(chain: Sequence[object]) -> object | None:
    """The first `functools.lru_cache` with a limit in a chain without any other cache: it is on a method, then.

    >>> prices = functools.lru_cache(len); _ = prices("one")
    >>> on_method([[prices], prices, "one"]) is prices, on_method([[prices], prices])
    (True, None)
    """
    return next(filter(_is_lru, chain[:-1]), None)


def _is_lru(obj: object) -> bool:
    return type(obj) is functools._lru_cache_wrapper and obj.cache_info().maxsize is not None


def _is_of_cursors(obj: object, held: Sequence[object]) -> bool:
    """Whether this is a connection to SQLite that leads on by its list of weak references to cursors.

    It cleans that up after every two hundred of them.
    """
    sqlite: Any = sys.modules.get("_sqlite3")
    if sqlite is None or not issubclass(type(obj), sqlite.Connection) or type(held[0]) is not list:
        return False
    return len(held) == 1 or (type(held[1]) is weakref.ref and issubclass(type(held[1]()), (type(None), sqlite.Cursor)))


def _limits_itself(obj: object) -> bool:
    """Whether a container of a class written in Python has a limit, or is cut by its own methods."""
    if not classes.is_written(type(obj)) or not issubclass(type(obj), _CONTAINERS):
        return False
    return _has_room(obj, obj) or (not _is_unlimited(obj) and any(limits.keeps(file, "self") for file in _files(type(obj))))


def _limits(owner: object, obj: object, container: object, files: Sequence[str], *, is_dead: bool) -> bool:
    """Whether the module, the class or the instance that has a container as an attribute keeps it within a limit.

    The ``container`` is that attribute, ``obj``, or an item of it. ``files`` say what becomes of what hangs from an owner
    without a source of its own, as a `threading.local`. ``is_dead``: a weak reference in it is dead.
    """
    if not (issubclass(type(obj), _CONTAINERS) and issubclass(type(container), _CONTAINERS)):
        return False
    item = "" if container is obj else "[]"
    if not item and classes.is_written(_class_of(owner)) and _has_room(owner, obj):
        return True
    if _is_unlimited(owner):
        return False
    named = [*names_of(owner, obj)] or ([(file, describe.reference(owner, obj)) for file in files] if _is_bare(owner) else [])
    return any(_says(file, f"{name}{item}", is_dead=is_dead) for file, name in named)


def _is_of_extension(owner: object) -> bool:
    """Whether an object is of a type that an extension module makes: what becomes of what is dead there, nobody can read.

    pandas has a list of weak references at each block of data, and cleans it up when it has become twice as long.

    >>> import asyncio; future = asyncio.Future.__new__(asyncio.Future)
    >>> _is_of_extension(future), _is_of_extension([]), _is_of_extension(collections.UserList())
    (True, False, False)
    """
    name = classes.module_name(type(owner))
    module = sys.modules.get(name)
    if name == "builtins" or not issubclass(type(module), types.ModuleType):
        return False
    file = classes.find(module_namespace(cast("types.ModuleType", module)).items(), "__file__")
    return file.endswith(_SUFFIXES) if type(file) is str else name in sys.builtin_module_names


def _is_bare(owner: object) -> bool:
    return issubclass(type(owner), (threading.local, types.SimpleNamespace))


def names_of(owner: object, obj: object) -> Iterator[tuple[str, str]]:
    """The sources of a module, or of a class and those that it inherits from, each with the name that an object has there.

    The name of an attribute has a dot before it.
    """
    name = describe.reference(owner, obj)
    if issubclass(type(owner), types.ModuleType):
        yield from ((file, name.removeprefix(".")) for file in _home(owner))
    elif type(owner) is types.FunctionType:
        yield owner.__code__.co_filename, _variable(owner, obj) or name
    elif classes.is_written(_class_of(owner)):
        yield from _spelled(_class_of(owner), name)


def _variable(function: types.FunctionType, obj: object) -> str:
    """The variable of a function's closure, or the default, that an object is the value of; empty if it is none."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # an empty cell
            if cell.cell_contents is obj:
                return name
    defaults = function.__defaults__ or ()
    given = code.co_varnames[: code.co_argcount][-len(defaults) :] if defaults else ()
    named = [*zip(given, defaults, strict=True), *(function.__kwdefaults__ or {}).items()]
    return next((contained.of_default(code.co_name, name) for name, value in named if value is obj), "")


def _class_of(owner: object) -> type:
    return owner if issubclass(type(owner), type) else type(owner)  # type: ignore[return-value] # narrowed by hand


def _says(file: str, name: str, *, is_dead: bool) -> bool:
    """Whether a source keeps a container within a limit, or cleans up dead weak references in it."""
    return limits.keeps(file, name) or (is_dead and name in limits.cleaned(file))


def _has_room(owner: object, container: object) -> bool:
    """Whether a container holds no more than its owner says is the most."""
    size = next(base for base in _CONTAINERS if issubclass(type(container), base)).__len__(container)  # type: ignore[arg-type] # it is one
    return any(size <= _SLACK * limit for limit in _numbers(owner))


def _numbers(owner: object) -> Iterator[int]:
    """The limits that an instance has, or its class."""
    is_class = issubclass(type(owner), type)
    namespace = None if is_class else reading.instance_dict(owner)
    items: list[tuple[object, object]] = [*(dict.items(namespace) if namespace is not None else ())]
    items += () if is_class else reading.slots(owner)
    bases = classes.mro(owner if is_class else type(owner))  # type: ignore[arg-type] # narrowed by hand
    items += (item for base in bases if classes.is_written(base) for item in classes.class_items(base))
    for name, value in items:
        if type(name) is str and type(value) is int and value > 0 and _LIMIT.search(name.lower()):
            yield value


def _is_unlimited(owner: object) -> bool:
    """Whether the limit that the class of an instance compares lengths with is None, so that it never takes anything out."""
    state = reading.instance_dict(owner) or {}
    named = [name for name, value in state.items() if value is None and type(name) is str and _LIMIT.search(name.lower())]
    files = [*_files(_class_of(owner))] if named else []
    return any(
        re.search(rf"\blen\([^()]*\) *[<>]=? *\w+\.{re.escape(name)}\b", statements.text(file))
        for name in named
        for file in files
    )


def _spelled(tp: type, name: str) -> Iterator[tuple[str, str]]:
    """The files of a class and of its bases, each with an attribute's name as it is written there."""
    for base in classes.mro(tp):
        place = describe.place(base)
        if place is not None:
            yield place.file, f".{stores.written(name.removeprefix('.'), classes.type_qualname(base))}"


def _files(tp: type) -> Iterator[str]:
    places = (describe.place(base) for base in classes.mro(tp))
    return iter(dict.fromkeys(place.file for place in places if place is not None))
