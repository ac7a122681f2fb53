"""Why an object is alive: the shortest chain of references from a root to it.

The search goes backwards in levels, each one walk over the heap for the whole frontier; objgraph's `find_backref_chain` walks
the heap once for every object instead.

Rules of this file: needs a thawed heap (what is frozen is no referrer); a chain from the project's code is preferred to one
from the harness; the guard's own frames and lists are never part of a chain; bounded in depth, objects and time, and an answer
says when it was cut short.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import sys
import types
import weakref
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from pytest_gcguard.core import effort
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import routes
from pytest_gcguard.core.leaks.backrefs import Heap, Own
from pytest_gcguard.core.leaks.roots import RANK, Root, Roots, folded
from pytest_gcguard.core.model import Answer, Holder, Step
from pytest_gcguard.core.objects import classes, describe, paths
from pytest_gcguard.core.origins import storing
from pytest_gcguard.core.origins.origin import Origins, module_namespace, module_of

_PATIENCE = 3
"""How many levels more to look for a root of the project, once any other was found."""
_EXPRESSION = 500
_C_CODE = "C code "


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """How far a search goes: for one object ``seconds``, ``objects`` and ``depth`` of the chain, ``total`` seconds for all."""

    seconds: float = 2.0
    objects: int = 50_000
    depth: int = 100
    total: float = 6.0


@dataclasses.dataclass(frozen=True, slots=True)
class _Hit:
    """A root that was met: where, and the chain of objects that leads from it to the target."""

    root: Root
    chain: Own

    def rank(self) -> tuple[int, bool, bool]:
        """Lower is better: by origin, then a module that defines what it holds before one that imported it, what only C code
        holds last."""
        first = self.chain[1] if len(self.chain) > 1 else None
        home = module_of(cast("type", first) if issubclass(type(first), type) else type(first))
        imported = bool(self.root.module) and home != self.root.module
        return RANK[self.root.origin], self.root.of_c, imported

    def is_another_s(self, others: Iterable[_Hit]) -> bool:
        """Whether a module merely imported the next of the chain from one of the others: a class or function from that which
        defines it, anything else by the module's source, where the other is no more of the project than this one.
        """
        if not self.root.module or len(self.chain) < 2:
            return False
        first = self.chain[1]
        same = [hit for hit in others if hit.root.module and len(hit.chain) > 1 and hit.chain[1] is first]
        home = _home(first)
        if not same:
            return False
        if home is None:
            return any(RANK[hit.root.origin] > RANK[self.root.origin] for hit in same) and self.is_import()
        modules = sys.modules  # a module can be there under several names
        module = modules.get(home)
        return modules.get(self.root.module) is not module and any(modules.get(hit.root.module) is module for hit in same)

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
        """The words for it; ``leaked`` has the ids of what leaks."""
        chain = folded(self.chain)
        steps = paths.along(chain)
        outermost = next((at for at, obj in enumerate(chain[:-1]) if id(obj) in leaked), None)
        return Holder(
            self._expression(steps),
            (Step(self.root.text.strip(), ""), *steps),
            self.root.origin,
            of_c=self.root.text == _C_CODE,
            of_thread=self.root.thread != 0,
            bounded=any(_bounded(obj, self.chain[at + 1 :]) for at, obj in enumerate(self.chain[:-1])),
            route=routes.of(self.root.module, chain[1:]) if self.root.module else (),
            outermost=self._expression(paths.along(chain[: outermost + 1])) if outermost else "",
        )

    def _expression(self, steps: Sequence[Step]) -> str:
        return describe.shorten(self.root.text + "".join(step.edge for step in steps), _EXPRESSION).strip()


def _first(hits: Iterable[_Hit]) -> _Hit | None:
    """The best of equally near roots, but no module that has it from another of them."""
    found = sorted(hits, key=lambda hit: (hit.rank(), hit.root.text))
    while found and found[0].is_another_s(found[1:]):
        del found[0]
    alike = [hit for hit in found if hit.rank() == found[0].rank()]
    if len(alike) > 1 and alike[0].root.module:
        return next((hit for hit in alike if not hit.is_import()), alike[0])
    return alike[0] if alike else None


def _home(obj: object) -> str | None:
    """The name of the module that defines a class or a function; None for anything else."""
    if issubclass(type(obj), type):
        return module_of(cast("type", obj))
    name: object = obj.__module__ if type(obj) is types.FunctionType else None
    return name if type(name) is str else None


def _better(one: _Hit | None, further: _Hit | None) -> _Hit | None:
    """The better of two roots; of equally good ones the nearer."""
    if one is None or further is None:
        return one or further
    return further if further.rank() < one.rank() else one


def _imports(chain: Sequence[object]) -> bool:
    """Whether a module's namespace leads on by what imported it: pytest's importer knows of the whole session."""
    first = chain[0]
    namespace = module_namespace(first) if issubclass(type(first), types.ModuleType) else first  # type: ignore[arg-type] # it is one
    if type(namespace) is not dict or len(chain) < 2:
        return False
    return any(chain[1] is classes.find(dict.items(namespace), name) for name in ("__loader__", "__spec__"))


def _bounded(obj: object, held: Sequence[object]) -> bool:
    """Whether an object lets go of the oldest of what it holds when there is more.

    Not a cache on a method: the instances that it keeps as a part of its keys nobody meant to keep.
    """
    if type(obj) is collections.deque:
        return obj.maxlen is not None
    if _is_of_cursors(obj, held):
        return True
    if type(obj) is not functools._lru_cache_wrapper or obj.cache_info().maxsize is None:
        return False
    bases = {id(tp): tp for each in held for tp in classes.mro(type(each))}
    return not any(value is obj for tp in bases.values() for _, value in classes.class_items(tp))


def _is_of_cursors(obj: object, held: Sequence[object]) -> bool:
    """Whether this is the list of a connection to SQLite with a weak reference to each cursor: it is cleaned up after each two
    hundred of them.
    """
    sqlite: Any = sys.modules.get("_sqlite3")
    if sqlite is None or not issubclass(type(obj), sqlite.Connection) or type(held[0]) is not list:
        return False
    return len(held) == 1 or (type(held[1]) is weakref.ref and issubclass(type(held[1]()), (type(None), sqlite.Cursor)))


class Search:
    """Finds holders. Make one while the heap is thawed, ask it for several objects, all within its ``with`` block.

    ``hidden`` is the list in which the caller holds the objects: it is no answer. ``known`` has by id what is known of some
    objects, ``answers`` what was found of all that were asked for.

    >>> import keyword
    >>> with Search(Origins(None)) as search:
    ...     search.find(keyword.kwlist).holder.expression
    'keyword.kwlist'
    """

    def __init__(
        self,
        origins: Origins,
        hidden: Sequence[object] = (),
        budget: Budget | None = None,
        known: Mapping[int, Answer] | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self._left = self.budget.total
        self._known = known or {}
        self.answers: dict[int, Answer] = {}
        self.until = 0.0
        """At which time of this thread all searches that run are over."""
        self.roots = Roots(origins)
        self.heap = Heap(id(hidden))
        self.leaked = frozenset(map(id, hidden))

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self.heap.forget()

    def holder(self, target: object) -> Holder | None:
        """Who holds an object; None where the search was cut short before any root was met."""
        return self.find(target).holder

    def find(self, target: object) -> Answer:
        """The shortest chain that holds an object, one from the project's code if there is one nearly as short."""
        (answer,) = self.find_all(iter((target,)))
        return answer

    def find_all(self, targets: Iterator[object]) -> list[Answer]:
        """The same of several objects, which take a walk over the heap together for each level of their chains.

        An iterator: a list of the objects would be one more that holds them.
        """
        start = effort.spent()
        self.heap.begin()
        order: list[int] = []
        walks: dict[int, _Walk] = {}
        for target in targets:
            order.append(id(target))
            if id(target) not in self._known:
                walks.setdefault(id(target), _Walk(self, target))
        going = list(walks.values())
        self.until = start + min(self.budget.seconds * len(going), self._left)
        while going := [walk for walk in going if walk.goes_on()]:
            if len(going) > 1:  # what is found of all is known when each asks
                self.heap.referrers(Own(obj for walk in going for obj in walk.frontier()), self._over, len(going))
            for walk in going:
                walk.step()
        self._left -= effort.spent() - start
        self.answers.update((key, walk.answer()) for key, walk in walks.items())
        return [self._known[key] if key in self._known else self.answers[key] for key in order]

    def _over(self, followed: int) -> bool:
        return effort.spent() > self.until or followed > self.budget.objects


