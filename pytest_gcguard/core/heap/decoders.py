"""The decoders of text streams, which up to Python 3.11 are held by an object of C that the collector does not know.

A walk from a stream does not reach its decoder, so the decoder looks as if nobody held it, wherever the stream is. What holds
a stream holds its decoder too, and a decoder that leaks with its stream is told by that.

Rules of this file: only types and references are looked at; no code of an object runs.
"""

from __future__ import annotations

from codecs import IncrementalDecoder
from collections.abc import Sequence
from io import IncrementalNewlineDecoder, TextIOWrapper

from pytest_gcguard.core.unpatched import gc

_HIDES = not gc.is_tracked(IncrementalNewlineDecoder(None, translate=False))


def may_be_hidden(tp: type) -> bool:
    """Whether a stream may hold an object of this type so that nobody sees it."""
    return _HIDES and issubclass(tp, IncrementalDecoder)


def hiding(objects: Sequence[object]) -> int:
    """How many decoders some objects may hide."""
    return len({id(obj) for obj in gc.get_referents(*objects) if type(obj) is IncrementalNewlineDecoder})


def without_explained(left: list[object], objects: Sequence[object]) -> list[object]:
    """What is left of some objects, without as many hidden decoders as there are among the others streams that hide one.

    >>> import encodings.utf_8, io
    >>> stream, decoder = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), encodings.utf_8.IncrementalDecoder()
    >>> [without_explained([decoder], objects) == [] for objects in ([decoder, stream], [decoder])] == [_HIDES, False]
    True
    >>> without_explained([stream, decoder], [decoder, stream]) == [stream, decoder]  # the stream is left itself
    True
    >>> without_explained([decoder], [decoder, stream, [decoder]]) == [decoder]  # it is held in plain sight
    True
    """
    if not any(may_be_hidden(type(obj)) for obj in left):
        return left
    ids = set(map(id, left))
    number = hiding([obj for obj in objects if issubclass(type(obj), TextIOWrapper) and id(obj) not in ids])
    seen = set(map(id, gc.get_referents(*objects))) if number else set()
    hidden = [id(obj) for obj in left if may_be_hidden(type(obj)) and id(obj) not in seen][:number]
    return [obj for obj in left if id(obj) not in hidden]
