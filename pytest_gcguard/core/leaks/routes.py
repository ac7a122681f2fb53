"""The way from a module's global to an object, as an earlier search has found it: it is walked again, forwards, to see whether
it leads to other objects as well. That takes as long as what hangs from the global is large, not the heap.

Rules of this file: a route is text and holds nothing; no code of an object runs.
"""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Collection, Sequence

from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import find
from pytest_gcguard.core.objects.modules import module_namespace

Route = tuple[str, ...]
"""A module, a name in it, and the types of the objects from there on, the last that of what is held. Empty where there is
none, also where the way leads through another module."""

_SHORTEST = 4
"""What a module itself holds is one object, which does not grow."""
_MOST = 50_000
"""Of more objects at one step none is followed."""


def of(module: str, chain: Sequence[object]) -> Route:
    """The route of a chain that begins with what a module, known under that name, has: one without namespaces of instances.

    >>> import keyword
    >>> of("keyword", [keyword.kwlist, "yield"])
    ('keyword', 'kwlist', 'list', 'str')
    """
    if not chain or any(issubclass(type(obj), types.ModuleType) for obj in chain):
        return ()
    for name, value in list(_namespace(module).items()):
        if value is chain[0] and type(name) is str:
            return (module, name, *(describe.type_name(type(obj)) for obj in chain))
    return ()


def leads_to(route: Route, targets: Collection[object]) -> bool:
    """Whether a route leads to each of some objects, by way of the namespaces of instances or not.

    >>> import keyword
    >>> route = ("keyword", "kwlist", "list", "str")
    >>> leads_to(route, keyword.kwlist[:2]), leads_to(route, ["no word"])
    (True, False)
    """
    if not targets or len(route) < _SHORTEST:
        return False
    module, name, *kinds, _ = route
    frontier = [find(_namespace(module).items(), name)]
    names: dict[int, str] = {}
    for at, kind in enumerate(kinds):
        if at:
            frontier = _referents(frontier)
        for tp in {id(type(obj)): type(obj) for obj in frontier}.values():
            names.setdefault(id(tp), describe.type_name(tp))
        frontier = [obj for obj in frontier if names[id(type(obj))] == kind]
        if not 0 < len(frontier) <= _MOST:
            return False
    return set(map(id, targets)) <= set(map(id, _referents(frontier)))


def _namespace(name: str) -> dict[str, object]:
    module = sys.modules.get(name)
    return module_namespace(module) if issubclass(type(module), types.ModuleType) else {}  # type: ignore[arg-type] # it is one


def _referents(objects: Sequence[object]) -> list[object]:
    """What some objects refer to, and what their dictionaries do: one may be an instance's own."""
    found = gc.get_referents(*objects)
    return [*found, *gc.get_referents(*[obj for obj in found if type(obj) is dict])]
