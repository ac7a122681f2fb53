"""What is remembered of leaks that were explained: the same leak in many tests is explained once.

To explain a leak takes the whole heap, and one more run with a trace. Two leaks are the same if the same types rise and the
same lines make them; or if the types rise in the same proportion, earlier leaks like that were explained alike, and the same
holder holds them again. All tests of one function count once: that it always makes the same leak says nothing about other
functions.

Rules of this file: what is remembered was proved; leaks of standard types alone are recognised only by their lines.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from pytest_gcguard.core import diagnosis
from pytest_gcguard.core.diagnosis import Diagnosis, Grown, Growth
from pytest_gcguard.core.heap.window import Window
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.model import Container, Leak
from pytest_gcguard.core.origins.naming import Naming
from pytest_gcguard.core.signature import blot
from pytest_gcguard.core.watch import Held, Lens
from pytest_gcguard.session.held.cursors import Cursors
from pytest_gcguard.session.repeating.steps import Key, says_little, types_of

_KNOWN = 1_000
"""How many explanations are remembered."""
_CONTAINERS = 50
"""How many containers are known: each of them is looked at for each test that is repeated."""
_SEEN = 2
"""In how many tests types must have risen in the same proportion, explained alike, for a leak to be known without a trace."""
_AGREED = 8
"""How many searches must have found the same holder of a type, and no other, where the holder cannot be looked at again."""
_MANY = 8
"""A leak of so many types is known by these alone, in whatever proportion they rise,"""
_SEEN_TYPES = 3
"""when it was explained alike in so many tests: how many axes a figure has says nothing about who keeps it."""


class Known:
    """The leaks that were explained in a run, by what rises and by the lines that make it."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._by_lines: dict[object, tuple[Leak, ...]] = {}
        self._by_growth: dict[object, list[tuple[Leak, ...]]] = {}
        self._functions: dict[object, set[str]] = {}
        """By the same keys, the test functions that the explanations come from."""
        self.function = ""
        """The test function, without parameters, that is being looked at."""
        self.put_away = False
        """Whether what the repeats have left is out of sight, since the heap was looked through."""
        self._leaked: set[frozenset[str]] = set()
        self._placed: set[str] = set()
        """Types, not of the standard library, that were held where that can be looked at again."""
        self._unplaced: Counter[frozenset[str]] = Counter()
        """How often some types were held where it cannot, as by a thread."""
        self._holders: dict[str, Counter[str | None]] = {}
        """By leaked type, the holders that were found, and how often."""
        self._caches: dict[Container, None] = {}
        """The containers with a limit that held something that rose."""
        self.containers: dict[Container, None] = {}
        """These, and the containers in which leaks were found."""
        self.cursors = Cursors()
        self._naming = Naming(lens.origins)

    def held(self) -> list[object]:
        """The containers of its own that it adds to while a test is looked at."""
        known = [self._by_lines, self._by_growth, self._functions, self._leaked, self._placed, self._unplaced]
        return [*known, self._holders, self.containers, self._caches, *self.cursors.held(), *self._naming.held()]

    def says_enough(self, growth: Growth) -> bool:
        """Whether all that grows has leaked before, held where nobody can look again: then no more repeats are needed.

        Elsewhere, what leaks in one place may be kept for a while in another. Nor are standard types alone enough: one more
        list may belong to a cache that is filling.
        """
        if says_little(growth) or not growth.keys().isdisjoint(self._placed):
            return False
        return any(growth.keys() <= leaked and times >= _SEEN for leaked, times in self._unplaced.items())

    def is_cached(self, window: Window, held: Held, growth: Growth) -> bool:
        """Whether only known containers with a limit hold what rises, beside what is merely replaced."""
        runs = max(map(len, growth.values()))
        return bool(self._caches) and diagnosis.hangs_from_caches(window, held, growth, self._caches, runs)

    def is_kept(self, window: Window, held: Held, growth: Growth) -> bool:
        """Whether only known containers, with or without a limit, hold what rises."""
        return bool(self.containers) and diagnosis.hangs_from(window, held, growth, self.containers)

    def learn(self, growth: Growth, told: Diagnosis) -> None:
        """Remembers what a search has found; called while the heap is as it was for the search, frozen or not."""
        for leak in told.leaks:
            if leak.types[0] in self._holders or len(self._holders) < _KNOWN:
                self._holders.setdefault(leak.types[0], Counter())[place_of_holder(leak)] += 1
        self.cursors.learn(growth)
        for known in (self._caches, self.containers):
            _add(known, sorted(told.caches))
        _add(self.containers, sorted(told.weak))

    def learn_emptied(self, leaks: Iterable[Leak]) -> None:
        """Remembers the containers out of which a thread has taken what was a leak until then: they are like caches."""
        found = [leak.holder.container for leak in leaks if leak.holder is not None and leak.holder.drained]
        for known in (self._caches, self.containers):
            _add(known, filter(None, found))

    def expects(self, left: Collection[str]) -> bool:
        """Whether a leak was told before all of whose types are among these."""
        return any(types <= frozenset(left) and not says_little(types) for types in self._leaked)

    def by_lines(self, window: Window, held: Held, grown: Grown) -> tuple[Leak, ...] | None:
        """The leaks known for the same types made by the same lines; None where there are none, or something else holds them.

        A thread may merely have been at work on them, and a line serves many callers.
        """
        leaks = self._by_lines.get(_lines(grown)) if grown.made else None
        held = dataclasses.replace(held, own=[*held.own, grown, grown.made, *grown.made.values()])
        return leaks if leaks and self._are_held_again(window, held, grown.growth, leaks) else None

    def keep(self, grown: Grown, key: Key, leaks: tuple[Leak, ...]) -> None:
        """Remembers what was explained."""
        lines = _lines(grown)
        if lines not in self._by_lines and len(self._by_lines) >= _KNOWN:
            return
        self._by_lines[lines] = leaks
        if leaks:
            self._leaked.add(frozenset(grown.growth))
            self._learn_places(grown.growth, leaks)
        for counts, enough in ((key, _SEEN), (types_of(key), _SEEN_TYPES)):
            before, functions = self._by_growth.get(counts, []), self._functions.get(counts, set())
            is_witness = len(before) < enough or (
                len(functions) < _SEEN and self.function not in functions and _gist(leaks) == _gist(before[0])
            )
            if is_witness and (before or len(self._by_growth) < _KNOWN):
                self._by_growth[counts] = [*before, leaks]
                self._functions[counts] = {*functions, self.function}

    def _learn_places(self, growth: Growth, leaks: Sequence[Leak]) -> None:
        containers = [leak.holder.container if leak.holder is not None else None for leak in leaks]
        _add(self.containers, filter(None, containers))
        if None in containers:
            self._unplaced[frozenset(growth)] += 1
        else:
            self._placed.update(name for name in growth if not says_little((name,)))

    def again(self, key: Key, window: Window, held: Held, growth: Growth, search: bool = True) -> tuple[Leak, ...] | None:
        """The leaks of a test, if they are known without another trace; empty if it is known to have none, else None.

        ``search``: also where that takes a search for whatever holds what rises.
        """
        self.put_away = False
        leaks = self._known_leaks(key, window, held, growth)
        if search and leaks is None and self.was_none(growth) and self.is_none_again(window, held, growth):
            leaks = ()
        return leaks

    def is_known(self, key: Key, window: Window, held: Held, growth: Growth) -> bool:
        """Whether what rises is a leak that other tests have too, and is held where theirs is."""
        held = dataclasses.replace(held, own=[*held.own, key, *key])
        return bool(self._known_leaks(key, window, held, growth))

    def _known_leaks(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        leaks = self._recognised(key, window, held, growth)
        return leaks if leaks is not None else self._held_as_before(key, window, held, growth)

    def _recognised(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        """The leaks known by their counts and their holder; None where they are new, or of standard types alone.

        That the same types were no leak elsewhere says nothing: another place may keep them.
        """
        types = types_of(key)
        if says_little(types):
            return None
        for counts, enough in ((key, _SEEN), (types, _SEEN_TYPES if len(types) >= _MANY else math.inf)):
            explained, functions = self._by_growth.get(counts, []), self._functions.get(counts, ())
            if len(explained) < enough or (self.function not in functions and len(functions) < _SEEN):
                continue
            if all(leaks and _gist(leaks) == _gist(explained[0]) for leaks in explained):
                if any(map(self.may_be_own, explained[0])):
                    return None
                return explained[0] if self._are_held_again(window, held, growth, explained[0]) else None
        return None

    def _are_held_again(self, window: Window, held: Held, growth: Growth, leaks: Sequence[Leak]) -> bool:
        """Whether the holders of some leaks hold what is left now.

        A holder is looked at where a route leads to it from a module's global; else it is assumed once many searches have
        agreed on it. Leaks that are not the project's must be held by nothing else, which might be the project's.
        """
        others = [leak for leak in leaks if leak.origin is not Origin.OWN and leak.holder is not None]
        known = [_others_container(leak, leak.holder.container) for leak in others if leak.holder and leak.holder.container]
        if known:
            held = dataclasses.replace(held, own=[*held.own, others, known, *known])
            if not diagnosis.hangs_from(window, held, growth, known):
                return False
        if all(leak.holder is not None and leak.holder.route for leak in leaks):
            return diagnosis.held_again(window, held, growth, leaks)
        return len(known) == len(leaks) or all(map(self._is_agreed, leaks))

    def _is_agreed(self, leak: Leak) -> bool:
        """Whether many searches have found this holder for a type, and none has found another."""
        found = self._holders.get(leak.types[0], Counter())
        return found.keys() == {place_of_holder(leak)} and min(found.values()) >= _AGREED

    def may_be_own(self, leak: Leak) -> bool:
        """Whether a leak that was not the project's may be so this time, since a line of the project may have made it.

        No line of the project makes objects of a class that its code does not call; any code makes those of the standard
        library.
        """
        if leak.origin is Origin.OWN:
            return False
        package, _, name = leak.types[0].rpartition(".")
        return not package or package.partition(".")[0] in sys.stdlib_module_names or self._naming.calls(name)

    def _held_as_before(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        """The leaks known from tests that make them in other lines, if type or holder makes them the project's; else None.

        The holder is looked at, along its route. Which line makes them this time is not told.
        """
        explained = self._by_growth.get(key, [])
        if len(explained) < _SEEN or not all(leak.origin is Origin.OWN and not leak.by_line for leak in explained[0]):
            return None
        # compared in a function of its own, since its lists would be in sight
        if not are_alike_but_for_lines(explained) or not diagnosis.held_again(window, held, growth, explained[0]):
            return None
        return tuple(dataclasses.replace(leak, made_at=()) for leak in explained[0])

    def was_none(self, growth: Growth) -> bool:
        """Whether just these types have risen before, and were no leak each time."""
        explained = self._by_growth.get(frozenset(growth), [])
        return bool(explained) and not any(explained)

    def is_none_again(self, window: Window, held: Held, growth: Growth) -> bool:
        """Whether there is no leak, which needs no trace: that tells whose a leak is, not whether there is one.

        What was left is out of sight then.
        """
        held = dataclasses.replace(held, older=functools.partial(self.cursors.of_now, growth))
        grown = Grown(growth, runs=max(map(len, growth.values())))
        told = diagnosis.diagnose(self._lens, window, held, grown, self.containers)
        if not told.leaks:  # else they are learned when they are explained
            self.learn(growth, told)
        window.open()
        self.put_away = True
        return not told.leaks


def _others_container(leak: Leak, container: Container) -> Container:
    """The container of a leak that is not the project's, or whichever there is at its place: of several handlers each holds a
    record. A fixture's is that one alone, as the attribute beside it may be the project's.
    """
    return container if leak.origin is Origin.HARNESS else Container(container.route)


def _add(known: dict[Container, None], found: Iterable[Container]) -> None:
    for each in found:
        if each in known or len(known) < _CONTAINERS:
            known[each] = None


def _lines(grown: Grown) -> object:
    return frozenset(grown.growth), frozenset(places[0] for places in grown.made.values())


def are_alike_but_for_lines(explained: Sequence[Sequence[Leak]]) -> bool:
    """Whether all explanations are the same, apart from the lines."""
    without_lines = [[part[:-1] for part in _gist(leaks)] for leaks in explained]
    return all(parts == without_lines[0] for parts in without_lines)


def place_of_holder(leak: Leak) -> str | None:
    """The holder of a leak in words, without keys and numbers."""
    return blot(leak.holder.expression) if leak.holder is not None else None


def _gist(leaks: Sequence[Leak]) -> list[tuple[object, ...]]:
    """What is the same for all tests that have some leaks; how a test reaches the line that makes one is not."""
    return [(leak.types[0], leak.origin, place_of_holder(leak), leak.made_at[:1]) for leak in leaks]
