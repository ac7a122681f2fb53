"""Names for all the references of one live object in one pass, which large components need.

Rules of this file: those of ``references``, which names a single reference: no code of an object that is looked at may run.
Parallel references each get a name of their own.
"""

from __future__ import annotations

import collections
import threading
import types
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice

from pytest_gcguard.core.objects import frames, keys, reading, references, shares, texts
from pytest_gcguard.core.objects.classes import SCAN
from pytest_gcguard.core.objects.gaps import has_gaps
from pytest_gcguard.core.objects.items import MAPPINGS, SEQUENCES
from pytest_gcguard.core.objects.references import UNKNOWN
from pytest_gcguard.core.unpatched import gc


def names(obj: object, targets: Sequence[object], reader: reading.Reader | None = None) -> list[str]:
    """The name of the reference to each of the targets; a target that is there twice gets two names.

    ``targets`` is what `gc.get_referents` says of the object, or a part of it. ``reader`` can be shared where many objects are
    asked for. A reference for which no name is left is ``.<?>``.

    >>> import types
    >>> a = types.SimpleNamespace()
    >>> a.left = a.right = a
    >>> names(a, [a, a])
    ['.left', '.right']
    """
    wanted: dict[int, list[str]] = {id(target): [] for target in targets}
    every = _every(obj, wanted, reader or reading.Reader())
    if len(wanted) == len(targets):  # as mostly: each has the first of its names
        first: dict[int, str] = {}
        for name, value in every:
            first.setdefault(id(value), name)
        return [first.get(id(target)) or references.reference(obj, target) for target in targets]
    for name, value in every:
        found = wanted[id(value)]
        if name not in found or name.startswith("["):  # `[<int>]`, say, may stand for several keys
            found.append(name)
    used: collections.Counter[int] = collections.Counter()
    result = []
    for target in targets:
        key = id(target)
        known, at = wanted[key], used[key]
        used[key] += 1
        if not known:
            known.append(references.reference(obj, target))
        result.append(known[at] if at < len(known) else UNKNOWN)
    return result


def _every(obj: object, wanted: Container[int], reader: reading.Reader) -> Iterator[tuple[str, object]]:
    """Names and values of those references of an object that can be listed in one pass.

    Only values whose ids are wanted are listed, since to work out a name takes longer.
    """
    tp = type(obj)
    namespace = reader.instance_dict(obj)
    if namespace is not None and namespace is obj:
        yield from _of_own_attributes(namespace, wanted)
        return
    if namespace is not None:
        yield from _dotted(islice(dict.items(namespace), SCAN), wanted)  # type: ignore[arg-type] # the keys are any objects
    if issubclass(tp, MAPPINGS):
        base = next(base for base in MAPPINGS if issubclass(tp, base))
        yield from _entries(base.items(obj), wanted)  # type: ignore[attr-defined] # all of them have it
    elif has_gaps(obj):
        yield from (("<member>", value) for value in gc.get_referents(obj) if id(value) in wanted)
    elif issubclass(tp, SEQUENCES):
        base = next(base for base in SEQUENCES if issubclass(tp, base))
        items = enumerate(islice(base.__iter__(obj), SCAN))  # type: ignore[attr-defined] # as before
        yield from ((f"[{at}]", value) for at, value in items if id(value) in wanted)
    elif tp is types.FrameType:
        yield from _locals(obj, wanted)  # type: ignore[arg-type] # narrowed by hand
    elif tp is not types.FunctionType and not issubclass(tp, type):
        yield from _dotted(reader.slots(obj), wanted)
        for share in shares.dictionaries(obj)[1:] if issubclass(tp, threading.local) else ():  # type: ignore[arg-type] # likewise
            yield from _dotted(list(share.items()), wanted)
        frame = references.frame_of_generator(obj) if id(tp) in references.GENERATORS else None
        if frame is not None:
            yield from _locals(frame, wanted)


def _locals(frame: types.FrameType, wanted: Container[int]) -> Iterator[tuple[str, object]]:
    for name, value in frames.locals_in_order(frame):
        if id(value) in wanted:
            yield f".<local {texts.text(name)}>", value


def _of_own_attributes(obj: dict[str, object], wanted: Container[int]) -> Iterator[tuple[str, object]]:
    """The names in a dictionary that is its own ``__dict__``, where an item and an attribute are the same reference."""
    for key, value in islice(dict.items(obj), SCAN):
        if id(value) in wanted:
            name = keys.dotted(key)
            yield keys.index(key) if name is None or name.startswith(".__dict__") else name, value
        if id(key) in wanted:
            yield keys.key_itself(key), key
    if id(obj) in wanted:
        yield ".__dict__", obj


def _dotted(items: Iterable[tuple[object, object]], wanted: Container[int]) -> Iterator[tuple[str, object]]:
    for key, value in items:
        if id(value) in wanted and (name := keys.dotted(key)) is not None:
            yield name, value


def _entries(items: object, wanted: Container[int]) -> Iterator[tuple[str, object]]:
    for key, value in islice(items, SCAN):  # type: ignore[call-overload] # the items of a mapping
        if id(value) in wanted:
            yield keys.index(key), value
        if id(key) in wanted:
            yield keys.key_itself(key), key
