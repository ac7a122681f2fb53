"""What is remembered of leaks that were explained: the same leak in many tests is explained once.

Explaining needs the whole heap, and the test once more with a trace. A leak is the same when the same types rise and the same
lines make them, or when they rise in the same proportion, were explained alike, and what held them holds them again. A test
function with many parameters is one witness: that it always makes the same leak says nothing of another function's.

Rules of this file: what is remembered was proved; of standard types alone nothing is known but by their lines.
"""

from __future__ import annotations

import dataclasses
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

_KNOWN = 1_000
"""Of so many explanations each is remembered, of more none."""
_CONTAINERS = 50
"""So many containers are known, of further ones none: each is looked at for each test that is repeated."""
_SEEN = 2
"""A leak whose types rose in the same proportion in so many tests, explained alike, is recognised without a trace."""
_AGREED = 8
"""Where nobody can look again who holds a type, it is searched for until so many searches have told the same, and no other."""
_MANY = 8
_SEEN_TYPES = 3
"""One of so many types is recognised by these alone, when it was explained alike in so many tests: how many axes and labels a
figure has says nothing of who keeps it."""


Key = frozenset[tuple[str, tuple[int, ...]]]


def key_of(growth: Growth) -> Key:
    """The proportion in which types rise: a test that calls twice what leaks has the same leak."""
    unit = math.gcd(*(step for steps in growth.values() for step in steps)) or 1
    return frozenset((name, tuple(step // unit for step in steps)) for name, steps in growth.items())


class Known:
    """The leaks that were explained in a run, by what rises and by who makes it."""

    def __init__(self, lens: Lens) -> None:
        self._lens = lens
        self._by_lines: dict[object, tuple[Leak, ...]] = {}
        self._by_growth: dict[object, list[tuple[Leak, ...]]] = {}
        self._functions: dict[object, set[str]] = {}
        """Of which test functions the explanations are that are remembered by what rises."""
        self.function = ""
        """The one, without parameters, whose leaks are asked about or kept."""
        self._leaked: set[frozenset[str]] = set()
        self._placed: set[str] = set()
        """Types, not of the standard library, that hung from where it can be looked at again."""
        self._unplaced: Counter[frozenset[str]] = Counter()
        """How often some did not, as what a thread holds."""
        self._holders: dict[str, Counter[str | None]] = {}
        """By leaked type, who was found to hold it, and how often."""
        self._caches: dict[Container, None] = {}
        """What has a limit, and held what rises."""
        self.containers: dict[Container, None] = {}
        """The same, and what has kept it for good."""
        self.cursors = Cursors()
        self._naming = Naming(lens.origins)

    def held(self) -> list[object]:
        """What it adds to while a test is looked at."""
        known = [self._by_lines, self._by_growth, self._functions, self._leaked, self._placed, self._unplaced]
        return [*known, self._holders, self.containers, self._caches, *self.cursors.held(), *self._naming.held()]

    def says_enough(self, growth: Growth) -> bool:
        """Whether all that grows has leaked before, not standard types alone: a list more may be a cache that is filling.

        Only where its holder cannot be looked at again: what leaks in one place may be kept for a while in another.
        """
        if _says_little(growth) or not growth.keys().isdisjoint(self._placed):
            return False
        return any(growth.keys() <= leaked and times >= _SEEN for leaked, times in self._unplaced.items())

    def is_cached(self, window: Window, held: Held, growth: Growth) -> bool:
        """Whether nothing holds what rises but what is known to have a limit."""
        return bool(self._caches) and diagnosis.hangs_from(window, held, growth, self._caches)

    def is_kept(self, window: Window, held: Held, growth: Growth) -> bool:
        """Whether nothing holds what rises but what was found to hold such before: what has a limit is told from the rest."""
        return bool(self.containers) and diagnosis.hangs_from(window, held, growth, self.containers)

    def learn(self, growth: Growth, told: Diagnosis) -> None:
        """Remembers what a search has met; asked while the heap is as it was searched, frozen or not."""
        for leak in told.leaks:
            if leak.types[0] in self._holders or len(self._holders) < _KNOWN:
                self._holders.setdefault(leak.types[0], Counter())[place_of_holder(leak)] += 1
        self.cursors.learn(growth)
        for known in (self._caches, self.containers):
            _add(known, sorted(told.caches))

    def expects(self, left: Collection[str]) -> bool:
        """Whether a leak of these types, among others, was told before."""
        return any(types <= frozenset(left) and not _says_little(types) for types in self._leaked)

    def by_lines(self, window: Window, held: Held, grown: Grown) -> tuple[Leak, ...] | None:
        """What is known of types that were made by the same lines before; None where nothing is, or that it was no leak then,
        or where something else holds them: a thread may merely have been at work on them, and a line serves many callers.
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
        for counts, enough in ((key, _SEEN), (_types(key), _SEEN_TYPES)):
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
            self._placed.update(name for name in growth if not _says_little((name,)))

    def again(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        """What is known of a leak without another trace of its test; None where that is not enough."""
        leaks = self._known_leaks(key, window, held, growth)
        if leaks is None and self._is_none_again(key, window, held, growth):
            leaks = ()
        return leaks

    def is_known(self, key: Key, window: Window, held: Held, growth: Growth) -> bool:
        """Whether what rises is a leak that other tests have, and is held where theirs is."""
        held = dataclasses.replace(held, own=[*held.own, key, *key])
        return bool(self._known_leaks(key, window, held, growth))

    def _known_leaks(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        leaks = self._recognised(key, window, held, growth)
        return leaks if leaks is not None else self._held_as_before(key, window, held, growth)

    def _recognised(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        """What is known of a leak by its counts and its holder; None where it is new, or where standard types say too little.

        That it was none where the same types had risen says nothing: another place may keep them. The holder is looked at
        where there is a way to it from a module's global.
        """
        types = _types(key)
        if _says_little(types):
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
        """Whether what held some leaks holds what is left now: looked at where a way leads there from a module's global, else
        taken for granted once many searches have told so. And whether nothing else does, where they are others': that might be
        the project's.
        """
        others = [leak.holder for leak in leaks if leak.origin is not Origin.OWN and leak.holder is not None]
        known = [holder.container for holder in others if holder.container is not None]
        if known:
            held = dataclasses.replace(held, own=[*held.own, others, known])
            if not diagnosis.hangs_from(window, held, growth, known):
                return False
        if all(leak.holder is not None and leak.holder.route for leak in leaks):
            return diagnosis.held_again(window, held, growth, leaks)
        return len(known) == len(leaks) or all(map(self._is_agreed, leaks))

    def _is_agreed(self, leak: Leak) -> bool:
        """Whether searches have found a type to be held as this one is, many times, and never otherwise."""
        found = self._holders.get(leak.types[0], Counter())
        return found.keys() == {place_of_holder(leak)} and min(found.values()) >= _AGREED

    def may_be_own(self, leak: Leak) -> bool:
        """Whether a leak that was others' may be the project's where the same is left again: the line that makes it this time
        may be. Of a class that no code of the project's calls, none of its lines makes an object; what is the standard
        library's, all code makes.
        """
        if leak.origin is Origin.OWN:
            return False
        package, _, name = leak.types[0].rpartition(".")
        return not package or package.partition(".")[0] in sys.stdlib_module_names or self._naming.calls(name)

    def _held_as_before(self, key: Key, window: Window, held: Held, growth: Growth) -> tuple[Leak, ...] | None:
        """What is known of a leak that other tests make in other lines, where its holder or its type makes it the project's.

        That the same holds it is looked at, forwards from there; which line makes it this time is not told.
        """
        explained = self._by_growth.get(key, [])
        if len(explained) < _SEEN or not all(leak.origin is Origin.OWN and not leak.by_line for leak in explained[0]):
            return None
        # asked in a function of its own: its lists would be in sight
        if not are_alike_but_for_lines(explained) or not diagnosis.held_again(window, held, growth, explained[0]):
            return None
        return tuple(dataclasses.replace(leak, made_at=()) for leak in explained[0])

    def _is_none_again(self, key: Key, window: Window, held: Held, growth: Growth) -> bool:
        """Whether there is no leak where the same types have risen before and were none: asked without a trace.

        A trace tells whose a leak is, not whether there is one.
        """
        explained = self._by_growth.get(_types(key), [])
        if not explained or any(explained):
            return False
        told = diagnosis.diagnose(self._lens, window, held, Grown(growth), self.containers)
        self.learn(growth, told)
        window.open()
        return not told.leaks


def _add(known: dict[Container, None], found: Iterable[Container]) -> None:
    for each in found:
        if each in known or len(known) < _CONTAINERS:
            known[each] = None


def _lines(grown: Grown) -> object:
    return frozenset(grown.growth), frozenset(places[0] for places in grown.made.values())


def _says_little(types: Collection[str]) -> bool:
    """Whether these are types of the standard library only."""
    return all(name.partition(".")[0] in sys.stdlib_module_names for name in types)


def _types(key: Key) -> frozenset[str]:
    return frozenset(name for name, _ in key)


def are_alike_but_for_lines(explained: Sequence[Sequence[Leak]]) -> bool:
    """Whether what was explained is the same each time, whichever lines made it."""
    without_lines = [[part[:-1] for part in _gist(leaks)] for leaks in explained]
    return all(parts == without_lines[0] for parts in without_lines)


def place_of_holder(leak: Leak) -> str | None:
    """Who holds a leak, without numbers."""
    return blot(leak.holder.expression) if leak.holder is not None else None


def _gist(leaks: Sequence[Leak]) -> list[tuple[object, ...]]:
    """What of some leaks is the same for all tests that have them: not how their lines are reached from the tests."""
    return [(leak.types[0], leak.origin, place_of_holder(leak), leak.made_at[:1]) for leak in leaks]
