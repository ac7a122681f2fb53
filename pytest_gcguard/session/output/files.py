"""Files that a run writes: whole or not at all, and named as one would type them."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Writes a file whole or not at all, and makes the folders above it."""
    if not is_plain(path):  # a pipe or a terminal, which must not be replaced by a file
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    path = path.resolve()  # a link stays a link
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_plain(path: Path) -> bool:
    """Whether a path is that of a file, or of one that can be made."""
    return path.is_file() or not path.exists()


def near(path: Path) -> str:
    """A path relative to the current folder where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
