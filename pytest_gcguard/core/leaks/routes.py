"""Routes: the way from a module's global to an object, as a search has found it, to be walked again.

Walked forwards, a route shows whether other objects are held at the same place. The cost depends on what hangs from the
global, not on the heap.

Rules of this file: a route is text and holds nothing; no code of an object runs.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Collection, Sequence
from itertools import compress, repeat
from operator import is_

from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.objects.classes import find
from pytest_gcguard.core.objects.modules import module_namespace
from pytest_gcguard.core.unpatched import gc

Route = tuple[str, ...]
"""A module, a name in it, and the types of the objects from there on to what is held. Empty where there is no route, and where
the way leads through another module."""

_SHORTEST = 4
"""A shorter route leads to what a module itself holds: one object, which cannot pile up."""
_MOST = 50_000
"""Where a step has more objects, the route is not followed."""


def of(module: str, chain: Sequence[object]) -> Route:
    """The route of a chain that begins with an object in a module's namespace; empty where there is none.

    ``module`` is the name of the module in `sys.modules`; ``chain`` is without the ``__dict__`` of instances.

    >>> import keyword
    >>> of("keyword", [keyword.kwlist, "yield"])
    ('keyword', 'kwlist', 'list', 'str')
    """
    if not module or not chain or any(issubclass(type(obj), types.ModuleType) for obj in chain):
        return ()
    for name, value in list(namespace(module).items()):
        if value is chain[0] and type(name) is str:
            return (module, name, *(describe.type_name(type(obj)) for obj in chain))
    return ()


def leads_to(route: Route, targets: Collection[object]) -> bool:
    """Whether a route leads to each of some objects.

    >>> import keyword
    >>> route = ("keyword", "kwlist", "list", "str")
    >>> leads_to(route, keyword.kwlist[:2]), leads_to(route, ["no word"])
    (True, False)
    """
    if not targets or len(route) < _SHORTEST:
        return False
    ways = walked(route[:-1])
    # there may be any number of others
    return bool(ways) and not set(map(id, targets)).difference(map(id, referents(ways[-1])))


def walked(route: Route) -> list[list[object]]:
    """The objects at each step of a route, the module's own first; empty where it leads nowhere, or to too many.

    >>> import keyword
    >>> [[obj is keyword.kwlist for obj in step] for step in walked(("keyword", "kwlist", "list"))]
    [[True]]
    """
    if len(route) < _SHORTEST - 1:
        return []
    module, name, *kinds = route
    steps: list[list[object]] = []
    for kind in kinds:
        found = referents(steps[-1]) if steps else [find(namespace(module).items(), name)]
        steps.append(of_type(found, kind))
        if not 0 < len(steps[-1]) <= _MOST:
            return []
    return steps


def of_type(objects: Sequence[object], name: str) -> list[object]:
    """The objects whose type has this name.

    >>> of_type([1, "a", 2], "int")
    [1, 2]
    """
    named = {id(tp) for tp in {id(type(obj)): type(obj) for obj in objects}.values() if describe.type_name(tp) == name}
    return [obj for obj in objects if id(type(obj)) in named]


def namespace(name: str) -> dict[str, object]:
    """The namespace of the module that `sys.modules` has under a name; an empty one where there is none."""
    module = sys.modules.get(name)
    return module_namespace(module) if issubclass(type(module), types.ModuleType) else {}  # type: ignore[arg-type] # it is one


def referents(objects: Sequence[object]) -> list[object]:
    """What some objects refer to, and what their dictionaries do: one may be an instance's own."""
    found = gc.get_referents(*objects)
    return [*found, *gc.get_referents(*compress(found, map(is_, map(type, found), repeat(dict))))]
