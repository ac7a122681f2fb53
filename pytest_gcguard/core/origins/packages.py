"""Which packages a user names as the project's own.

Rules of this file: a name that no import statement could have is an error: silently it would match nothing.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable


def named(given: str | Iterable[str]) -> tuple[str, ...]:
    """The names of packages in one text with commas, or of several texts. Any other text raises `ValueError`.

    >>> named("app, tools.db"), named(["app"]), named("")
    (('app', 'tools.db'), ('app',), ())
    >>> named("my-app")
    Traceback (most recent call last):
    ...
    ValueError: 'my-app' is no package: name it as an import statement does, without a hyphen, a blank or a slash
    """
    names = tuple(filter(None, map(str.strip, given.split(",")))) if isinstance(given, str) else tuple(given)
    for name in names:
        parts = name.split(".") if isinstance(name, str) else [""]
        if not all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
            raise ValueError(
                f"{name!r} is no package: name it as an import statement does, without a hyphen, a blank or a slash"
            )
    return names
