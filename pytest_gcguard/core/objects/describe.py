"""One live object as bounded, inert text: what it is called, and where its code is.

Rules of this file: no code of an object that is looked at may run, and nothing of it is kept (``reading`` says how).
Attributes are read with a dot only from objects whose type is exactly one of the interpreter's own. The texts are the same on
every version of Python, as far as the interpreter allows. What others need of ``references`` and the like is offered here as
well.
"""

from __future__ import annotations

import collections
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from pytest_gcguard.core.files import sources
from pytest_gcguard.core.model import Place
from pytest_gcguard.core.objects.classes import class_items, find, is_written, module_name, mro, type_name, type_qualname
from pytest_gcguard.core.objects.frames import frame_locals
from pytest_gcguard.core.objects.reading import instance_dict
from pytest_gcguard.core.objects.references import GENERATORS, UNKNOWN, reference
from pytest_gcguard.core.objects.texts import shorten, steady, text
from pytest_gcguard.core.unpatched import gc

__all__ = [
    "UNKNOWN",
    "code_of",
    "code_of_generator",
    "frame_locals",
    "instance_dict",
    "label",
    "module_name",
    "mro",
    "place",
    "reference",
    "shorten",
    "type_name",
    "type_qualname",
]

_PATH_LIMIT = 4096


def label(obj: object) -> str:
    """What an object is called: its type's name, or for functions, frames, classes and modules their own.

    >>> label([]), label(dict), label([].append)
    ('list', 'class dict', 'builtin method append')
    >>> label(shorten)
    'function pytest_gcguard.core.objects.texts.shorten'
    """
    tp = type(obj)
    own = _LABELS.get(id(tp))
    if own is not None:
        return own(obj)
    if issubclass(tp, type):
        return f"class {type_name(obj)}"  # type: ignore[arg-type] # isinstance() would ask the object's own __class__
    if issubclass(tp, types.ModuleType):
        return f"module {text(_global(instance_dict(obj), '__name__')) or '?'}"
    return type_name(tp)


def _global(namespace: dict[Any, object] | None, name: str) -> object:
    return find(dict.items(namespace), name) if namespace is not None and issubclass(type(namespace), dict) else None


def _dotted(module: object, name: object) -> str:
    """A name with that of its module; where a path is the module's name, as in template engines, only its last part counts."""
    return shorten(".".join(filter(None, (_FOLDERS.sub("", text(module)), steady(text(name))))))


_FOLDERS = re.compile(r".*[/\\]")


def _function_name(function: object) -> str:
    """The qualified name of a function; where a bound method binds something else, the name of its type."""
    exact = type(function) is types.FunctionType
    return _dotted(function.__module__, function.__qualname__) if exact else type_name(type(function))  # type: ignore[attr-defined] # exact


def _frame_label(frame: types.FrameType) -> str:
    return f"frame of {_dotted(_global(frame.f_globals, '__name__'), _code_name(frame.f_code))}"


def _builtin_label(function: types.BuiltinFunctionType) -> str:
    """The label of a function written in C; it lacks the owner's type, whose metaclass would be asked for the name."""
    owner = function.__self__
    kind = "function" if owner is None or type(owner) is types.ModuleType else "method"
    return f"builtin {kind} {text(function.__name__)}"


def _generator_label(word: str, prefix: str) -> Callable[[Any], str]:
    def own(generator: Any) -> str:
        return f"{word} {_dotted(_generator_module(generator, prefix), generator.__qualname__)}"

    return own


def _generator_module(generator: object, prefix: str) -> object:
    """The module of a generator's function, None when it has ended."""
    if sys.version_info < (3, 11):
        frame = getattr(generator, f"{prefix}_frame")
        return None if frame is None else _global(frame.f_globals, "__name__")
    else:  # noqa: RET505 -- mypy takes what follows a version's return for dead code
        # Asking for the frame would make one that stays with the generator, a new object in the heap that is watched.
        code = getattr(generator, f"{prefix}_code")
        functions = (part for part in gc.get_referents(generator) if type(part) is types.FunctionType)
        return next((function.__module__ for function in functions if function.__code__ is code), None)


_LABELS: dict[int, Callable[[Any], str]] = {
    # by id: a type as the key would be hashed, and the class of any object may have a metaclass with a __hash__ of its own
    id(types.FunctionType): lambda function: f"function {_function_name(function)}",
    id(types.MethodType): lambda method: f"method {_function_name(method.__func__)}",
    id(types.BuiltinFunctionType): _builtin_label,
    id(types.FrameType): _frame_label,
    id(types.GeneratorType): _generator_label("generator", "gi"),
    id(types.CoroutineType): _generator_label("coroutine", "cr"),
    id(types.AsyncGeneratorType): _generator_label("async generator", "ag"),
}


