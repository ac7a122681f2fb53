"""A chain of live objects in words: which of them are named, and how one leads to the next.

Rules of this file: plain containers, cells, tracebacks and the frames of generators are not *stops* of a chain. They are
folded into the reference that passes through them (``.children[0]``, ``.<closure self>``), so that a chain reads like the
program, and the same on every version of Python.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pytest_gcguard.core.model import Step
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import is_written
from pytest_gcguard.core.objects.references import GENERATORS, lasting
from pytest_gcguard.core.unpatched import gc

_PLAIN: tuple[type, ...] = (
    list,
    dict,
    tuple,
    set,
    frozenset,
    collections.deque,
    collections.defaultdict,
    collections.OrderedDict,
    types.CellType,
)
# by id, since a metaclass may answer with anything when asked for a hash
_CONTAINERS = frozenset(map(id, _PLAIN))
_COLLECTIONS = frozenset(map(id, (list, tuple, set, frozenset, collections.deque)))
SILENT = frozenset(map(id, (types.CellType, types.TracebackType, types.MappingProxyType)))
"""What a reference passes through without a name: ``.<closure x>`` says enough without ``.cell_contents``."""


def is_container(obj: object) -> bool:
    """Whether an object is a plain container or cell, which says little by itself.

    >>> is_container([]), is_container(object())
    (True, False)
    """
    return id(type(obj)) in _CONTAINERS


def telling_types(objects: Iterable[object]) -> Iterator[str]:
    """The names of the types of some objects, without plain containers unless there is nothing else.

    >>> sorted(telling_types([[], 1])), sorted(telling_types([[]]))
    (['int'], ['list'])
    """
    kinds = {id(type(obj)): type(obj) for obj in objects}
    telling = [tp for tp in kinds.values() if id(tp) not in _CONTAINERS and tp is not types.TracebackType]
    return map(describe.type_name, telling or kinds.values())


def along(objects: Sequence[object]) -> list[Step]:
    """An open chain in words, from its first object to its last, whose edge is empty.

    >>> inner = {"key": 1}
    >>> [step.edge for step in along([[inner], inner, 1])]
    ["[0]['key']", '']

    Items of lists, and of tuples that may have been made longer, are counted from the nearer end (see ``references.lasting``).
    """
    last = len(objects) - 1
    stops = [at for at in range(last + 1) if at in (0, last) or not _folds(objects, at)]
    steps = [_step(objects[start : end + 1]) for start, end in pairwise(stops)]
    return [*steps, Step(describe.label(objects[last]), "", *_line(objects[last]))]


def _folds(objects: Sequence[object], at: int) -> bool:
    tp = type(objects[at])
    if tp is types.FrameType:
        return at > 0 and id(type(objects[at - 1])) in GENERATORS
    return id(tp) in _CONTAINERS or tp is types.TracebackType


def _step(chain: Sequence[object]) -> Step:
    return Step(describe.label(chain[0]), _edge(chain), *_line(chain[0]))


def _line(obj: object) -> tuple[str | None, int | None]:
    place = describe.place(obj)
    return (place.file, place.line) if place is not None else (None, None)


def _edge(chain: Sequence[object]) -> str:
    """The reference from the first object to the last, by way of those between them."""
    text = ""
    at = 0
    while at < len(chain) - 1:
        source, target = chain[at], chain[at + 1]
        if (
            type(source) is types.FunctionType
            and type(target) is tuple
            and type(chain[min(at + 2, len(chain) - 1)]) is types.CellType
        ):
            text += lasting(source, chain[at + 2])
            at += 2
            continue
        if not _is_silent(source, target):
            text += describe.reference(source, target) if _is_record(chain, at) else lasting(source, target)
        at += 1
    return text or lasting(chain[0], chain[1])


def _is_silent(source: object, target: object) -> bool:
    """Whether a reference has no name of its own; a mapping proxy has one where the dictionary behind it was left out."""
    if type(source) is types.MappingProxyType:
        return gc.get_referents(source)[0] is target
    return id(type(source)) in SILENT or (id(type(source)) in GENERATORS and type(target) is types.FrameType)


def _is_record(chain: Sequence[object], at: int) -> bool:
    """Whether an object is a tuple that nobody replaces by a longer one, so that its items keep their places.

    The value of a variable or an attribute may be replaced. A record is a namedtuple, an item of a list, tuple or set, or what
    C code keeps: the arguments of a partial, the defaults of a function.
    """
    if not issubclass(type(chain[at]), tuple):
        return False
    if type(chain[at]) is not tuple:
        return True  # a namedtuple
    if at == 0:
        return False
    tp = type(chain[at - 1])
    return id(tp) in _COLLECTIONS or not (id(tp) in _CONTAINERS or issubclass(tp, (types.ModuleType, type)) or is_written(tp))
