"""What defining classes and running modules leaves behind: cyclic by its nature, and nobody's doing.

A class refers to itself by its ``__mro__`` and through its methods; a module's functions refer to the namespace that holds
them, and so do functions that are made in an ``exec``, and annotations. A cycle that needs such objects is nobody's mistake:
an instance and an attribute of its class that lead to each other do so by way of the class. A cycle that holds without them
is a mistake: two instances that refer to each other.

Rules of this file: told by the shape of an object alone, by exact types and the names in a namespace, never by who made it;
no code of the object runs, nor of the keys of a dictionary.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence

_NAMESPACES = (
    {"__name__", "__spec__", "__loader__"},  # a module
    {"__builtins__"},  # what `exec` runs in, which puts it there; so does every module once it runs
    {"__module__", "__qualname__"},  # the body of a class
    {"__classdictcell__"},  # one that a metaclass has taken these out of: it leads to itself from Python 3.14 on
    {"__module__", "__annotate_func__"},  # a class' own, which annotations hold on to from Python 3.14 on
    {"__module__", "__static_attributes__"},
)
_TEXT = frozenset({id(str)})  # by id: a metaclass may answer with anything when asked for a hash
_LARGE = 10_000
"""No body of a class or a module has so many names; a table of data may have."""


def structural(obj: object) -> bool:
    """Whether an object is a class, a module, or the namespace of one.

    >>> structural(int), structural(types), structural(vars(types)), structural({}), structural(object())
    (True, True, True, False, False)
    >>> body = {}; exec("def f(): pass", body); structural(body)
    True
    """
    tp = type(obj)
    if tp is dict:
        return is_namespace(obj)  # type: ignore[arg-type] # it is a dict
    return issubclass(tp, (type, types.ModuleType))


def others(objects: Sequence[object]) -> list[int]:
    """The positions of the objects that are none of that; each type is looked at once.

    >>> others([int, 1, types, {}])
    [1, 3]
    """
    kinds = list(map(type, objects))
    keys = list(map(id, kinds))
    always = {key for key, tp in dict(zip(keys, kinds, strict=True)).items() if issubclass(tp, (type, types.ModuleType))}
    never = set(keys) - always - {id(dict)}
    return [at for at, key in enumerate(keys) if key in never or (key not in always and not structural(objects[at]))]


def is_namespace(found: Mapping[object, object]) -> bool:
    """Whether a dictionary has the names that the interpreter puts into that of a module, of an `exec` or of a class' body.

    >>> is_namespace({"__module__": "app", "__qualname__": "Node"}), is_namespace({"name": "Node"})
    (True, False)
    """
    # a key that is no text may run code of its own when it is compared with a name
    if not 0 < len(found) < _LARGE or not _TEXT.issuperset(map(id, map(type, found))):
        return False
    # the attributes of a wrapper say where the function that it wraps is from
    return "__wrapped__" not in found and any(names <= found.keys() for names in _NAMESPACES)
