"""Whose code made a thing: the project, an installed library, the standard library, or the harness that runs the tests.

Rules of this file: decided by where the code lies (files) and what it says it belongs to (modules); reads modules and types
through C descriptors only, so no code of an object runs; the answer is None where nobody can be named (builtin containers).
"""

from __future__ import annotations

import os
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from pytest_gcguard.core.model import Origin

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_HARNESS = ("_pytest", "pytest", "pluggy", "unittest.mock", "pytest_gcguard")
_MODULE_OF_TYPE = type.__dict__["__module__"]
_LIMIT = 10_000
"""How many answers are remembered; a program that makes module names without end must not make the guard grow."""


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


class Origins:
    """Tells whose a file, a module, a class or any object is.

    ``rootdir`` is the project's folder, ``own`` names packages that are the project's although they are installed, ``harness``
    names modules of plugins that run the tests.

    >>> Origins(os.getcwd()).of_object(types.SimpleNamespace()).value
    'stdlib'
    """

    def __init__(self, rootdir: str | os.PathLike[str] | None, own: Iterable[str] = (), harness: Iterable[str] = ()) -> None:
        self._root = _folder(rootdir) if rootdir is not None else None
        self._own = tuple(own)
        self._harness = (*_HARNESS, *harness)
        paths = sysconfig.get_paths()
        self._installed = tuple({_folder(paths[name]) for name in ("purelib", "platlib")})
        self._stdlib = tuple(
            {_folder(paths[name]) for name in ("stdlib", "platstdlib")} | {_folder(os.path.dirname(os.__file__))}
        )
        self._folders: dict[str, tuple[str, ...]] = {}
        self._files: dict[str, Origin | None] = {}
        self._modules: dict[str, Origin | None] = {}

    def of_object(self, obj: object) -> Origin | None:
        """Whose an object is: of a function, frame or generator its code's, of a module or class its own, else its class's."""
        tp = type(obj)
        if issubclass(tp, type):
            return self.of_type(cast("type", obj))  # isinstance would ask the object itself
        code = _code_of(tp, obj)
        if code is not None:
            return self.of_file(code[0]) or (self.of_module(code[1]) if code[1] else None)
        if tp is types.ModuleType:
            name = module_namespace(cast("types.ModuleType", obj)).get("__name__")
            return self.of_module(name) if type(name) is str else None
        return self.of_type(tp)

    def of_type(self, tp: type) -> Origin | None:
        """Whose a class is; None for those of module ``builtins``."""
        name = module_of(tp)
        return self.of_module(name) if name else None

    def of_module(self, name: str) -> Origin | None:
        """Whose a module is, by its name and, where it can be found, its file."""
        try:
            return self._modules[name]
        except KeyError:
            pass
        answer = self._judge_module(name)
        if name in sys.modules and len(self._modules) < _LIMIT:  # a module that is not there yet may say more later
            self._modules[name] = answer
        return answer

    def _judge_module(self, name: str) -> Origin | None:  # noqa: PLR0911 -- one question, one answer, in order
        if name == "builtins":
            return None
        if _within(name, self._own):
            return Origin.OWN
        if _within(name, self._harness):
            return Origin.HARNESS
        file = file_of_module(name)
        if name == "__main__" and (file is None or not _under(os.path.realpath(file), (*self._installed, *self._stdlib))):
            return Origin.OWN  # a script that is run is its author's project, wherever it lies
        origin = self.of_file(file) if file else None
        if origin is not None:
            return origin
        if name.partition(".")[0] in sys.stdlib_module_names:
            return Origin.STDLIB
        parent = name.rpartition(".")[0]
        return self.of_module(parent) if parent else None

    def of_file(self, file: str) -> Origin | None:
        """Whose a source file is; None for names that are no file, as ``<string>``."""
        try:
            return self._files[file]
        except KeyError:
            pass
        answer = self._judge_file(file)
        if len(self._files) < _LIMIT:
            self._files[file] = answer
        return answer

    def _judge_file(self, file: str) -> Origin | None:  # noqa: PLR0911 -- one question, one answer, in order
        if file.startswith("<frozen "):
            return Origin.STDLIB
        if file.startswith("<"):
            return None
        path = os.path.realpath(file)
        if self._in_package(path, self._own):
            return Origin.OWN
        if self._in_package(path, self._harness):
            return Origin.HARNESS
        if _under(path, self._installed) or not _INSTALLED.isdisjoint(path.split(os.sep)):
            return Origin.LIBRARY
        if _under(path, self._stdlib):
            return Origin.STDLIB
        return Origin.OWN if self._root is not None and _under(path, (self._root,)) else Origin.LIBRARY

    def _in_package(self, path: str, names: tuple[str, ...]) -> bool:
        return any(path == place or _under(path, (place,)) for name in names for place in self._places(name))

    def _places(self, name: str) -> tuple[str, ...]:
        """The folders of a package, or the file of a module; looked up again until it has been imported."""
        if name not in self._folders:
            module = sys.modules.get(name)
            if module is None:
                return ()
            paths = getattr(module, "__path__", None)
            found = [*paths] if paths is not None else [module.__file__] if getattr(module, "__file__", None) else []
            self._folders[name] = tuple(os.path.realpath(path) for path in found if path)
        return self._folders[name]


def file_of_module(name: str) -> str | None:
    """The source file of an imported module.

    >>> file_of_module("os").endswith("os.py")
    True
    """
    module = sys.modules.get(name)
    if module is None or not issubclass(type(module), types.ModuleType):  # a proxy would say that it is one
        return None
    file = module_namespace(module).get("__file__")
    return file if isinstance(file, str) else None


def module_namespace(module: types.ModuleType) -> dict[str, object]:
    """The dictionary of a module's globals, without running a lazy module's own code.

    >>> module_namespace(sys) is sys.__dict__
    True
    """
    return cast("dict[str, object]", types.ModuleType.__getattribute__(module, "__dict__"))


def _code_of(tp: type, obj: object) -> tuple[str, str | None] | None:
    """The file name and the module's name of the code that an object runs, for the kinds of object that have code."""
    read = _CODE.get(id(tp))
    if read is None:
        return None
    code, scope = read(obj)
    name = scope.get("__name__") if scope is not None else None
    return code.co_filename, name if type(name) is str else None


_READERS: dict[type, Callable[[Any], tuple[types.CodeType, Mapping[str, object] | None]]] = {
    types.FunctionType: lambda o: (o.__code__, o.__globals__),
    types.FrameType: lambda o: (o.f_code, o.f_globals),
    types.TracebackType: lambda o: (o.tb_frame.f_code, o.tb_frame.f_globals),
    types.GeneratorType: lambda o: (o.gi_code, None),
    types.CoroutineType: lambda o: (o.cr_code, None),
    types.AsyncGeneratorType: lambda o: (o.ag_code, None),
    types.CodeType: lambda o: (o, None),
}
_CODE = {id(tp): read for tp, read in _READERS.items()}  # by id: a metaclass may answer with anything when asked for a hash


def _folder(path: str | os.PathLike[str]) -> str:
    return os.path.realpath(path)


def _under(path: str, folders: Iterable[str]) -> bool:
    return any(path.startswith(folder if folder.endswith(os.sep) else folder + os.sep) for folder in folders)


def _within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)
