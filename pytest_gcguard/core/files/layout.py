"""Where a file lies: in the project, in a folder of installed packages, in the standard library, or nowhere that is known.

Rules of this file: paths in, an origin out; looks at no object and at no module.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterable

from pytest_gcguard.core.files.installed import Installed
from pytest_gcguard.core.kinds import Origin

_INSTALLATIONS = frozenset(
    {"site-packages", "dist-packages", "__pypackages__", "node_modules"}
    | {".venv", ".tox", ".nox", ".eggs", ".pixi", ".direnv", ".virtualenvs"}
)
"""Names of folders that hold what was installed, wherever they are: a virtual environment often lies in the project."""
_NO_NAMES = ("", os.curdir, os.pardir)
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")
_TESTS = frozenset({"test", "tests", "testing"})


class Layout:
    """Tells by its path whose a file is. ``folders`` are the project's; of nested ones the innermost around a file counts.

    >>> Layout(["/app"]).whose("/app/src/app/tree.py").value, Layout(["/app"]).whose("/app/.venv/lib/x.py").value
    ('own', 'library')
    """

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        try:
            self._start = os.getcwd()  # a test may go elsewhere; file names of code that are relative are from here
        except OSError:
            self._start = ""
        # a file is found in the innermost folder first
        self._folders = tuple(sorted({real(folder) for folder in folders}, key=len, reverse=True))
        self._copies = Installed(self._folders)
        paths = sysconfig.get_paths()
        self._libraries = tuple({real(paths[name]) for name in ("purelib", "platlib")})
        self._stdlib = tuple({real(paths[name]) for name in ("stdlib", "platstdlib")} | {real(os.path.dirname(os.__file__))})
        self._environments: dict[str, bool] = {}
        self._reals: dict[str, str] = {}

    def held(self) -> list[object]:
        """The containers of its own that it adds to when it is asked."""
        return [self._environments, self._reals, *self._copies.held()]

    def absolute(self, file: str) -> str:
        """The real path of a source file."""
        path = os.path.join(self._start, file)
        folder, name = os.path.split(path)
        if name in _NO_NAMES:
            return real(path)
        if folder not in self._reals:  # to resolve each folder once is ten times as fast as to do so for each of its files
            self._reals[folder] = os.path.realpath(folder)
        path = os.path.join(self._reals[folder], name)
        return real(path) if os.path.islink(path) else os.path.normcase(path)

    def whose(self, path: str) -> Origin | None:
        """Whose a file is, by its absolute path; None if it does not exist, and no known place could have had it."""
        if self._copies.source(path) is not None:
            return Origin.OWN
        folder = next((folder for folder in self._folders if under(path, (folder,))), None)
        if under(path, self._libraries):
            return Origin.LIBRARY
        if folder is not None and (self._is_installed(path, folder) or self._in_environment(path, folder)):
            return Origin.LIBRARY
        if under(path, self._stdlib):
            return Origin.LIBRARY if self._is_installed(path, "") else Origin.STDLIB
        if folder is not None:
            return Origin.OWN
        # a path that leads nowhere was written by another machine, or is no path: whoever asks has to look elsewhere
        return Origin.LIBRARY if self._is_installed(path, "") or os.path.exists(path) else None

    def is_tool(self, path: str) -> bool:
        """Whether a file is not the project's: a script of the interpreter or of an installed package."""
        return under(path, (*self._libraries, *self._stdlib))

    def _is_installed(self, path: str, folder: str) -> bool:
        # only what comes below the project's folder counts: distributions build and test below a site-packages of their own
        return not _INSTALLATIONS.isdisjoint(os.path.dirname(path)[len(folder) :].split(os.sep))

    def _in_environment(self, path: str, folder: str) -> bool:
        """Whether a folder between the project's and the file is a virtual environment."""
        parent = os.path.dirname(path)
        if len(parent) <= len(folder):
            return False
        if parent not in self._environments:
            self._environments[parent] = os.path.isfile(os.path.join(parent, "pyvenv.cfg")) or self._in_environment(
                parent, folder
            )
        return self._environments[parent]


def project_folder(rootdir: str | os.PathLike[str]) -> str:
    """The folder of the project that has ``rootdir``: the folder above it, where rootdir has nothing but the tests.

    >>> project_folder("/somewhere/app").replace(os.sep, "/")[-14:]
    '/somewhere/app'
    """
    folder = real(rootdir)
    parent, name = os.path.split(folder)
    if name.lower() in _TESTS and not _has_project_file(folder) and _has_project_file(parent):
        return parent
    return folder


def _has_project_file(folder: str) -> bool:
    return any(os.path.exists(os.path.join(folder, name)) for name in _PROJECT_FILES)


def real(path: str | os.PathLike[str]) -> str:
    """One spelling for each file."""
    return os.path.normcase(os.path.realpath(path))


def under(path: str, folders: Iterable[str]) -> bool:
    """Whether a path lies below one of some folders.

    >>> under("/app/a.py", ["/app"]), under("/application/a.py", ["/app"])
    (True, False)
    """
    return any(path.startswith(folder if folder.endswith(os.sep) else folder + os.sep) for folder in folders)
