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
from pytest_gcguard.core.objects.classes import find

__all__ = ["file_of_module", "folders_of_package", "module_in", "module_namespace", "module_of"]

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
    return cast("dict[str, object]", types.ModuleType.__getattribute__(module, "__dict__"))


def module_in(file: str) -> str | None:
    """The imported module that a file name of generated code mentions, as ``<attrs generated init app.tree.Node>`` does."""
    for name in _DOTTED.findall(file) if file.startswith("<") else ():
        while "." in name:
            name = name.rpartition(".")[0]  # noqa: PLW2901 -- the name is shortened from behind until it is a module's
            if name in sys.modules:
                return name  # type: ignore[no-any-return] # findall of this pattern gives text
    return None
