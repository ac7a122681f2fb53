"""One search for what holds an object: backwards from it, in levels, to the nearest root that says most.

Rules of this file: a chain from the project's code is preferred to one from the harness; what a walk holds of the heap is in
lists of type `Own`, which are never part of a chain; a walk is bounded in depth, objects and time, and says when that cut it
short.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Sequence

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import effort
from pytest_gcguard.core.leaks.backrefs import Heap, Own
from pytest_gcguard.core.leaks.folding import has_hidden_dict
from pytest_gcguard.core.leaks.hits import C_CODE, Hit, best_of, better, of_importer
from pytest_gcguard.core.leaks.roots import Root, Roots, as_told
from pytest_gcguard.core.model import Container
from pytest_gcguard.core.origins.origin import Origins

_CACHES = 10
"""How many caches a walk avoids, by starting anew."""
_NEAREST = 64
"""Of a cycle that nothing in sight holds, so many objects are asked whether C code has them."""
_PATIENCE = 3
"""How much farther away a root of the project is searched for, once another root was found."""


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """How far a search goes: for one object the ``seconds``, the ``objects`` that are met and the ``depth`` of the chain; for
    all objects of one `Search` the ``total`` seconds.
    """

    seconds: float = 2.0
    objects: int = 50_000
    depth: int = 100
    total: float = 6.0


class Ground:
    """What all walks of one search have in common.

    ``hidden`` is the list in which the caller holds the objects: it is no answer. ``among`` is all that is searched, instead
    of the heap.
    """

    def __init__(self, origins: Origins, hidden: Sequence[object], budget: Budget, among: Own | None) -> None:
        self.budget = budget
        self.roots = Roots(origins)
        self.heap = Heap(id(hidden), among)
        self.leaked = frozenset(map(id, hidden))
        self.avoided: frozenset[int] = frozenset()
        """The ids of objects that no chain may lead through."""
        self.caches: set[Container] = set()
        """The caches with a limit that were met."""
        self.until = 0.0
        """The time, by `effort.spent`, at which the running walks are over."""


class Walk:
    """One search, level by level. What it holds is in lists of type `Own`; all else is ids and positions in ``_met``."""

    def __init__(self, ground: Ground, target: object, inside: Sequence[object]) -> None:
        self._ground = ground
        self._inside = inside
        self._met = Own([target])
        self._leads_to = [-1]
        """For each object in ``_met`` the position of the one that it was met by, which it refers to."""
        self._away = [0]
        """How far from the target each object in ``_met`` is: an instance's dictionary counts, also where there is none."""
        self._seen = {id(target), *ground.avoided}
        self._frontier = [0]
        self._levels = 0
        self._avoided: set[int] = set()
        """The ids of the caches with a limit that were met: the search was started anew, and does not go through them."""
        self._farthest: int | None = None
        """How far away the best root is at most, once there is one."""
        self._modules: list[Root] = []
        """The modules that were met before, nearer than the frontier."""
        self._best: Hit | None = None
        self._bounded: Hit | None = None
        """The best hit whose chain has a cache with a limit: the holder if there is no other."""
        self._yielding: Hit | None = None
        """The best hit that is the holder only if there is no other, see `Hit.yields`."""
        self._unheld: list[int] = []
        self.cut_short = ""
        """After how much the walk gave up, empty if it did not."""

    def frontier(self) -> Own:
        """The objects whose referrers are the next level."""
        return Own(map(self._met.__getitem__, self._frontier))

    def found(self, *, by_c: bool) -> Hit | None:
        """The best root; where no root holds the target, what is held from C code; ``by_c``: although others refer to it."""
        best = better(self._best, self._yielding) or self._bounded
        if best is None and not self.cut_short:
            # in a cycle each object has a referrer, even one that C code holds
            roots = self._ground.roots
            hits = (self._hit(at, roots.of_atexit(obj) or roots.of_variable(obj)) for at, obj in enumerate(self._met))
            best = next(filter(None, hits), None)
            by_c = by_c and effort.spent() < self._ground.until
            if best is None and (of_c := self._unheld or (by_c and self._ground.heap.unseen(self._met[:_NEAREST]))):
                best = self._hit(of_c[0], Root(C_CODE, None))
        return best

    def goes_on(self) -> bool:
        """Looks for roots among the frontier; whether it is to be followed further."""
        if self.cut_short:
            return False
        if self._levels == self._ground.budget.depth:
            self.cut_short = f"{self._levels} references away from it"
            return False
        roots = self._ground.roots
        self._frontier = [at for at in self._near(0) if not roots.are_kin(self._met[at], self._between(at))]
        hits = {at: hit for at in self._frontier if (hit := self._hit(at, roots.of(self._met[at]))) is not None}
        bounded: list[Hit] = []
        lasting: list[Hit] = []
        yielding: list[Hit] = []
        caches: set[int] = set()
        for hit in hits.values():
            cache = hit.cache(self._ground.leaked)
            yields = hit.yields(self._ground.leaked) if cache is None else None
            (bounded if cache is not None else lasting if yields is None else yielding).append(hit)
            caches |= {id(cache), id(yields)} - {id(None)}
        lasting = [hit for hit in lasting if not hit.is_import_of(bounded)]
        self._ground.caches.update(filter(None, (hit.container(self._ground.leaked) for hit in bounded)))
        self._best = better(self._best, best_of(lasting, self._modules))
        self._bounded = better(self._bounded, best_of(bounded, self._modules))
        self._yielding = better(self._yielding, best_of(yielding, self._modules))
        if self._best is not None and any(hit.root.origin is Origin.OWN for hit in lasting):
            self._farthest = 0  # the project merely imports what holds it; it would be met again by what inherits from that
        elif (self._best is not None or yielding) and self._farthest is None:
            self._farthest = _PATIENCE + min((self._away[at] for at in (hits or self._frontier)), default=0)
        self._modules += [hit.root for hit in hits.values() if hit.root.module]
        if self._best is None and not caches <= self._avoided and len(self._avoided) < _CACHES:
            self._begin_again(caches)
            return True
        # what holds a module is of no interest; a logger or a thread may be the project's by what holds it
        self._frontier = [at for at in self._near(1) if at not in hits or not hits[at].root.module]
        if not (self._frontier or self._best or self._bounded or self._yielding):
            self._frontier = self._carriers()
        return bool(self._frontier) and (self._best is None or self._best.root.origin is not Origin.OWN)

    def _near(self, step: int) -> list[int]:
        """The frontier, without what is so far away that no root is to be looked for there, after one ``step`` more."""
        most = self._farthest
        return self._frontier if most is None else [at for at in self._frontier if self._away[at] + step <= most]

    def _begin_again(self, caches: set[int]) -> None:
        """Starts anew from the target, avoiding some caches: what was met through one may be met another way, too."""
        self._avoided |= caches
        del self._met[1:], self._leads_to[1:], self._away[1:]
        self._seen = {id(self._met[0]), *self._avoided, *self._ground.avoided}
        self._frontier = [0]
        self._levels = 0
        self._unheld = []
        self._modules = []

    def step(self) -> None:
        """Makes the next level the frontier, and notes what in the old one only C code holds."""
        self._levels += 1
        unheld = self._level()
        if not self.cut_short:
            named = (self._hit(at, self._ground.roots.of_c(self._met[at])) for at in unheld)
            self._best = better(self._best, best_of(filter(None, named)))
            self._unheld += unheld

    def _hit(self, at: int, root: Root | None) -> Hit | None:
        """The hit for one of the objects met, if it is a root; a module is no root of itself."""
        if root is None or (root.module and not at):
            return None
        chain = Own()
        while at >= 0:
            chain.append(self._met[at])
            at = self._leads_to[at]
        if root.module:
            if of_importer(chain):
                return None
            chain[0] = sys.modules[root.module]  # in place of its namespace
        del chain[: min(root.inner, len(chain) - 1)]
        return Hit(as_told(root, chain), chain, self._inside)

    def _between(self, at: int) -> Iterator[object]:
        """The objects between one of those met and the target."""
        while (at := self._leads_to[at]) > 0:
            yield self._met[at]

    def _level(self) -> list[int]:
        """Goes on to what refers to the frontier and was not met before; returns what in the old frontier has no referrer."""
        first = len(self._met)
        unheld = []
        for at, referrers in zip(self._frontier, self._ground.heap.referrers(self.frontier(), self._over), strict=True):
            if not referrers:
                unheld.append(at)
            for referrer in referrers:
                if id(referrer) not in self._seen:
                    self._seen.add(id(referrer))
                    self._met.append(referrer)
                    self._leads_to.append(at)
                    self._away.append(self._away[at] + 1 + has_hidden_dict(referrer, self._met[at]))
        self._over(0)
        self._frontier = list(range(first, len(self._met)))
        return unheld

    def _carriers(self) -> list[int]:
        """Goes on to what holds the objects without a referrer unseen, where no root holds the target otherwise."""
        first = len(self._met)
        for at in self._unheld:
            for carrier in self._ground.heap.carriers(self._met[at]):
                if id(carrier) not in self._seen:
                    self._seen.add(id(carrier))
                    self._met.append(carrier)
                    self._leads_to.append(at)
                    self._away.append(self._away[at] + 1)
        frontier = list(range(first, len(self._met)))
        held = set(map(self._leads_to.__getitem__, frontier))
        self._unheld = [at for at in self._unheld if at not in held]
        return frontier

    def _over(self, followed: int) -> bool:
        """Whether the search has gone as far as it may, with so many references followed for the next level."""
        if effort.spent() > self._ground.until:
            self.cut_short = f"{self._ground.budget.seconds:g} s"
        elif len(self._met) + followed > self._ground.budget.objects:
            self.cut_short = f"{self._ground.budget.objects:,} objects"
        return bool(self.cut_short)
