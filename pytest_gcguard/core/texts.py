"""Text of somebody else's as bounded, printable text.

Rules of this file: no code of a value that is looked at may run; everything is cut before it is worked on.
"""

from __future__ import annotations

import re

LIMIT = 200
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What may not reach a terminal or a UTF-8 file: control characters, line and direction marks, lone surrogates."""


def shorten(text: str, limit: int = LIMIT) -> str:
    """The text, with its middle left out if it is longer than ``limit``.

    >>> shorten("abcdefghij", 5)
    'ab…ij'
    """
    size = str.__len__(text)
    if size <= limit:
        return str.__getitem__(text, slice(size))  # of a subclass: a plain copy; of a plain text: itself
    tail = (limit - 1) // 2
    return str.__getitem__(text, slice(limit - 1 - tail)) + "…" + str.__getitem__(text, slice(size - tail, size))


def text(value: object, limit: int = LIMIT) -> str:
    """A value that should be a text as bounded, printable text; empty if it is something else.

    >>> text("a\\nb"), text(3)
    ('a\\\\nb', '')
    """
    if not issubclass(type(value), str):
        return ""
    cut = shorten(value, limit)  # type: ignore[arg-type] # isinstance() would ask the value's own __class__
    if cut.isprintable():
        return cut
    return shorten(_UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), cut), limit)
