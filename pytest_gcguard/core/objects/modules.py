"""What can be read of modules: the module of a class, and the file, the folders and the namespace of a module.

Rules of this file: modules and types are read through C descriptors only, so no code of a lazy module or a metaclass runs.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterable
from typing import cast

from pytest_gcguard.core.files.layout import real
from pytest_gcguard.core.objects.classes import class_items, find, type_name, type_qualname, with_subclasses

__all__ = [
    "class_at",
    "file_of_module",
    "folders_of_package",
    "module_in",
    "module_namespace",
    "module_of",
    "names_of",
    "names_that_mean_none",
]

_MODULE_OF_TYPE = type.__dict__["__module__"]
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.\w+)+")


def module_of(tp: type) -> str | None:
    """The name of the module that a class says it belongs to.

    >>> module_of(int), module_of(types.SimpleNamespace)
    ('builtins', 'types')
    """
    try:
        name = _MODULE_OF_TYPE.__get__(tp)
    except AttributeError:
        return None
    return name if type(name) is str else None


def folders_of_package(name: str) -> list[str]:
    """The folders of an imported package."""
    module = sys.modules.get(name)
    if module is None or not issubclass(type(module), types.ModuleType):
        return []
    paths = find(module_namespace(module).items(), "__path__")
    # of a namespace package it is an object of the import system's
    known = type(paths) in (list, tuple) or type(paths).__module__.startswith(("importlib", "_frozen_importlib"))
    return [real(path) for path in cast("Iterable[object]", paths) if type(path) is str] if known else []


def file_of_module(name: str) -> str | None:
    """The source file of an imported module.

    >>> file_of_module("os").endswith("os.py")
    True
    """
    module = sys.modules.get(name)
    if module is None or not issubclass(type(module), types.ModuleType):  # a proxy would say that it is one
        return None
    file = find(module_namespace(module).items(), "__file__")
    return file if type(file) is str else None


def module_namespace(module: types.ModuleType) -> dict[str, object]:
    """The dictionary of a module's globals, without running a lazy module's own code.

    >>> module_namespace(sys) is sys.__dict__
    True
    """
    namespace = types.ModuleType.__getattribute__(module, "__dict__")
    return cast("dict[str, object]", namespace) if issubclass(type(namespace), dict) else {}  # up to 3.10 it may have none yet


def class_at(name: str) -> type | None:
    """The class that a dotted name leads to, from a module that is imported; None where it leads to none.

    >>> class_at("re.Pattern"), class_at("re.Match.nothing"), class_at("Pattern")
    (<class 're.Pattern'>, None, None)
    """
    module, parts = name, list[str]()
    while module not in sys.modules and "." in module:
        module, _, part = module.rpartition(".")
        parts.insert(0, part)
    found: object = sys.modules.get(module)
    for part in parts:
        if issubclass(type(found), types.ModuleType):
            found = find(module_namespace(cast("types.ModuleType", found)).items(), part)
        else:
            found = find(class_items(cast("type", found)), part) if issubclass(type(found), type) else None
    return cast("type", found) if issubclass(type(found), type) else None


def names_of(given: type | str) -> tuple[str, ...]:
    """The names by which a class is meant: the one that is given, and the one in full.

    >>> names_of("json.JSONEncoder"), names_of("JSONEncoder"), names_of(dict)
    (('json.JSONEncoder', 'json.encoder.JSONEncoder'), ('JSONEncoder',), ('dict',))
    """
    if isinstance(given, type):
        return (type_name(given),)
    found = class_at(given)
    return tuple(dict.fromkeys((given, *([type_name(found)] if found is not None else ()))))


def names_that_mean_none(names: Iterable[str]) -> set[str]:
    """Those of some names that no class has now: neither in full, nor without the module, nor as another module has it.

    >>> names_that_mean_none(["json.JSONEncoder", "json.encoder.JSONEncoder", "JSONEncoder", "json.Encoder"])
    {'json.Encoder'}
    """
    left = {name for name in names if class_at(name) is None}
    last_parts = {name.rpartition(".")[2] for name in left}
    for tp in with_subclasses(object):
        if not left:
            break
        if type_qualname(tp).rpartition(".")[2] in last_parts:  # a program may have tens of thousands of classes
            full = type_name(tp)
            left -= {full, full.rpartition(".")[2]}
    return left


def module_in(file: str) -> str | None:
    """The imported module that a file name of generated code mentions, as ``<attrs generated init app.tree.Node>`` does."""
    for name in _DOTTED.findall(file) if file.startswith("<") else ():
        while "." in name:
            name = name.rpartition(".")[0]  # noqa: PLW2901 -- the name is shortened from behind until it is a module's
            if name in sys.modules:
                return name  # type: ignore[no-any-return] # findall of this pattern gives text
    return None
