"""Makes text of other people's objects fit for files and terminals: it can be written as UTF-8, and controls nothing.

Rules of this file: nothing is lost silently; a character that is not shown as it is, is shown as Python would escape it.
"""

from __future__ import annotations

import re

# control characters, what turns the direction of writing, what ends a line for some reader, lone surrogates, non-characters
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")


def writable(text: str) -> str:
    r"""A text that can be written as UTF-8: lone surrogates (of file names that are not UTF-8) become ``\udc..``.

    >>> writable("app/\udce4.py")
    'app/\\udce4.py'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: str) -> str:
    r"""A text without line ends and control characters, which are shown escaped.

    >>> one_line("a\nb\x1b[31m\u202e")
    'a\\nb\\x1b[31m\\u202e'
    """
    return _UNFIT.sub(lambda found: ascii(found.group())[1:-1], text)
