"""The roots that a search has met: which of several says most, and the words for the chain from there.

Rules of this file: those of ``holders``.
"""

from __future__ import annotations

import dataclasses
import sys
import threading
import types
import weakref
from collections.abc import Collection, Iterable, Sequence
from typing import cast

from pytest_gcguard.core.leaks import bounds, containers, draining, routes, timers, weak_keys
from pytest_gcguard.core.leaks.backrefs import Own
from pytest_gcguard.core.leaks.folding import folded
from pytest_gcguard.core.leaks.ranking import RANK
from pytest_gcguard.core.leaks.roots import Root, is_running, threads
from pytest_gcguard.core.model import Container, Holder, Step
from pytest_gcguard.core.objects import classes, describe, paths
from pytest_gcguard.core.objects.modules import module_namespace, module_of
from pytest_gcguard.core.origins import storing
from pytest_gcguard.core.unpatched import gc

_EXPRESSION = 500
C_CODE = "C code "


@dataclasses.dataclass(frozen=True, slots=True)
class Hit:
    """A root that was met, and the chain of objects that leads from it to the target.

    ``inside`` goes on from there to the object that is really asked for, where no tracked object refers to that.
    """

    root: Root
    chain: Own
    inside: Sequence[object] = ()

    def rank(self) -> tuple[int, bool, bool]:
        """Lower is better: by origin; of equal origins, what only C code holds comes last, then what a module imported."""
        first = self.chain[1] if len(self.chain) > 1 else None
        home = module_of(cast("type", first) if issubclass(type(first), type) else type(first))
        imported = bool(self.root.module) and home != self.root.module
        return RANK[self.root.origin], self.root.of_c, imported

    def cache(self, leaked: Collection[int]) -> object | None:
        """What in the chain is a cache with a limit, or the timer that begins it and goes off soon; None if nothing is.

        ``leaked`` has the ids of what leaks.
        """
        thread = threads().get(self.root.thread)
        if timers.goes_off_soon(thread):
            return thread
        chain = Own((*self.chain, *self.inside))
        handle = next(filter(timers.handle_goes_off_soon, chain), None)
        if handle is not None:
            return handle
        found, named = bounds.by_type(chain), folded(chain)
        if found is not None and not any(obj is found for obj in named[bounds.first_of_many(named, leaked) :]):
            return found
        return bounds.by_owner(named, leaked)

    def yields(self, leaked: Collection[int]) -> object | None:
        """What in the chain is not why the target lives if something else holds it as well; None if nothing is.

        That is a cache with a limit that is on a method, or the inside of a weak dictionary where the key leaks, too: with the
        key ends the entry. The chain has no other cache with a limit.
        """
        found = bounds.on_method(self.chain)
        return found if found is not None else weak_keys.inside(folded(self.chain), leaked)

    def container(self, leaked: Collection[int]) -> Container | None:
        """What holds the first leaked object of the chain, or the cache with a limit; None if that cannot grow, or cannot be
        found again.
        """
        chain = folded(self.chain)
        chain = chain[: next((at for at, obj in enumerate(chain) if id(obj) in leaked), len(chain) - 1)]
        cache = self.cache(leaked)
        if cache is not None:
            chain = chain[: next((at + 1 for at, obj in enumerate(chain) if obj is cache), 0)]
        route = self._route(chain) if containers.may_grow(chain[-1:]) else ()
        return Container(route, id(chain[-1])) if route else None

    def is_imported_from(self, others: Iterable[Hit], nearer: Iterable[Root]) -> bool:
        """Whether this module merely imported the next object of the chain from one of some other modules.

        Those are the modules of ``others``, and of ``nearer`` those that have the object as well. A class or function is
        imported if one of them defines it; anything else if the source of this module says so, and this module's origin ranks
        before that of another one. Where a class leads on by a class that it inherits from, that one is meant.
        """
        if not self.root.module or len(self.chain) < 2:
            return False
        first = _inherited(self.chain)
        same = [hit.root for hit in others if hit.root.module and len(hit.chain) > 1 and hit.chain[1] is first]
        same += [root for root in nearer if _has(root.module, first)]
        home = _home(first)
        if not same:
            return False
        if home is None:
            return any(RANK[root.origin] > RANK[self.root.origin] for root in same) and self.is_import()
        modules = sys.modules  # a module can be there under several names
        module = modules.get(home)
        return modules.get(self.root.module) is not module and any(modules.get(root.module) is module for root in same)

    def is_import_of(self, others: Iterable[Hit]) -> bool:
        """Whether this module imported the next object of the chain, as its source says, and one of some others has it too."""
        same = (
            hit.root.module and len(hit.chain) > 1 and len(self.chain) > 1 and hit.chain[1] is self.chain[1] for hit in others
        )
        return bool(self.root.module) and any(same) and self.is_import()

    def is_import(self) -> bool:
        """Whether a module holds the next of the chain under names that its source imports from others."""
        module = sys.modules.get(self.root.module)
        if len(self.chain) < 2 or not issubclass(type(module), types.ModuleType):
            return False
        namespace = module_namespace(cast("types.ModuleType", module))
        file = classes.find(namespace.items(), "__file__")
        names = {name for name, value in list(namespace.items()) if value is self.chain[1] and type(name) is str}
        return type(file) is str and bool(names) and names <= storing.imported(file)

    def holder(self, leaked: Collection[int]) -> Holder:
        """The holder in words; ``leaked`` has the ids of what leaks."""
        chain = folded(self.chain)
        steps = paths.along(chain)
        outermost = next((at for at, obj in enumerate(chain[:-1]) if id(obj) in leaked), 0)
        text, is_made = self.root.text, bool(self.root.module) and id(chain[0]) in leaked
        if is_made:  # nobody imports a module that each run makes
            text = f"sys.modules[{self.root.module!r}]"
        places = draining.places(chain, leaked)
        return Holder(
            self._expression(steps, text),
            (Step(text.strip(), ""), *steps),
            self.root.origin,
            of_c=self.root.text == C_CODE,
            of_thread=self.root.thread != 0,
            runs=any(map(is_running, chain)),
            per_thread=_is_per_thread(self.chain),
            bounded=self.cache(leaked) is not None,
            on_method=bounds.on_method(self.chain) is not None,
            drained=draining.may_be_emptied(places),
            route=self._route(chain),
            container=self.container(leaked),
            outermost=self._expression(paths.along(chain[: outermost + 1]), text) if outermost or is_made else "",
            entry=weak_keys.entry(chain, leaked, lambda part: self._expression(paths.along(part))),
            places=places,
        )

    def key(self, leaked: Collection[int]) -> object | None:
        """The key of the entry in a weak dictionary that keeps the first that leaks; None without one."""
        return weak_keys.key_of(folded(self.chain), leaked)

    def _route(self, chain: Sequence[object]) -> routes.Route:
        return routes.of(self.root.home, chain) if self.root.home else routes.of(self.root.module, chain[1:])

    def _expression(self, steps: Sequence[Step], root: str = "") -> str:
        return describe.shorten((root or self.root.text) + "".join(step.edge for step in steps), _EXPRESSION).strip()


