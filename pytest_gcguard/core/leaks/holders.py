"""Why an object is alive: the shortest chain of references from a root to it.

The search goes backwards in levels, each one walk over the heap for the whole frontier; objgraph's `find_backref_chain` walks
the heap once for every object instead.

Rules of this file: needs a thawed heap (what is frozen is no referrer); a chain from the project's code is preferred to one
from the harness; the guard's own frames and lists are never part of a chain; a search is bounded in depth, objects and time,
and an answer says when that cut it short.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence

from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks import effort
from pytest_gcguard.core.leaks.backrefs import Heap, Own
from pytest_gcguard.core.leaks.folding import has_hidden_dict
from pytest_gcguard.core.leaks.hits import C_CODE, Hit, best_of, better, of_importer
from pytest_gcguard.core.leaks.roots import Root, Roots, as_told
from pytest_gcguard.core.model import Answer, Container, Holder
from pytest_gcguard.core.origins.origin import Origins

_CACHES = 10
"""How many caches a search avoids, by starting anew."""
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


class Search:
    """Finds holders. Make one while the heap is thawed, and ask it for any number of objects within its ``with`` block.

    ``hidden`` is the list in which the caller holds the objects: it is no answer. ``known`` has, by id, answers that need no
    search, and ``answers`` has those that were found. ``among`` is all that is searched, instead of the heap.

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
        among: Own | None = None,
    ) -> None:
        self.budget = budget or Budget()
        self._left = self.budget.total
        self._known = known or {}
        self.answers: dict[int, Answer] = {}
        self.caches: set[Container] = set()
        """The caches with a limit that were met."""
        self.weak: set[Container] = set()
        """What is inside of weak dictionaries that held entries whose keys only caches with a limit hold."""
        self.until = 0.0
        """The time, by `effort.spent`, at which the running searches are over."""
        self.roots = Roots(origins)
        self.heap = Heap(id(hidden), among)
        self.leaked = frozenset(map(id, hidden))
        self._of_key = False
        self.avoided: frozenset[int] = frozenset()
        """The ids of objects that no chain may lead through."""

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self.heap.forget()

    def holder(self, target: object, inside: Sequence[object] = ()) -> Holder | None:
        """Who holds an object; None where the search was cut short before any root was met.

        Where the object that is really asked for is inside of ``target``, in something that the collector does not track,
        ``inside`` has the objects on the way there, and that object last.
        """
        return self._answers(iter((target,)), inside)[0].holder

    def find(self, target: object) -> Answer:
        """The shortest chain that holds an object, one from the project's code if there is one nearly as short."""
        return self._answers(iter((target,)))[0]

    def find_all(self, targets: Iterator[object]) -> list[Answer]:
        """The answers for several objects, with one walk over the heap for each level of all their chains.

        ``targets`` is an iterator, since a list would be one more holder of the objects, and no variable of the caller's may
        have one of them: it would be taken for C code that holds one of a cycle.
        """
        return self._answers(targets, by_c=True)

    def _answers(self, targets: Iterator[object], inside: Sequence[object] = (), *, by_c: bool = False) -> list[Answer]:
        start = effort.spent()
        self.heap.begin()
        order, walks = self._walks(targets, inside)
        going = list(walks.values())
        self.until = start + min(self.budget.seconds * len(going), self._left)
        while going := [walk for walk in going if walk.goes_on()]:
            if len(going) > 1:  # what is found of all is known when each asks
                self.heap.referrers(Own(obj for walk in going for obj in walk.frontier()), self._over, len(going))
            for walk in going:
                walk.step()
        self._left -= effort.spent() - start
        self.answers.update((key, walk.answer(by_c=by_c)) for key, walk in walks.items())
        return [self._known[key] if key in self._known else self.answers[key] for key in order]

    def _walks(self, targets: Iterator[object], inside: Sequence[object]) -> tuple[list[int], dict[int, _Walk]]:
        """The ids of the objects that are asked for, and the searches that these need; then no variable has an object."""
        order: list[int] = []
        walks: dict[int, _Walk] = {}
        for target in targets:
            order.append(id(target))
            if id(target) not in self._known:
                walks.setdefault(id(target), _Walk(self, target, inside))
        return order, walks

    def ends(self, key: object) -> bool:
        """Whether only a cache that lets go of its oldest entries holds the key of an entry in a weak dictionary, and with it
        the entry. Asked for one key after another, not for the key of a key.
        """
        if key is None or self._of_key:
            return False
        known = self.answers.get(id(key))
        self._of_key = True
        try:
            holder = self.find(key).holder
        finally:
            self._of_key = False
            if known is None:
                self.answers.pop(id(key), None)  # nobody has asked for it
        return holder is not None and holder.bounded

    def _over(self, followed: int) -> bool:
        return effort.spent() > self.until or followed > self.budget.objects