def place(obj: object) -> Place | None:
    """Where an object's code is: the line at which a frame or traceback is, the first line of other code.

    For an instance it is the line of its class. None where that cannot be found.

    >>> place(place).function, place(3)
    ('place', None)
    """
    tp = type(obj)
    find_code = _CODES.get(id(tp))
    if find_code is not None:
        return _code_place(*find_code(obj))
    if issubclass(tp, types.ModuleType):
        file = _file_in(instance_dict(obj))
        return Place(file, 1) if file else None
    return _class_place(obj if issubclass(tp, type) else tp)  # type: ignore[arg-type] # narrowed by hand: see `label`


def told_by_type(tp: type) -> bool:
    """Whether the type of an object decides its label and its place: of all objects but classes, modules and code.

    >>> told_by_type(dict), told_by_type(type), told_by_type(types.FunctionType)
    (True, False, False)
    """
    return id(tp) not in _LABELS and id(tp) not in _CODES and not issubclass(tp, (type, types.ModuleType))


def _of_method(method: types.MethodType) -> tuple[types.CodeType | None, int | None]:
    function = method.__func__
    return (function.__code__ if type(function) is types.FunctionType else None), None


_CODES: dict[int, Callable[[Any], tuple[types.CodeType | None, int | None]]] = {
    id(types.CodeType): lambda code: (code, None),
    id(types.FunctionType): lambda function: (function.__code__, None),
    id(types.MethodType): _of_method,
    id(types.FrameType): lambda frame: (frame.f_code, frame.f_lineno),
    id(types.TracebackType): lambda traceback: (traceback.tb_frame.f_code, traceback.tb_lineno),
    id(types.GeneratorType): lambda generator: (generator.gi_code, None),
    id(types.CoroutineType): lambda generator: (generator.cr_code, None),
    id(types.AsyncGeneratorType): lambda generator: (generator.ag_code, None),
}


def code_of(obj: object) -> types.CodeType | None:
    """The code that a function, method, frame or generator runs; None of other objects.

    >>> code_of(place) is place.__code__
    True
    """
    return _CODES[id(type(obj))](obj)[0] if id(type(obj)) in _CODES else None


def spot(obj: object) -> tuple[str, int, str, int | None] | None:
    """For an object that has code, its file, first line and name, and the line at which it is; else None.

    >>> spot(spot)[2:]
    ('spot', None)
    """
    code, line = _CODES[id(type(obj))](obj) if id(type(obj)) in _CODES else (None, None)
    return None if code is None else (code.co_filename, code.co_firstlineno, code.co_name, line)


def code_of_generator(obj: object) -> types.CodeType | None:
    """The code that a generator, coroutine or asynchronous generator runs; None of other objects."""
    return _CODES[id(type(obj))](obj)[0] if id(type(obj)) in GENERATORS else None


def _code_place(code: types.CodeType | None, line: int | None) -> Place | None:
    if code is None:
        return None
    return Place(text(code.co_filename, _PATH_LIMIT), line or code.co_firstlineno, _code_name(code))


def _code_name(code: types.CodeType) -> str:
    if sys.version_info >= (3, 11):
        return text(code.co_qualname)
    else:  # noqa: RET505 -- see `_generator_module`
        name = text(code.co_name)
        source = sources.around(text(code.co_filename, _PATH_LIMIT), code.co_firstlineno, name)
        return source.functions.get((code.co_firstlineno, name), name)


def _class_place(tp: type) -> Place | None:
    if not is_written(tp):
        return None  # made by C
    name = type_qualname(tp)
    file = _file_in(instance_dict(_module(module_name(tp))))
    if all(path != file for path, _ in _methods(tp, name)):  # a class may call itself part of the package that offers it
        file = next((path for path, _ in _methods(tp, name)), file)
    if not file:
        return None
    line = find(class_items(tp), "__firstlineno__")  # from 3.13 on
    if type(line) is not int:
        line = sources.line_of_class(file, name) or min(
            (line for path, line in _methods(tp, name) if path == file), default=None
        )
    return None if line is None else Place(file, line)


_NAMED_TUPLES = collections.namedtuple.__code__.co_filename
"""The file of the methods of named tuples, which look as if the body of each named tuple had defined them."""


def _methods(tp: type, name: str) -> Iterator[tuple[str, int]]:
    """File and line of each function in the body of a class, without generated ones and the wrappers of decorators."""
    for key, function in class_items(tp):
        if type(function) is types.FunctionType and text(function.__qualname__) == f"{name}.{text(key)}":
            code = function.__code__
            file = text(code.co_filename, _PATH_LIMIT)
            if text(code.co_name) == text(key) and not file.startswith("<") and file != _NAMED_TUPLES:
                yield file, code.co_firstlineno


def _module(name: str) -> object:
    modules: dict[str, Any] = sys.modules
    return dict.get(modules, name) if issubclass(type(modules), dict) else None  # tests have put other things there


def _file_in(namespace: dict[str, object] | None) -> str:
    return text(_global(namespace, "__file__"), _PATH_LIMIT)
