"""The arguments of the markers, and the complaints about wrong ones.

Rules of this file: each marker has a reader, whose signature is what a user may write.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar, cast

import pytest

from pytest_gcguard.core.kinds import Kind, Origin


def _no_cycles(*, max: int = 0, ignore: object = (), origins: object = None) -> dict[str, Any]:  # noqa: A002 -- the marker's word
    return {
        "max": _whole(max, "max"),
        "ignore": _texts(ignore, "ignore"),
        "origins": None if origins is None else each(Origin, _texts(origins, "origins")),
    }


def _no_leaks(*types: object, max: int = 0, ignore: object = ()) -> dict[str, Any]:  # noqa: A002 -- the marker's word
    from pytest_gcguard.core.objects.modules import names_of

    if not all(isinstance(tp, type) or (isinstance(tp, str) and tp) for tp in types):
        raise ValueError("types must be classes or their names")
    names = (name for tp in cast("tuple[type | str, ...]", types) for name in names_of(tp))
    return {"types": tuple(names), "max": _whole(max, "max"), "ignore": _texts(ignore, "ignore")}


def _gcguard(  # noqa: PLR0913 -- the marker's arguments, each by its name
    *,
    fail_on: object = None,
    confirm: int | None = None,
    ignore: object = (),
    origins: object = None,
    memory: bool | None = None,
    freeze: bool | None = None,
    repeat: bool | None = None,
) -> dict[str, Any]:
    for name, switch in (("memory", memory), ("freeze", freeze), ("repeat", repeat)):
        if switch is not None and not isinstance(switch, bool):
            raise ValueError(f"{name} must be True or False")
    return {
        "fail_on": None if fail_on is None else frozenset() if fail_on == "none" else each(Kind, _texts(fail_on, "fail_on")),
        "confirm": None if confirm is None else _whole(confirm, "confirm"),
        "ignore": _texts(ignore, "ignore"),
        "origins": None if origins is None else each(Origin, _texts(origins, "origins")),
        "memory": memory,
        "freeze": freeze,
        "repeat": repeat,
    }


def _no_gcguard(*, reason: str = "") -> dict[str, Any]:
    if not isinstance(reason, str):
        raise ValueError("reason must be a text")
    return {}


_MARKER_ARGUMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "no_cycles": _no_cycles,
    "no_leaks": _no_leaks,
    "gcguard": _gcguard,
    "no_gcguard": _no_gcguard,
}
MARKERS = tuple(_MARKER_ARGUMENTS)


def arguments(mark: pytest.Mark, item: pytest.Item) -> dict[str, Any]:
    """A marker's arguments, checked by the signature of its reader above."""
    reader = _MARKER_ARGUMENTS[mark.name]
    try:
        inspect.signature(reader).bind(*mark.args, **mark.kwargs)
        return reader(*mark.args, **mark.kwargs)
    except (TypeError, ValueError) as error:
        allowed = str(inspect.signature(reader)).partition(" ->")[0]
        given = ", ".join([*map(repr, mark.args), *(f"{name}={value!r}" for name, value in mark.kwargs.items())])
        raise pytest.UsageError(
            f"gcguard: @pytest.mark.{mark.name}({given}) on {item.nodeid}: {error}; allowed: {mark.name}{_plain(allowed)}"
        ) from None


def _plain(signature: str) -> str:
    """A signature without its annotations, as a user would write the call."""
    for annotation in (": 'object'", ": 'int | None'", ": 'bool | None'", ": 'int'", ": 'str'", "*, "):
        signature = signature.replace(annotation, "")
    return signature.replace(" = ", "=")


def _whole(value: object, name: str) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{name} must be a whole number from 0")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    """One text (a comma separates several) or several."""
    if isinstance(value, str):
        return words(value)
    if isinstance(value, Iterable):
        texts = tuple(value)
        if all(isinstance(text, str) for text in texts):
            return texts
    raise ValueError(f"{name} must be a text or several")


Word = TypeVar("Word", Kind, Origin)


def each(known: type[Word], given: Collection[str]) -> frozenset[Word]:
    """The members of an enumeration that some texts name; raises `ValueError`, which says what is allowed."""
    if not given:
        raise ValueError(f"nothing is given; choose of {', '.join(word.value for word in known)}")
    for text in given:
        if text not in [word.value for word in known]:
            raise ValueError(f"{text!r} is none of {', '.join(word.value for word in known)}")
    return frozenset(map(known, given))


def words(text: str) -> tuple[str, ...]:
    """The parts of a comma list."""
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)