class _Walk:
    """One search, level by level. What it holds is in lists of type `Own`; all else is ids and positions in ``_met``."""

    def __init__(self, search: Search, target: object, inside: Sequence[object]) -> None:
        self._search = search
        self._inside = inside
        self._met = Own([target])
        self._leads_to = [-1]
        """For each object in ``_met`` the position of the one that it was met by, which it refers to."""
        self._away = [0]
        """How far from the target each object in ``_met`` is: an instance's dictionary counts, also where there is none."""
        self._seen = {id(target), *search.avoided}
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
        self._cut_short = ""

    def frontier(self) -> Own:
        """The objects whose referrers are the next level."""
        return Own(map(self._met.__getitem__, self._frontier))

    def answer(self, *, by_c: bool) -> Answer:
        """The best root; where no root holds the target, what is held from C code; ``by_c``: although others refer to it."""
        best = better(self._best, self._yielding) or self._bounded
        if best is None and not self._cut_short:
            # in a cycle each object has a referrer, even one that C code holds
            roots = self._search.roots
            hits = (self._hit(at, roots.of_atexit(obj) or roots.of_variable(obj)) for at, obj in enumerate(self._met))
            best = next(filter(None, hits), None)
            by_c = by_c and effort.spent() < self._search.until
            if best is None and (of_c := self._unheld or (by_c and self._search.heap.unseen(self._met[:_NEAREST]))):
                best = self._hit(of_c[0], Root(C_CODE, None))
        if best is None:
            return Answer(None, self._cut_short)
        holder = best.holder(self._search.leaked)
        if not holder.bounded and self._search.ends(best.key(self._search.leaked)):
            holder = dataclasses.replace(holder, bounded=True)
            self._search.weak.update(filter(None, (holder.container,)))
        return Answer(holder, self._cut_short)

    def goes_on(self) -> bool:
        """Looks for roots among the frontier; whether it is to be followed further."""
        if self._cut_short:
            return False
        if self._levels == self._search.budget.depth:
            self._cut_short = f"{self._levels} references away from it"
            return False
        roots = self._search.roots
        self._frontier = [at for at in self._near(0) if not roots.are_kin(self._met[at], self._between(at))]
        hits = {at: hit for at in self._frontier if (hit := self._hit(at, roots.of(self._met[at]))) is not None}
        bounded: list[Hit] = []
        lasting: list[Hit] = []
        yielding: list[Hit] = []
        caches: set[int] = set()
        for hit in hits.values():
            cache = hit.cache(self._search.leaked)
            yields = hit.yields(self._search.leaked) if cache is None else None
            (bounded if cache is not None else lasting if yields is None else yielding).append(hit)
            caches |= {id(cache), id(yields)} - {id(None)}
        lasting = [hit for hit in lasting if not hit.is_import_of(bounded)]
        self._search.caches.update(filter(None, (hit.container(self._search.leaked) for hit in bounded)))
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
        return bool(self._frontier) and (self._best is None or self._best.root.origin is not Origin.OWN)

    def _near(self, step: int) -> list[int]:
        """The frontier, without what is so far away that no root is to be looked for there, after one ``step`` more."""
        most = self._farthest
        return self._frontier if most is None else [at for at in self._frontier if self._away[at] + step <= most]

    def _begin_again(self, caches: set[int]) -> None:
        """Starts anew from the target, avoiding some caches: what was met through one may be met another way, too."""
        self._avoided |= caches
        del self._met[1:], self._leads_to[1:], self._away[1:]
        self._seen = {id(self._met[0]), *self._avoided, *self._search.avoided}
        self._frontier = [0]
        self._levels = 0
        self._unheld = []
        self._modules = []

    def step(self) -> None:
        """Makes the next level the frontier, and notes what in the old one only C code holds."""
        self._levels += 1
        unheld = self._level()
        if not self._cut_short:
            named = (self._hit(at, self._search.roots.of_c(self._met[at])) for at in unheld)
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
        for at, referrers in zip(self._frontier, self._search.heap.referrers(self.frontier(), self._over), strict=True):
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

    def _over(self, followed: int) -> bool:
        """Whether the search has gone as far as it may, with so many references followed for the next level."""
        if effort.spent() > self._search.until:
            self._cut_short = f"{self._search.budget.seconds:g} s"
        elif len(self._met) + followed > self._search.budget.objects:
            self._cut_short = f"{self._search.budget.objects:,} objects"
        return bool(self._cut_short)
