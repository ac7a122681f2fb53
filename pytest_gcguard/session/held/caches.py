"""What the standard library remembers of what it was asked, up to a number of entries: nobody's leak, whoever asked.

Rules of this file: only caches that are bounded, and that hold nothing of a caller but texts and numbers or what the module
has made of them; answers with roots, holds nothing.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterable, Iterator
from functools import _lru_cache_wrapper

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


def of_library(left: Iterable[object]) -> Iterator[object]:
    """The caches of the modules that are imported; some are there in some versions of Python only."""
    for module, names in _CACHES.items():
        for name in names:
            cache = getattr(sys.modules.get(module), name, None)
            if type(cache) is dict or type(cache) is _lru_cache_wrapper:  # somebody may have put something else there
                yield cache
    # a hundred formats, in a dictionary that has no name
    yield from gc.get_referents(sys.modules.get("_struct"))
    yield from _of_zoneinfo(left)


def _of_zoneinfo(left: Iterable[object]) -> Iterator[object]:
    """The time zones by their names: the latest eight, and weak references to all that are in use."""
    known = gc.get_referents(sys.modules.get("_zoneinfo"))
    yield from known
    for each in known:
        if type(each) is weakref.WeakValueDictionary:
            shares = gc.get_referents(each)
            yield from (*shares, *gc.get_referents(*shares))
    # up to Python 3.11 the collector is not told of them, and of each zone there is the reference only
    zone = getattr(sys.modules.get("_zoneinfo"), "ZoneInfo", None)
    yield from (each for each in left if type(each) is weakref.KeyedRef and type(each()) is zone)
