"""Virtual environments for code that nobody here wrote, made once and kept in a folder for the next time.

Rules of this file: the standard library's ``venv``, and ``pip`` in the environment that it makes; what an environment was made
from is written into it, and when that changes it is made again.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-gcguard-benchmarks"


def make(folder: Path, *installs: Sequence[str]) -> Path:
    """An environment with this project's working copy in it and with what each of the calls of ``pip install`` brings.

    Answers with the environment's Python.
    """
    return _made(folder, (["-e", str(PROJECT)], *installs))


def with_and_without(folder: Path) -> tuple[Path, Path]:
    """Two environments with the same releases of all that this project needs: with the project as a user installs it, which
    is a copy with a list of its files that pytest reads at each start, and without it.

    Answers with the Python of each.
    """
    pythons = [_made(folder / name, ([str(PROJECT)],)) for name in ("with", "without")]
    pip(pythons[0], "install", "--no-deps", "--force-reinstall", str(PROJECT))  # as it is now
    pip(pythons[1], "uninstall", "--yes", "pytest-gcguard")
    return pythons[0], pythons[1]


def _made(folder: Path, installs: Sequence[Sequence[str]]) -> Path:
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = json.dumps([sys.version, *map(list, installs)])
    stamp = folder / "made-from.json"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    for arguments in installs:
        pip(python, "install", *arguments)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def source(python: Path, requirement: str, folder: Path) -> Path:
    """The unpacked source distribution of a release."""
    if not folder.exists():
        archives = folder.with_name(folder.name + ".download")
        name = requirement.partition("==")[0]
        pip(python, "download", "--no-deps", "--no-binary", name, "--dest", str(archives), requirement)
        with tarfile.open(next(archives.glob("*.tar.gz"))) as tar:
            if hasattr(tarfile, "data_filter"):  # Python 3.10 got it in a late release
                tar.extraction_filter = tarfile.data_filter
            tar.extractall(archives)
        next(path for path in archives.iterdir() if path.is_dir()).rename(folder)
        shutil.rmtree(archives)
    return folder


def pip(python: Path, *arguments: str) -> None:
    """Runs pip; what it says is shown only when it fails."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
