"""``--gcguard-graphs``: a picture of each finding in a folder, named by its signature.

Rules of this file: called by the process that prints, once; a ``dot`` that fails or hangs costs the pictures and nothing else.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.reports import dot
from pytest_gcguard.session.output.files import near, write

_BATCH = 100
_SECONDS = 60


def save(document: Document, folder: Path) -> str:
    """Writes a ``.dot`` file for each finding, and an ``.svg`` beside it where Graphviz is installed; says so in words."""
    written = []
    for entry in document.entries:
        text = dot.render(entry)
        if text:
            written.append(folder / f"{entry.finding.signature}.dot")
            write(written[-1], text)
    drawn = _drawn(written)
    pictures = f"{drawn} drawn" if shutil.which("dot") else "install Graphviz to have them drawn"
    plural = "" if len(written) == 1 else "s"
    return f"{len(written)} graph{plural} written to {near(folder)} ({pictures})"


def _drawn(files: Sequence[Path]) -> int:
    """How many pictures Graphviz has made."""
    program = shutil.which("dot")
    if program is None:
        return 0
    for batch in _batches(files):
        try:
            subprocess.run([program, "-Tsvg", "-O", *map(str, batch)], capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.SubprocessError):
            break
    drawn = 0
    for file in files:
        made = file.with_name(file.name + ".svg")
        if made.exists():
            made.replace(file.with_suffix(".svg"))
            drawn += 1
    return drawn


def _batches(files: Sequence[Path]) -> Iterator[Sequence[Path]]:
    return (files[start : start + _BATCH] for start in range(0, len(files), _BATCH))
