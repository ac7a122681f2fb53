"""What the core needs to know of a pytest run: whose code lies where."""

from __future__ import annotations

import functools
import itertools
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_gcguard.core.files.installed import FOLDERS, Installed, is_built
from pytest_gcguard.core.files.layout import project_folder, real
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.objects.classes import find
from pytest_gcguard.core.objects.modules import file_of_module, module_namespace, module_of
from pytest_gcguard.core.origins.origin import Origins


def origins(config: pytest.Config, own: tuple[str, ...]) -> Origins:
    """Tells whose an object is in this run: the project's folders are its own, every installed plugin is the harness'."""
    folders = _folders(config)
    plain = Origins(None, own, folders=folders)
    named = {id(plugin): dist for plugin, dist in config.pluginmanager.list_plugin_distinfo()}
    tools: set[str] = set()
    for plugin in config.pluginmanager.get_plugins():
        name = _module_name(plugin)
        if name is not None and plain.of_module(name) is Origin.LIBRARY:
            tools.update(_packages(name, named.get(id(plugin))))
    return Origins(None, own, tools, folders)


def _folders(config: pytest.Config) -> list[str | Path]:
    """The project's folders: around the rootdir, those of tests and conftest files outside of it, and, where a repository has
    several projects, that of each whose tests are run.
    """
    root = config.rootpath
    tests = _folders_of_tests(config)
    outside = {folder for folder in tests if root not in (folder, *folder.parents)}
    parts = {part for folder in tests - outside if (part := _project_around(folder, root)) is not None}
    return [project_folder(root), *outside, *parts]


def _folders_of_tests(config: pytest.Config) -> set[Path]:
    session: Any = config.pluginmanager.get_plugin("session")
    files = {item.path for item in getattr(session, "items", ())}
    files.update(
        Path(file)
        for plugin in config.pluginmanager.get_plugins()
        if (file := _of_module(plugin, "__file__")) is not None and os.path.basename(file) == "conftest.py"
    )
    return {file.parent for file in files}


def _project_around(folder: Path, root: Path) -> Path | None:
    """The innermost folder around one of tests that can be built, below the rootdir."""
    between = itertools.takewhile(root.__ne__, (folder, *folder.parents))
    return next(filter(is_built, between), None)


def _module_name(plugin: object) -> str | None:
    return _of_module(plugin, "__name__") if issubclass(type(plugin), types.ModuleType) else module_of(type(plugin))


def _of_module(plugin: object, name: str) -> str | None:
    """A text among the globals of a plugin that is a module; other objects are not asked, they may answer with anything."""
    if not issubclass(type(plugin), types.ModuleType):
        return None
    value = find(module_namespace(cast("types.ModuleType", plugin)).items(), name)
    return value if type(value) is str else None


def _packages(name: str, dist: Any) -> set[str]:
    """The packages that are a plugin; of a library that merely includes one (``anyio.pytest_plugin``), only that module."""
    top = name.partition(".")[0]
    if "pytest" in top or file_of_module(top) is None:
        return {top}
    if dist is None or "Framework :: Pytest" not in (dist.metadata.get_all("Classifier") or ()):
        return {name}
    return {top, str(dist.metadata["Name"]).replace("-", "_").lower()}  # written for pytest: all of it serves the tests


def relative_to(config: pytest.Config) -> Callable[[str], str]:
    """A function that shortens paths for people: relative to the project, or to the folder of installed packages.

    What is installed of the project itself is named by its source, which people change and reports point to.
    """
    copies = Installed(map(real, _folders(config)))
    prefix = os.path.join(os.path.realpath(config.rootpath), "")
    library = os.path.join(os.path.dirname(os.path.realpath(os.__file__)), "")

    @functools.lru_cache(maxsize=4096)
    def relative(file: str) -> str:
        path = os.path.realpath(file) if os.path.isabs(file) else file
        source = copies.source(path)
        if source is not None and os.path.isfile(source):
            path = os.path.realpath(source)  # in the spelling of the disk
        for part in FOLDERS:
            _, found, rest = path.rpartition(os.sep + part + os.sep)
            if found:
                return rest.replace(os.sep, "/")
        for folder in (prefix, library):
            if path.startswith(folder):
                return path[len(folder) :].replace(os.sep, "/")
        return path.replace(os.sep, "/")

    return relative
