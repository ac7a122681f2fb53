"""Whose code made a thing: the project, an installed library, the standard library, or the harness that runs the tests.

Rules of this file: decided by where the code lies (files) and what it says it belongs to (modules); modules and types are read
through C descriptors only, so no code of an object runs. The answer is None for what is nobody's: builtin containers and the
like, and tracebacks, although the frames that they lead to are somebody's.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from pytest_gcguard.core.files.layout import Layout, real, under
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.objects.classes import find, type_qualname
from pytest_gcguard.core.objects.modules import file_of_module, folders_of_package, module_in, module_namespace, module_of

_HARNESS = ("_pytest", "pytest", "pluggy", "pytest_gcguard", "unittest", "doctest")
_TOOLS = ("hypothesis", "_hypothesis_pytestplugin", "mock", "xdist", "execnet", "coverage", "pytest_mock", "pytest_cov")
"""What runs tests, unless it is the project itself."""
_FLAGS_OF_TYPE = type.__dict__["__flags__"]
_IMMUTABLE = 1 << 8
"""The flag of classes that are written in C and cannot be changed (Py_TPFLAGS_IMMUTABLETYPE)."""
_CARRIERS = ("builtins", "collections", "functools", "itertools", "operator", "types", "weakref")
"""Modules whose types written in C hold or call anybody's objects: a partial, a deque, a namespace."""
_MADE_UP = 10
"""A namespace with fewer names may have been made up for a single function."""
_LIMIT = 10_000
"""How many answers are remembered; a program that makes module names without end must not make the guard grow."""


