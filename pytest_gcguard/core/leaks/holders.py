"""Why an object is alive: the shortest chain of references from a root to it.

The search goes backwards in levels, each one walk over the heap for the whole frontier; objgraph's `find_backref_chain` walks
the heap once for every object instead.

Rules of this file: needs a thawed heap (what is frozen is no referrer); the guard's own frames and lists are never part of a
chain; searches for many objects share what they find, and the time that they may take.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from pytest_gcguard.core.leaks import effort
from pytest_gcguard.core.leaks.backrefs import Own
from pytest_gcguard.core.leaks.chains import Budget, Ground, Walk
from pytest_gcguard.core.model import Answer, Container, Holder
from pytest_gcguard.core.origins.origin import Origins


class Search(Ground):
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
        super().__init__(origins, hidden, budget or Budget(), among)
        self._left = self.budget.total
        self._known = known or {}
        self.answers: dict[int, Answer] = {}
        self.weak: set[Container] = set()
        """What is inside of weak dictionaries that held entries whose keys only caches with a limit hold."""
        self._of_key = False

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
        self.answers.update((key, self._answer(walk, by_c=by_c)) for key, walk in walks.items())
        return [self._known[key] if key in self._known else self.answers[key] for key in order]

    def _walks(self, targets: Iterator[object], inside: Sequence[object]) -> tuple[list[int], dict[int, Walk]]:
        """The ids of the objects that are asked for, and the searches that these need; then no variable has an object."""
        order: list[int] = []
        walks: dict[int, Walk] = {}
        for target in targets:
            order.append(id(target))
            if id(target) not in self._known:
                walks.setdefault(id(target), Walk(self, target, inside))
        return order, walks

    def _answer(self, walk: Walk, *, by_c: bool) -> Answer:
        best = walk.found(by_c=by_c)
        if best is None:
            return Answer(None, walk.cut_short)
        holder = best.holder(self.leaked)
        if not holder.bounded and self._ends(best.key(self.leaked)):
            holder = dataclasses.replace(holder, bounded=True)
            self.weak.update(filter(None, (holder.container,)))
        return Answer(holder, walk.cut_short)

    def _ends(self, key: object) -> bool:
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
