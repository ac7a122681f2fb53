"""What the standard library remembers of what it was asked, up to a number of entries: nobody's leak, whoever asked.

Rules of this file: only caches that are bounded, and that hold nothing of a caller but texts and numbers or what the module has
made of them; answers with roots, holds nothing.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

_CACHES = {
    "re": ("_cache", "_cache2", "_compile_repl", "_compile_template"),
    "urllib.parse": ("urlsplit", "_byte_quoter_factory", "_parse_cache"),
    "fnmatch": ("_compile_pattern",),
    "glob": ("_compile_pattern",),
    "pathlib": ("_make_selector",),
    "tokenize": ("_compile",),
    "fractions": ("_hash_algorithm",),
    "_strptime": ("_regex_cache",),
    "xml.etree.ElementPath": ("_cache",),
}
"""Dictionaries, and functions that remember: what is new in them is reached from there, and from nowhere else that is new."""


def of_library() -> Iterator[object]:
    """The caches of the modules that are imported; some are there in some versions of Python only."""
    for module, names in _CACHES.items():
        for name in names:
            yield getattr(sys.modules.get(module), name, None)
    # a hundred formats, in a dictionary that has no name
    yield from gc.get_referents(sys.modules.get("_struct"))
