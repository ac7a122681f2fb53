"""What automatic garbage collection costs a program: every collection timed, by generation.

Rules of this file: changes nothing in `gc` but the list of its callbacks; a collection costs two calls and a few additions, so
timing does not show beside what is timed; numbers only, no object is looked at.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pytest_gcguard.core.unpatched import gc, time

_Times = list[list[float]]
"""For each generation the numbers of a `Pause`, in its order."""
_NOTHING = (0, 0.0, 0.0, 0)


@dataclasses.dataclass(frozen=True, slots=True)
class Pause:
    """The collections of one generation: how many, their seconds together, the longest of them, the objects they freed."""

    collections: int
    seconds: float
    longest: float
    collected: int


@dataclasses.dataclass(frozen=True, slots=True)
class TestPauses:
    """The collections that ran while one test did, by generation."""

    __test__: ClassVar[bool] = False  # the name is no invitation to pytest

    nodeid: str
    generations: tuple[Pause, ...]

    @property
    def seconds(self) -> float:
        """All its pauses together."""
        return sum(pause.seconds for pause in self.generations)

    @property
    def longest(self) -> float:
        """The longest of its pauses, in seconds."""
        return max((pause.longest for pause in self.generations), default=0.0)

    @property
    def collections(self) -> int:
        """How many collections ran."""
        return sum(pause.collections for pause in self.generations)


@dataclasses.dataclass(frozen=True, slots=True)
class Pauses:
    """What automatic collections cost a run: all of it and the part in tests by generation, and the tests that waited longest.

    ``thresholds`` has each setting of the collector that was in force at the start or the end of a process.
    """

    thresholds: tuple[tuple[int, ...], ...]
    generations: tuple[Pause, ...]
    in_tests: tuple[Pause, ...]
    tests: tuple[TestPauses, ...]


class Stopwatch:
    """Times every collection between `start` and `stop`; `take` gives what was timed since it was last asked.

    >>> watch = Stopwatch()
    >>> watch.start()
    >>> _ = gc.collect(0), gc.collect(0)
    >>> taken = watch.take()
    >>> watch.stop()
    >>> taken[0].collections >= 2, taken[0].seconds > 0
    (True, True)
    """

    def __init__(self) -> None:
        self._times: _Times = []
        self._began = 0.0
        self._callback = self._collection  # made once: a bound method is a new object each time it is asked for

    def start(self) -> None:
        """Begins to time; may be called again, in case somebody has taken the callback off the list."""
        if self._callback not in gc.callbacks:
            gc.callbacks.append(self._callback)

    def stop(self) -> None:
        """Ends the timing."""
        if self._callback in gc.callbacks:
            gc.callbacks.remove(self._callback)

    def take(self) -> tuple[Pause, ...]:
        """What was timed since the last call, by generation; empty if there was no collection."""
        times, self._times = self._times, []
        return _from_rows(times)

    def _collection(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
            return
        seconds = time.perf_counter() - self._began
        generation = info["generation"]
        while len(self._times) <= generation:
            self._times.append(list(_NOTHING))
        row = self._times[generation]
        row[0] += 1
        row[1] += seconds
        row[2] = max(row[2], seconds)
        row[3] += info["collected"]


def thresholds() -> tuple[int, ...]:
    """After how many allocations automatic gc collects a generation; zeros where it is switched off.

    >>> len(thresholds())
    3
    """
    return gc.get_threshold() if gc.isenabled() else (0, 0, 0)


def added(many: Iterable[Sequence[Pause]]) -> tuple[Pause, ...]:
    """The sums of pauses, generation by generation.

    >>> added([(Pause(1, 0.5, 0.5, 3),), (Pause(2, 0.25, 0.125, 0), Pause(1, 1.0, 1.0, 7))])[0]
    Pause(collections=3, seconds=0.75, longest=0.5, collected=3)
    """
    result: list[Pause] = []
    for pauses in many:
        for generation, pause in enumerate(pauses):
            if generation == len(result):
                result.append(pause)
                continue
            before = result[generation]
            result[generation] = Pause(
                before.collections + pause.collections,
                before.seconds + pause.seconds,
                max(before.longest, pause.longest),
                before.collected + pause.collected,
            )
    return tuple(result)


class PauseTally:
    """Adds up what the tests' reports carry, in whatever order and from however many processes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._tests: dict[str, tuple[Pause, ...]] = {}
        self._outside: list[tuple[Pause, ...]] = []
        self._thresholds: set[tuple[int, ...]] = set()

    def add_test(self, nodeid: str, rows: Sequence[Sequence[float]]) -> None:
        """Adds the pauses of a test, as `rows_of` has them."""
        self._tests[nodeid] = added([self._tests.get(nodeid, ()), _from_rows(rows)])

    def add_process(self, record: Mapping[str, Any]) -> None:
        """Adds what a process timed outside of its tests, and the thresholds that were in force there."""
        self._outside.append(_from_rows(record["outside"]))
        self._thresholds.update(tuple(each) for each in record["thresholds"])

    def pauses(self) -> Pauses:
        """The pauses of all tests and processes, with the tests that had the longest ones.

        >>> tally = PauseTally(most=1)
        >>> tally.add_test("test_a", [(1, 0.1, 0.1, 0)]); tally.add_test("test_b", [(2, 0.3, 0.2, 5)])
        >>> pauses = tally.pauses()
        >>> pauses.generations[0].collections, [test.nodeid for test in pauses.tests]
        (3, ['test_b'])
        """
        worst = sorted(
            (TestPauses(nodeid, pauses) for nodeid, pauses in self._tests.items()),
            key=lambda test: (-test.longest, -test.seconds, test.nodeid),
        )
        inside = added(self._tests.values())
        return Pauses(
            thresholds=tuple(sorted(self._thresholds)),
            generations=added([inside, *self._outside]),
            in_tests=inside,
            tests=tuple(test for test in worst[: self._most] if test.longest),
        )


def rows_of(pauses: Iterable[Pause]) -> list[tuple[float, ...]]:
    """Pauses as plain numbers, to be sent from process to process."""
    return [(pause.collections, pause.seconds, pause.longest, pause.collected) for pause in pauses]


def _from_rows(rows: Iterable[Sequence[float]]) -> tuple[Pause, ...]:
    return tuple(Pause(int(number), seconds, longest, int(collected)) for number, seconds, longest, collected in rows)
