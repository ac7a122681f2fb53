"""How fit a reference is to be cut: what its name, its home and what it leads to recommend.

Rules of this file: preferred are, in this order, references that code can store at all, the project's code, references that by
their name lead back (``.parent``, ``._client``, ``.callbacks``), variables and attributes, and only then items of containers;
of two that are alike the one that leads to an older object.
"""

from __future__ import annotations

import re
import types

from pytest_gcguard.core.cycles.component import Arc, Component
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.objects import describe

_BACK = frozenset(
    (
        *("back", "backref", "callback", "client", "controller", "handler", "hook", "listener", "master", "observer", "owner"),
        *("parent", "prev", "previous", "receiver", "root", "session", "subscriber", "superior", "up"),
    )
)
_INTERPRETERS = re.compile(
    r"\.__(self|func|wrapped|class|dict|traceback|context|cause|closure|globals)__|\.<(stack|\?|cache)>|\.(tb|f|gi|cr|ag)_[a-z]+$"
)
_NOBODYS = re.compile(r"\.f_([a-z]+$|locals\b)|\.<(stack|\?)>$")
"""What no code can let go of: a frame's caller, what a frame is just working with, the inside of an object of C's."""
_FOREIGN = {Origin.OWN: 0, Origin.LIBRARY: 16, Origin.STDLIB: 24, Origin.HARNESS: 24, None: 1}
_MADE_BY_C = (types.MethodType, types.BuiltinFunctionType)


def price(component: Component, arc: Arc) -> int:
    """How unfit a reference is to be cut: the lower, the fitter."""
    words = component.words(arc)
    home = component.stop(arc[0])
    stop = component.objects[home]
    is_item = not words.startswith(".") or (words.endswith(("]", ">")) and ".<" not in words)
    return (
        1
        + (not _leads_to_an_older_one(component, arc, words))
        + 2 * is_item
        + 4 * words.startswith(".<closure ")
        + 8 * (not leads_back(words))
        + 2 * (".__context__" in words)  # what the interpreter sets by itself; a `__cause__` is given in the code
        + _FOREIGN[component.origin(home)]
        + 32 * _is_parameter(stop, words) * (2 if is_foreign(component.origin(home)) else 1)  # nor can its code be changed
        + 64 * (bool(_INTERPRETERS.search(words)) or _is_exactly(stop, _MADE_BY_C))
        + 128 * bool(_NOBODYS.search(words))
    )


def is_foreign(origin: Origin | None) -> bool:
    """Whether an object of this origin is known not to be the project's.

    >>> is_foreign(Origin.LIBRARY), is_foreign(Origin.OWN), is_foreign(None)
    (True, False, False)
    """
    return _FOREIGN[origin] > _FOREIGN[None]


def _leads_to_an_older_one(component: Component, arc: Arc, words: str) -> bool:
    """Whether an attribute of one of the project's objects leads to an older object, which is probably its owner.

    The objects of a component come in the order of their making. An object has mostly made the younger ones that it leads to.
    """
    home, target = component.stop(arc[0]), component.stop(component.successors[arc[0]][arc[1]])
    return target < home and component.origin(home) is Origin.OWN and not words.startswith(".<")


def _is_exactly(obj: object, kinds: tuple[type, ...]) -> bool:
    """Whether an object is of one of some types, without asking the object."""
    return any(type(obj) is kind for kind in kinds)


def leads_back(words: str) -> bool:
    """Whether a reference leads back, by its name: to an owner, or to somebody who is to be called.

    >>> leads_back("._client"), leads_back(".on_close_callbacks[0]"), leads_back(".background")
    (True, True, False)
    """
    parts = re.split(r"[^a-z]+", re.sub(r"\[.*", "", words).lower())
    return not _BACK.isdisjoint(part.removesuffix("s") for part in parts) if not words.startswith((".<", ".f_")) else False


def _is_parameter(stop: object, words: str) -> bool:
    """Whether a reference is a parameter of a function: nobody can do without it."""
    code = stop.f_code if type(stop) is types.FrameType else describe.code_of_generator(stop)
    if code is None or not words.startswith(".<local "):
        return False
    number = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
    return words.removeprefix(".<local ").removesuffix(">") in code.co_varnames[:number]