def best_of(hits: Iterable[Hit], nearer: Collection[Root] = ()) -> Hit | None:
    """The best of equally near roots, but no module that imported what it holds from another of them.

    Nor from one of ``nearer``, the modules that were met before: a search meets each module once, and the module that defines
    a class may hold a part of it as well.
    """
    found = sorted(hits, key=lambda hit: (hit.rank(), hit.root.text))
    while found and found[0].is_imported_from(found[1:], nearer):
        del found[0]
    alike = [hit for hit in found if hit.rank() == found[0].rank()]
    if len(alike) > 1 and alike[0].root.module:
        return next((hit for hit in alike if not hit.is_import()), alike[0])
    return alike[0] if alike else None


def _has(module: str, obj: object) -> bool:
    """Whether an object is among the globals of a module."""
    found = sys.modules.get(module)
    if not issubclass(type(found), types.ModuleType):
        return False
    return any(value is obj for value in list(module_namespace(cast("types.ModuleType", found)).values()))


def _inherited(chain: Sequence[object]) -> object:
    """What a module holds; if that is a class, and the chain leads on through its bases, the last of these."""
    first = chain[1]
    for obj in chain[2:]:
        bases = classes.mro(cast("type", first)) if issubclass(type(first), type) else ()
        parts = gc.get_referents(obj) if type(obj) is tuple else []
        if any(base is obj for base in bases):
            first = obj
        elif not parts or not all(any(base is each for base in bases) for each in parts):
            break
    return first


def _home(obj: object) -> str | None:
    """The name of the module that defines a class or a function; None for anything else."""
    if issubclass(type(obj), type):
        return module_of(cast("type", obj))
    name: object = obj.__module__ if type(obj) is types.FunctionType else None
    return name if type(name) is str else None


def better(one: Hit | None, further: Hit | None) -> Hit | None:
    """The better of two hits; of equally good ones the first, which is nearer."""
    if one is None or further is None:
        return one or further
    return further if further.rank() < one.rank() else one


def _is_per_thread(chain: Sequence[object]) -> bool:
    """Whether a chain ends with what a `threading.local` keeps of a thread: the dictionary of its values, or a weak reference.

    Both are within a dictionary or a set of the local's own.

    >>> import gc
    >>> local = threading.local(); local.name = "x"
    >>> shares = next(each for each in gc.get_referents(local) if type(each) is dict)
    >>> _is_per_thread([local, shares, vars(local)]), _is_per_thread([local, shares, vars(local), vars(local)])
    (True, False)
    """
    if len(chain) < 3 or not issubclass(type(chain[-3]), threading.local):
        return False
    return type(chain[-2]) in {dict, set} and type(chain[-1]) in {dict, weakref.ref}


def of_importer(chain: Sequence[object]) -> bool:
    """Whether a module leads on by its importer: pytest's importer knows the whole session."""
    namespace, *rest = chain
    if issubclass(type(namespace), types.ModuleType):
        namespace = module_namespace(namespace)  # type: ignore[arg-type] # it is one
        rest = rest[1:] if rest and rest[0] is namespace else rest
    if type(namespace) is not dict or not rest:
        return False
    return any(rest[0] is classes.find(dict.items(namespace), name) for name in ("__loader__", "__spec__"))
