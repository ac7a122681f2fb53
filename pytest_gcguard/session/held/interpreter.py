"""What the interpreter and the standard library hold of a test that has run.

Rules of this file: answers with roots, holds nothing; a walk over all modules or files is made only where something new looks
like what these remember.
"""

from __future__ import annotations

import itertools
import linecache
import operator
import re
import sys
import threading
import types
from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.machinery import FileFinder, SourceFileLoader
from typing import Any

from pytest_gcguard.core.objects.gaps import has_gaps
from pytest_gcguard.core.signature import blot
from pytest_gcguard.session.held import caches, loops


def memory(left: list[object], names: Sequence[str]) -> Iterator[object]:
    """Warnings that were shown or recorded, the last value and the last error that were shown, and caches with a limit.

    ``names`` are those of the test's function and of its module.
    """
    warnings: Any = sys.modules["warnings"]
    yield getattr(warnings._showwarnmsg_impl, "__self__", None)  # where warnings are recorded, it is a list's `append`
    # there are hundreds of modules and files: asked only where something new looks like what they remember
    dicts = [obj for obj in left if type(obj) is dict]
    tuples = [obj for obj in left if type(obj) is tuple]
    if any(map(_may_be_registry, dicts)) or any(map(_may_be_warning, tuples)):
        yield from filter(None, map(dict.get, _namespaces(), itertools.repeat("__warningregistry__")))
    if any(map(_may_be_of_loader, dicts)):
        loaders = list(map(dict.get, _namespaces(), itertools.repeat("__loader__")))
        files = map(operator.is_, map(type, loaders), itertools.repeat(SourceFileLoader))
        yield from itertools.compress(loaders, files)  # a loader gets its dictionary when it is compared with another
    if any(map(_may_be_file, tuples)):
        yield from _lines_of_files(set(map(id, tuples)), names)
    for name in ("last_exc", "last_value", "last_traceback"):
        yield getattr(sys, name, None)
    yield sys.modules["builtins"].__dict__.get("_")
    yield getattr(threading, "_limbo", None)  # seen as new once a thread was started
    yield getattr(threading, "_shutdown_locks", None)  # up to Python 3.12 of a thread that has ended, until another one starts
    yield sys.path_importer_cache  # one for each folder that was ever on the path
    if any(type(obj) is set for obj in left):  # the names of the files in one of them, read again when it has changed
        finders = [finder for finder in list(sys.path_importer_cache.values()) if type(finder) is FileFinder]
        yield from (*finders, *(finder.__dict__ for finder in finders))
    yield getattr(sys.modules.get("_ctypes"), "_pointer_type_cache", None)  # one for each class that was pointed to
    yield from caches.of_library(left)
    for function in getattr(sys.modules.get("typing"), "_cleanups", ()):
        yield getattr(function, "__self__", None)
    yield from loops.current(left)
    yield from loops.cancelled_timers(left)
    yield from loops.of_runner()


def _may_be_registry(new: dict[object, object]) -> bool:
    """Whether a dictionary may be a ``__warningregistry__``: it begins with its version, or with a warning."""
    first = next(iter(new), None)
    return not new or type(first) is tuple or (type(first) is str and first == "version")


def _may_be_warning(new: tuple[object, ...]) -> bool:
    """Whether a tuple may be an entry of one: a text, its category, and mostly a line."""
    return len(new) in {2, 3} and not has_gaps(new) and issubclass(type(new[1]), type)


def _may_be_of_loader(new: dict[object, object]) -> bool:
    first = next(iter(new), None)
    return type(first) is str and first == "name"


def _may_be_file(new: tuple[object, ...]) -> bool:
    """Whether a tuple may be an entry of `linecache`: the size, the time, the lines and the full name of a file."""
    return len(new) == 4 and not has_gaps(new) and type(new[2]) is list


def _lines_of_files(new: Collection[int], names: Sequence[str]) -> Iterator[object]:
    """The new entries of `linecache`, but for those that may be others in each run.

    Entries that a program has made up, as attrs does for the methods that it writes, have no time.
    """
    for name, entry in list(linecache.cache.items()):
        if (
            id(entry) in new
            and len(entry) == 4
            and (entry[1] is not None or (type(name) is str and _is_steady(name, entry, names)))
        ):
            yield entry


def _is_steady(name: str, entry: Sequence[object], names: Sequence[str]) -> bool:
    """Whether the next run of a test finds the entry of `linecache` that this one has made up.

    So it is where nothing varies in its name, apart from the ``names`` of the test. A number at the end is that of the first
    free name, if those before it are there: then a maker that compares what it has written with these, as attrs and cattrs
    do, finds the same again.
    """
    if not _varies(name, names):
        return True
    numbered = _NUMBERED.fullmatch(name)
    if numbered is None or _varies(numbered[1], names):
        return False
    stem, end = numbered[1], numbered[3]
    before = [
        linecache.cache.get(f"{stem}{end}"),
        *(linecache.cache.get(f"{stem}-{each}{end}") for each in range(1, int(numbered[2]))),
    ]
    if before[1:] and before[1] is None:  # cattrs begins with 2
        del before[1]
    return all(each is not None and each[2:3] != entry[2:3] for each in before)


def _varies(name: str, known: Sequence[str]) -> bool:
    for each in filter(None, known):
        name = name.replace(each, "")
    return blot(name) != name


_NUMBERED = re.compile(r"(.*)-([0-9]{1,4})(>?)")


def _namespaces() -> Iterator[dict[str, object]]:
    """The namespaces of the imported modules; there are hundreds, so the loop runs in C."""
    modules = list(sys.modules.values())
    plain = map(operator.is_, map(type, modules), itertools.repeat(types.ModuleType))
    return map(_NAMESPACE, itertools.compress(modules, plain))


_NAMESPACE: Callable[[object], dict[str, object]] = vars(types.ModuleType)["__dict__"].__get__
