"""Lists and tuples that C code has not filled: the collector lists them, and to read such a place crashes the interpreter.

`xml.etree` keeps a list of twenty places for the elements that are open, and ``tuple(generator)`` has its tuple while the
generator runs. Only `gc.get_referents` passes over what is not there.

Rules of this file: nothing is read but sizes and references.
"""

from __future__ import annotations

from pytest_gcguard.core.unpatched import gc

_MOST = 100_000
"""Longer ones are taken for filled: C code makes these in one go, and to ask would take as long as to read them."""


def has_gaps(obj: object) -> bool:
    """Whether an object is a list or a tuple with places that are not filled.

    >>> import xml.etree.ElementTree
    >>> [has_gaps(each) for each in gc.get_referents(xml.etree.ElementTree.TreeBuilder()) if type(each) is list]
    [True]
    >>> has_gaps([]), has_gaps(([], None)), has_gaps({})
    (False, False, False)
    """
    if type(obj) is not list and type(obj) is not tuple:
        return False
    length = len(obj)
    return length <= _MOST and len(gc.get_referents(obj)) < length