class Origins:
    """Tells whose a file, a module, a class or any object is.

    ``rootdir`` is the project's folder, and ``folders`` are further ones. ``own`` names packages that are the project's
    although they are installed, ``harness`` the modules of plugins that run the tests.

    >>> import argparse
    >>> Origins(os.getcwd()).of_object(argparse.Namespace()).value
    'stdlib'
    """

    def __init__(
        self,
        rootdir: str | os.PathLike[str] | None,
        own: Iterable[str] = (),
        harness: Iterable[str] = (),
        folders: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        self._layout = Layout([*folders, *([rootdir] if rootdir is not None else [])])
        self._own = tuple(own)
        self._tools = (*_TOOLS, *harness)
        self._places: dict[str, tuple[str, ...]] = {}
        self._files: dict[str, Origin | None] = {}
        self._modules: dict[str, Origin | None] = {}
        self.pieces: dict[str, tuple[str, int | None]] = {}
        """For code that is compiled piece by piece, as a doctest's examples are, under the name that each piece is compiled
        with: the file that it is written in, and the number of the line before it, if that is known."""

    def held(self) -> list[object]:
        """The containers of its own that it adds to when it is asked."""
        return [self._places, self._files, self._modules, self.pieces, *self._layout.held()]

    def of_object(self, obj: object) -> Origin | None:
        """Whose an object is, by its code if it is a function, frame or generator, by itself if it is a module or class, and
        else by its class.
        """
        tp = type(obj)
        if issubclass(tp, type):
            return self.of_type(cast("type", obj))  # isinstance would ask the object itself
        read = _CODE.get(id(tp))
        if read is not None:
            return self._of_code(obj, *read)
        if issubclass(tp, types.ModuleType):
            return self._of_module_object(cast("types.ModuleType", obj))
        return self.of_type(tp)

    def of_type(self, tp: type) -> Origin | None:
        """Whose a class is; None for classes of module ``builtins``, and for the standard library's that are written in C.

        A partial or a deque says as little about who made it as a list does.
        """
        name = module_of(tp)
        if name == "__main__" and not _is_of_the_script(tp):
            return self._of_methods(tp) or Origin.OWN  # made by the examples of a doctest, say
        origin = self.of_module(name) if name else None
        unchangeable = _FLAGS_OF_TYPE.__get__(tp) & _IMMUTABLE
        if unchangeable:
            return None if origin is Origin.STDLIB else origin
        if origin is None and name != "builtins":
            return self._of_methods(tp)  # a class of a module that is gone, or that never was one
        return origin

    def is_c_of_stdlib(self, tp: type) -> bool:
        """Whether a class is the standard library's, written in C for a purpose of its own, not to carry anybody's objects.

        >>> import argparse, functools, re
        >>> [Origins(None).is_c_of_stdlib(tp) for tp in (re.Pattern, functools.partial, list, argparse.Namespace)]
        [True, False, False, False]
        """
        name = module_of(tp)
        unchangeable = _FLAGS_OF_TYPE.__get__(tp) & _IMMUTABLE
        return bool(unchangeable and name and not _within(name, _CARRIERS) and self.of_module(name) is Origin.STDLIB)

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

    def of_file(self, file: str) -> Origin | None:
        """Whose a source file is; None for names that are no file, as ``<string>``."""
        if file in self.pieces:
            file = self.pieces[file][0]
        try:
            return self._files[file]
        except KeyError:
            pass
        answer = self._judge_file(file)
        if len(self._files) < _LIMIT:
            self._files[file] = answer
        return answer

    def written(self, file: str, line: int) -> tuple[str, int]:
        """The file and the line where people find a line of code: others than were given only if it is in a piece."""
        where, before = self.pieces.get(file, (file, None))
        return (where, before + line) if before is not None else (file, line)

    # --- code ---------------------------------------------------------------------------------------------------------

    def _of_code(self, obj: object, code_of: _Read, globals_of: _Read) -> Origin | None:
        """Whose some code is: by its file, and where it has none, by the module that it says it belongs to."""
        code = code_of(obj)
        if code is None:
            return None
        file = code.co_filename
        origin = self.of_file(file)
        if origin is not None:
            return origin
        scope = globals_of(obj)
        scope = scope if type(scope) is dict else {}
        if self._is_mock(scope):
            return Origin.HARNESS
        said = obj.__module__ if type(obj) is types.FunctionType else None
        for name in (said, find(scope.items(), "__name__"), module_in(file)):
            if type(name) is str and (origin := self.of_module(name)) is not None:
                return origin
        home = find(scope.items(), "__file__")
        return self.of_file(home) if type(home) is str else None

    def _is_mock(self, scope: Mapping[str, object]) -> bool:
        """Whether a namespace is that of a function which `unittest.mock` made to look like another: it has no file."""
        check = find(scope.items(), "_checksig_") if len(scope) < _MADE_UP else None
        return type(check) is types.FunctionType and self.of_file(check.__code__.co_filename) is Origin.HARNESS

    def _of_methods(self, tp: type) -> Origin | None:
        namespace = type.__dict__["__dict__"].__get__(tp)
        files = (part.__code__.co_filename for part in namespace.values() if type(part) is types.FunctionType)
        return next((origin for file in files if (origin := self.of_file(file)) is not None), None)

    # --- modules ------------------------------------------------------------------------------------------------------

    def _of_module_object(self, module: types.ModuleType) -> Origin | None:
        name, file = (find(module_namespace(module).items(), name) for name in ("__name__", "__file__"))
        if type(name) is str and name in sys.modules:
            return self.of_module(name)
        origin = self.of_file(file) if type(file) is str else None  # a module that was taken off sys.modules
        return origin or (self.of_module(name) if type(name) is str else None)

    def _judge_module(self, name: str) -> Origin | None:  # noqa: PLR0911 -- one question, one answer, in order
        if name == "builtins":
            return None
        if _within(name, self._own):
            return Origin.OWN
        if _within(name, _HARNESS):
            return Origin.HARNESS
        file = file_of_module(name)
        if _within(name, self._tools) and (file is None or self.of_file(file) is not Origin.OWN):
            return Origin.HARNESS
        if name == "__main__" and (file is None or not self._layout.is_tool(self._layout.absolute(file))):
            return Origin.OWN  # a script that is run is its author's project, wherever it lies
        origin = self.of_file(file) if file else self._of_portions(name)
        if origin is not None:
            return origin
        if name.partition(".")[0] in sys.stdlib_module_names:
            return Origin.STDLIB
        parent = name.rpartition(".")[0]
        return self.of_module(parent) if parent else None

    def _of_portions(self, name: str) -> Origin | None:
        """Whose a namespace package is: the project's when one of its folders is."""
        origins = {self._layout.whose(place) for place in folders_of_package(name) if os.path.isdir(place)}
        return next((origin for origin in (Origin.OWN, Origin.LIBRARY, Origin.STDLIB) if origin in origins), None)

    # --- files --------------------------------------------------------------------------------------------------------

    def _judge_file(self, file: str) -> Origin | None:
        if file.startswith("<frozen "):
            return Origin.STDLIB
        if file.startswith("<") or not file:
            return None
        path = self._layout.absolute(file)
        if self._in_package(path, self._own):
            return Origin.OWN
        if self._in_package(path, _HARNESS):
            return Origin.HARNESS
        origin = self._layout.whose(path)
        return Origin.HARNESS if origin is not Origin.OWN and self._in_package(path, self._tools) else origin

    def _in_package(self, path: str, names: tuple[str, ...]) -> bool:
        return any(path == place or under(path, (place,)) for name in names for place in self._places_of(name))

    def _places_of(self, name: str) -> tuple[str, ...]:
        """The folders of a package, or the file of a module; looked up again until it has been imported."""
        if name not in self._places:
            if name not in sys.modules:
                return ()
            file = file_of_module(name)
            self._places[name] = tuple(folders_of_package(name)) or ((real(file),) if file else ())
        return self._places[name]


_Read = Callable[[Any], Any]


def _globals_of_frame(frame: types.FrameType | None) -> Mapping[str, object]:
    return frame.f_globals if frame is not None else {}


_READERS: dict[type, tuple[_Read, _Read]] = {
    types.FunctionType: (lambda o: o.__code__, lambda o: o.__globals__),
    types.FrameType: (lambda o: o.f_code, lambda o: o.f_globals),
    types.GeneratorType: (lambda o: o.gi_code, lambda o: _globals_of_frame(o.gi_frame)),
    types.CoroutineType: (lambda o: o.cr_code, lambda o: _globals_of_frame(o.cr_frame)),
    types.AsyncGeneratorType: (lambda o: o.ag_code, lambda o: _globals_of_frame(o.ag_frame)),
    types.CodeType: (lambda o: o, lambda o: {}),
    # a traceback leads from an exception to the frames that it passed; a stretch of it that lies in the project makes no
    # cycle the project's in which only a library's frames and its exception take part
    types.TracebackType: (lambda o: None, lambda o: {}),
}
_CODE = {id(tp): read for tp, read in _READERS.items()}  # by id: a metaclass may answer with anything when asked for a hash


def _is_of_the_script(tp: type) -> bool:
    """Whether a class of ``__main__`` is really one of the script that runs: other code may run under that name, too."""
    script = sys.modules.get("__main__")
    outermost = type_qualname(tp).partition(".")[0]
    return script is not None and find(module_namespace(script).items(), outermost) is not None


def _within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)
