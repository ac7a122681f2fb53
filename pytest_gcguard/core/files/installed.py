"""Which installed files are copies of the project's own: a suite is often run on what was built of it, as tox and nox do.

Rules of this file: told by names of files alone; the project's folder must be one that can be built, and of an installed
package its folder must have half the files at least, since anybody may have a folder of some name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

FOLDERS = ("site-packages", "dist-packages")
"""Names of folders that packages are installed in."""
_BUILT_BY = ("pyproject.toml", "setup.py", "setup.cfg")
"""A project that can be built has one of these files."""
_PLACES = ("src", "", "lib", "python")
"""Where below its folder its packages may lie."""
_PACKAGE = "__init__.py"


class Installed:
    """Finds the source of installed files. ``folders`` are the project's."""

    def __init__(self, folders: Iterable[str]) -> None:
        built = filter(is_built, folders)
        places = [os.path.join(folder, place) if place else folder for folder in built for place in _PLACES]
        self._places = [place for place in places if not _has_libraries(place)]
        self._sources: dict[str, str | None] = {}
        """By installed package or module: its source, if the project has it."""

    def held(self) -> list[object]:
        """The containers of its own that it adds to when it is asked."""
        return [self._sources]

    def source(self, path: str) -> str | None:
        """The file of the project that an installed one was built of, whether that is there or is made by the build.

        None for the files of others, and for what is not installed. ``path`` is absolute.

        >>> Installed(["/app"]).source("/usr/lib/python3/dist-packages/app/tree.py") is None
        True
        """
        if not self._places:
            return None
        for name in FOLDERS:
            folder, found, rest = path.rpartition(f"{os.sep}{name}{os.sep}")
            if found:
                return self._source(folder + found, rest)
        return None

    def _source(self, folder: str, rest: str) -> str | None:
        package = _package(folder, rest)
        if folder + package not in self._sources:
            copies = (place for place in self._places if _is_copy(folder + package, os.path.join(place, package)))
            self._sources[folder + package] = next(copies, None)
        place = self._sources[folder + package]
        return None if place is None else os.path.join(place, rest)


def is_built(folder: str | os.PathLike[str]) -> bool:
    """Whether a folder has what packages are built by."""
    return any(os.path.isfile(os.path.join(folder, name)) for name in _BUILT_BY)


def _has_libraries(folder: str) -> bool:
    """Whether packages were installed in a folder, as `pip install --target` does it."""
    return any(name.endswith(".dist-info") for name in _names(folder))


def _package(folder: str, rest: str) -> str:
    """The outermost package around an installed file that is no namespace package; the file itself where there is none."""
    parts = rest.split(os.sep)
    for depth in range(1, len(parts)):
        package = os.sep.join(parts[:depth])
        if os.path.isfile(os.path.join(folder, package, _PACKAGE)):
            return package
    return rest


def _is_copy(installed: str, source: str) -> bool:
    if not os.path.isdir(installed):
        return os.path.isfile(source)
    if not os.path.isfile(os.path.join(source, _PACKAGE)):
        return False
    names = _modules(installed)
    return 2 * len(names & _modules(source)) >= len(names)


def _modules(folder: str) -> set[str]:
    return {name for name in _names(folder) if name.endswith(".py")}


def _names(folder: str) -> list[str]:
    """What is in a folder; nothing where there is none, or nobody may look."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
