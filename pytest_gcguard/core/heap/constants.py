"""The constants of code: a set or a slice among them makes the collector follow them, and it does not see the code.

A function refers to its code, but no walk leads on from there, so the constants look as if nobody held them, wherever the
function is. What holds a function holds its constants too, and constants that leak with their function are told by that.

Rules of this file: only types and references are looked at; no code of an object runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import CodeType, EllipsisType

from pytest_gcguard.core.unpatched import gc

_FOLLOWED = (frozenset, slice)
"""Constants that the collector follows: ``in {1, 2}`` makes a set, and ``[1:2]`` a slice, from Python 3.14 on."""
_ATOMS = (type(None), bool, int, float, complex, str, bytes, EllipsisType, CodeType)
_FOLLOWED_IDS = frozenset(map(id, _FOLLOWED))  # by id: the hash of a class may be code of its metaclass
_IDS = _FOLLOWED_IDS.union(map(id, (*_ATOMS, tuple)))


def may_be_constants(obj: object) -> bool:
    """Whether an object may be all constants of a code: a tuple of what a compiler makes, some of which the collector follows.

    >>> may_be_constants((None, frozenset({1, 2}))), may_be_constants((None, 1)), may_be_constants((None, frozenset(), []))
    (True, False, False)
    """
    if type(obj) is not tuple:
        return False
    types = {*map(id, map(type, gc.get_referents(obj)))}
    return not types.isdisjoint(_FOLLOWED_IDS) and types <= _IDS


def without_constants(left: list[object], objects: Sequence[object]) -> list[object]:
    """What is left of some objects, without the constants of the codes that these refer to.

    >>> def is_vowel(letter):
    ...     return letter in {"a", "e"}
    >>> constants = is_vowel.__code__.co_consts
    >>> [without_constants([constants], objects) == [] for objects in ([constants, is_vowel], [constants])]
    [True, False]
    """
    if not any(map(may_be_constants, left)):
        return left
    hidden: set[int] = set()
    for constants in _constants(obj for obj in gc.get_referents(*objects) if type(obj) is CodeType):
        hidden.add(id(constants))
        hidden.update(id(each) for each in constants if type(each) in _FOLLOWED)
    return [obj for obj in left if id(obj) not in hidden]


def _constants(codes: Iterable[CodeType]) -> Iterator[tuple[object, ...]]:
    """The constants of some codes, and of the codes among these."""
    seen: set[int] = set()
    waiting = [*codes]
    while waiting:
        code = waiting.pop()
        if id(code) not in seen:
            seen.add(id(code))
            yield code.co_consts
            waiting += [each for each in code.co_consts if type(each) is CodeType]