class _Walk:
    """One search, level by level. What it holds is in lists of type `Own`; all else is ids and positions in ``_met``."""

    def __init__(self, search: Search, target: object) -> None:
        self._search = search
        self._met = Own([target])
        self._leads_to = [-1]
        """For each of those met the position of the one that it refers to."""
        self._seen = {id(target)}
        self._frontier = [0]
        self._levels = 0
        self._patience = _PATIENCE
        self._best: _Hit | None = None
        self._unheld: list[int] = []
        self._cut_short = ""

    def frontier(self) -> Own:
        """The objects whose referrers are the next level."""
        return Own(map(self._met.__getitem__, self._frontier))

    def answer(self) -> Answer:
        """The best root; where no root holds the target, what is held from C code."""
        best = self._best
        if best is None and not self._cut_short and self._unheld:
            best = self._hit(self._unheld[0], Root(_C_CODE, None))
        return Answer(best.holder(self._search.leaked) if best is not None else None, self._cut_short)

    def goes_on(self) -> bool:
        """Looks for roots among the frontier; whether it is to be followed further."""
        if self._cut_short:
            return False
        if self._levels == self._search.budget.depth:
            self._cut_short = f"{self._levels} references away from it"
            return False
        roots = self._search.roots
        hits = {at: hit for at in self._frontier if (hit := self._hit(at, roots.of(self._met[at]))) is not None}
        first = _first(hits.values())
        if first is not None and any(hit.root.origin is Origin.OWN for hit in hits.values()):
            self._patience = 0  # the project merely imports what holds it; it would be met again by what inherits from that
        self._best = _better(self._best, first)
        # what holds a module is of no interest; a logger or a thread may be the project's by what holds it
        self._frontier = [at for at in self._frontier if at not in hits or not hits[at].root.module]
        best = self._best
        if not self._frontier or (best is not None and (best.root.origin is Origin.OWN or not self._patience)):
            return False
        self._patience -= best is not None
        return True

    def step(self) -> None:
        """Takes the next level for the frontier, and notes what of the old one only C code holds."""
        self._levels += 1
        unheld = self._level()
        if not self._cut_short:
            named = (self._hit(at, self._search.roots.of_c(self._met[at])) for at in unheld)
            self._best = _better(self._best, _first(filter(None, named)))
            self._unheld += unheld

    def _hit(self, at: int, root: Root | None) -> _Hit | None:
        """The chain to one of those met that is a root; a module is no root for itself."""
        if root is None or (root.module and not at):
            return None
        chain = Own()
        while at >= 0:
            chain.append(self._met[at])
            at = self._leads_to[at]
        if root.module:
            if _imports(chain):
                return None
            chain[0] = sys.modules[root.module]  # in place of its namespace
        del chain[: min(root.inner, len(chain) - 1)]
        return _Hit(root, chain)

    def _level(self) -> list[int]:
        """Goes on to what refers to one of the frontier and was not met before; of the old frontier what nothing refers to."""
        first = len(self._met)
        unheld = []
        for at, referrers in zip(self._frontier, self._search.heap.referrers(self.frontier(), self._over), strict=True):
            if not referrers:
                unheld.append(at)
            for referrer in referrers:
                if id(referrer) not in self._seen:
                    self._seen.add(id(referrer))
                    self._met.append(referrer)
                    self._leads_to.append(at)
        self._over(0)
        self._frontier = list(range(first, len(self._met)))
        return unheld

    def _over(self, followed: int) -> bool:
        """Whether the search has gone as far as it may, with so many references followed for the next level."""
        if effort.spent() > self._search.until:
            self._cut_short = f"{self._search.budget.seconds:g} s"
        elif len(self._met) + followed > self._search.budget.objects:
            self._cut_short = f"{self._search.budget.objects:,} objects"
        return bool(self._cut_short)
