"""Makes other people's text bounded and printable.

Rules of this file: no code of a value that is looked at may run; everything is cut before it is worked on.
"""

from __future__ import annotations

import re

LIMIT = 200
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What may not reach a terminal or a UTF-8 file: control characters, line and direction marks, lone surrogates."""
_BITS = 32
"""A number of more bits than this may be an address or a hash."""


def shorten(text: str, limit: int = LIMIT) -> str:
    """The text, with its middle left out if it is longer than ``limit``.

    >>> shorten("abcdefghij", 5), shorten("abcdefghij", 7)
    ('ab…ij', 'abc…hij')
    """
    size = str.__len__(text)
    if size <= limit:
        return str.__getitem__(text, slice(size))  # of a subclass: a plain copy; of a plain text: itself
    tail = (limit - 1) // 2
    return str.__getitem__(text, slice(limit - 1 - tail)) + "…" + str.__getitem__(text, slice(size - tail, size))


_MAYBE_ADDRESS = re.compile(r"(?<![A-Za-z0-9])0x[0-9a-fA-F]{8,}(?![A-Za-z0-9])|(?<!\d)\d{10,15}(?!\d)")


def steady(text: str) -> str:
    """The text without numbers that may be addresses, which differ from run to run.

    >>> steady("conn-139962051973328"), steady("<Conn at 0x7f4b2c01d2d0>"), steady("order 20240131")
    ('conn-#', '<Conn at #>', 'order 20240131')
    """
    return _MAYBE_ADDRESS.sub(lambda found: "#" if is_wide(int(found[0], 0 if "x" in found[0] else 10)) else found[0], text)


def is_wide(number: int) -> bool:
    """Whether a number is so large that it may be an address (as `id` gives it), or a hash.

    >>> is_wide(2**32 - 1), is_wide(2**32), is_wide(-2**60)
    (False, True, True)
    """
    return int.bit_length(number) > _BITS


def text(value: object, limit: int = LIMIT) -> str:
    """A value that should be a text, as bounded, printable text; empty if it is something else.

    >>> text("a\\nb"), text(3)
    ('a\\\\nb', '')
    """
    if not issubclass(type(value), str):
        return ""
    cut = shorten(value, limit)  # type: ignore[arg-type] # isinstance() would ask the value's own __class__
    if cut.isprintable():
        return cut
    return shorten(_UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), cut), limit)
