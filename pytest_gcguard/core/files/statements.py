"""Where the statements at the top level of a source file begin, found by the look of its lines: nothing is parsed.

To parse one statement takes a fraction of the time that the whole file takes.

Rules of this file: what is kept of a file is numbers. `linecache` is not used: it keeps the whole file, and may ask a module's
loader for it.
"""

from __future__ import annotations

import bisect
import functools
import os
import re
import tokenize
from collections.abc import Iterator

_LIMIT = 4 << 20
"""A source file of more bytes than this is not read."""


def text(file: str) -> str:
    """The text of a source file; empty where there is none, or where it is too large.

    >>> "def text(" in text(__file__), text("nowhere.py")
    (True, '')
    """
    try:
        if not os.path.isfile(file) or os.path.getsize(file) >= _LIMIT:  # a pipe, say, would keep the reader waiting
            return ""
        with tokenize.open(file) as stream:
            return stream.read()
    except (OSError, SyntaxError, ValueError):
        return ""


def around(file: str, line: int) -> tuple[int, int | None]:
    """The first line of the top-level statement that a line is in, and that of the next one; None if there is no next one."""
    starts, _ = _beginnings(file)
    at = bisect.bisect_right(starts, line)
    return starts[at - 1] if at else 1, starts[at] if at < len(starts) else None


def beginning_of_class(file: str, line: int) -> int | None:
    """The line at which a class begins, with its decorators, given its ``class`` line at the margin; None of other lines."""
    return _beginnings(file)[1].get(line)


@functools.lru_cache(maxsize=256)
def lines_of_class(file: str, name: str) -> tuple[int, ...]:
    """The lines that look as if a class of this name began there; one may be inside of a string."""
    lines = enumerate(text(file).split("\n"), 1)
    return tuple(number for number, line in lines if (begins := _CLASS.match(line)) is not None and begins[1] == name)


@functools.lru_cache(maxsize=64)
def _beginnings(file: str) -> tuple[tuple[int, ...], dict[int, int]]:
    """The lines at which the top-level statements of a file begin, with their decorators; and for each ``class`` line the one
    at which that class begins.

    Told by what a line begins with. A line within brackets may look like a beginning; then what begins or ends there cannot be
    parsed, and the whole file is.
    """
    starts: list[int] = []
    classes: dict[int, int] = {}
    decorated = False
    for number, line in _outside_of_texts(text(file).split("\n")):
        if _BEGINS.match(line):
            if not decorated:
                starts.append(number)
            if line.startswith("class "):
                classes[number] = starts[-1]
            decorated = line.startswith("@") or (decorated and not line.startswith(_DECORATED))
    return tuple(starts), classes


def _outside_of_texts(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines, with their numbers, that do not begin inside of a string of several lines."""
    quotes = ""
    for number, line in enumerate(lines, 1):
        _, closing, rest = line.partition(quotes) if quotes else ("", "", line)
        if not quotes:
            yield number, line
        elif not closing:
            continue
        opening = _OPENS.search(_WHOLE.sub("", rest)) if '"""' in rest or "'''" in rest else None
        quotes = opening[0] if opening else ""


_WHOLE = re.compile(r"""#.*|(\"{3}|'{3}).*?(?<!\\)\1|(?<!")"(?!"")(?:[^"\\]|\\.)*"|(?<!')'(?!'')(?:[^'\\]|\\.)*'""")
"""A comment, or a string that ends in its line."""
_OPENS = re.compile(r"\"{3}|'{3}")
_CLASS = re.compile(r"\s*class\s+(\w+)")
"""One pattern for all names: module `re` would keep one for each, and drop those of the program for them."""
_DECORATED = ("class ", "def ", "async ")
_BEGINS = re.compile(r"(?!(?:else|elif|except|finally|case)\b)[\w@(\[{\"'*-]")
