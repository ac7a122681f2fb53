"""One value that a user gives: where it was given, what it must be, and the complaint about a wrong one.

Rules of this file: the command line comes before the ini file; every wrong value is a `pytest.UsageError` that says what was
given, where, and what is allowed.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import NoReturn

import pytest


def given(config: pytest.Config, name: str) -> tuple[str | None, str]:
    """The text given for a setting, or None, and words for where; the command line comes before the ini file."""
    option = config.getoption(f"gcguard_{name}")
    if option is not None:
        return option, f"--gcguard-{name.replace('_', '-')}"
    ini = config.getini(f"gcguard_{name}")
    if isinstance(ini, list):  # as `[tool.pytest.ini_options]` may have it, whatever the setting is declared as
        ini = ",".join(map(str, ini))
    return (ini, in_file(config, f"gcguard_{name}")) if ini else (None, "")


def in_file(config: pytest.Config, setting: str) -> str:
    """Words for where a setting was given if it was not by its own option: by ``-o``, or in the ini file."""
    overridden = any(text.startswith(f"{setting}=") for text in config.getoption("override_ini", None) or ())
    return f"-o {setting}" if overridden else f"{setting} in {config.inipath}"


def path_given(config: pytest.Config, text: str, where: str) -> Path:
    """A path as the user means it: on the command line from the current folder, elsewhere from the rootdir."""
    return (config.invocation_params.dir if where.startswith("--") else config.rootpath) / os.path.expanduser(text)


def switched_on(config: pytest.Config, name: str) -> bool:
    """Whether a switch is on; the command line comes before the ini file."""
    option = config.getoption(name)
    return bool(option if option is not None else config.getini(name))


def seconds(config: pytest.Config, name: str) -> float | None:
    """The seconds given for a setting, from 0; None where nothing is given."""
    text, where = given(config, name)
    if text is None:
        return None
    try:
        read = float(text)
    except ValueError:
        read = -1.0
    return read if 0 <= read < math.inf else wrong(text, where, "a number of seconds from 0")


def number(text: str, where: str, least: int, most: int | None = None) -> int:
    """The whole number that a text is; ``least`` and ``most`` are allowed."""
    try:
        read = int(text)
    except ValueError:
        read = least - 1
    if read < least or (most is not None and read > most):
        wrong(text, where, f"a whole number from {least}" + (f" to {most}" if most is not None else ""))
    return read


def wrong(text: str, where: str, allowed: str) -> NoReturn:
    """Raises `pytest.UsageError` for a wrong value."""
    raise pytest.UsageError(f"gcguard: {where}: {text!r} was given; allowed: {allowed}")


def check_writable(path: Path, text: str, where: str) -> None:
    """Complains about a path that cannot be written: now, not after the last test, when all findings would be lost."""
    if path.is_dir():
        wrong(text, where, "a file's path; this is a folder")
    there = next(folder for folder in (path.parent, *path.parent.parents) if folder.exists())
    if not there.is_dir():
        wrong(text, where, f"a path below a folder; {there} is a file")
    if not os.access(path if path.exists() else there, os.W_OK):
        wrong(text, where, f"a path that can be written; {path if path.exists() else there} is not writable")
