"""Caches of the standard library with a limited number of entries: what is in them is nobody's leak.

Rules of this file: only caches that are bounded, and hold nothing of their callers but texts and numbers, or what the module
has made of these; answers with roots, holds nothing.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterable, Iterator
from functools import _lru_cache_wrapper

from pytest_gcguard.core.unpatched import gc

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
"""Dictionaries, and functions with a `functools.lru_cache`; some exist only in some versions of Python."""


def of_library(left: Iterable[object]) -> Iterator[object]:
    """The caches of the modules that are imported."""
    for module, names in _CACHES.items():
        for name in names:
            cache = getattr(sys.modules.get(module), name, None)
            if type(cache) is dict or type(cache) is _lru_cache_wrapper:  # somebody may have put something else there
                yield cache
    # a hundred formats, in a dictionary that has no name
    yield from gc.get_referents(sys.modules.get("_struct"))
    yield from _of_zoneinfo(left)


def _of_zoneinfo(left: Iterable[object]) -> Iterator[object]:
    """The caches of `zoneinfo`: the latest eight time zones, and weak references to all that are in use."""
    known = gc.get_referents(sys.modules.get("_zoneinfo"))
    yield from known
    for each in known:
        if type(each) is weakref.WeakValueDictionary:
            shares = gc.get_referents(each)
            yield from (*shares, *gc.get_referents(*shares))
    # up to Python 3.11 these are hidden from the collector, so the weak references themselves are taken
    zone = getattr(sys.modules.get("_zoneinfo"), "ZoneInfo", None)
    yield from (each for each in left if type(each) is weakref.KeyedRef and type(each()) is zone)
