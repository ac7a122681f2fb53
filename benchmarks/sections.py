"""What is measured, section by section: who is compared with whom on what, and at most what the ratio should be.

Rules of this file: a row is one contender beside plain pytest on the same tests in the same rounds.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import environments, measure, suites
from benchmarks.measure import Command, Cost
from benchmarks.real import running
from benchmarks.real.suites import ALL
from pytest_gcguard.core.policy import Policy

PLAIN = ("-p", "no:gcguard")
GUARDED = ("--gcguard",)
_ALWAYS = ("-q", "-p", "no:cacheprovider")
_HERE = Path(__file__).resolve().parent
_SLOW_TESTS = 20
"""As many tests of those whose cost grows with the heap; what a test costs them is a difference all the same."""
REAL = ("jinja2", "click", "networkx")


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """What was asked for: a folder for suites and environments, rounds of turns, sizes of the heap, numbers of tests."""

    work: Path
    rounds: int
    heaps: Sequence[int]
    tests: int
    real: Sequence[str] = REAL


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A contender beside the one it is compared with. ``most``: what the user CPU's ratio should not exceed, if that is said.

    ``a_test`` is what one test costs the contender, in seconds: its suite less a suite of one test.
    """

    section: str
    title: str
    contender: str
    costs: Sequence[Cost]
    beside: Sequence[Cost]
    most: float | None = None
    heap: int | None = None
    a_test: float | None = None

    apart: bool = False
    """Whether it ran other numbers of tests than what it is beside, so that only what a test costs can be compared."""

    @property
    def ratio(self) -> float:
        return measure.ratio(self.costs, self.beside, "user")

    @property
    def more(self) -> float:
        """How many more seconds by the clock it takes: of a few milliseconds the kernel does not count well whose they are."""
        return statistics.median(after.wall - before.wall for after, before in zip(self.costs, self.beside, strict=True))

    @property
    def once_or_a_test(self) -> str:
        """What the contender costs more at the start, or for each test."""
        if self.section == "startup":
            return f"{self.more * 1000:+.1f} ms once"
        return "" if self.a_test is None else f"{self.a_test * 1e6:,.0f} µs"


class Python:
    """The environments: this project's alone, and one with the tools that it is compared with."""

    def __init__(self, work: Path) -> None:
        self.own = environments.make(work / "own", ["pytest-xdist"])
        self.others = environments.make(work / "others", ["pytest-nogarbage"], ["zope.testrunner"])

    def pytest(self, folder: Path, *options: str, ends: Sequence[int] = (0,)) -> Command:
        return Command([str(self.own), "-m", "pytest", *_ALWAYS, "-p", "no:xdist", *options], folder, ends)

    def naive(self, folder: Path) -> Command:
        line = [str(self.own), "-m", "pytest", "-p", "naive", *_ALWAYS, *PLAIN, "-p", "no:xdist"]
        return Command(line, folder, path=_HERE)

    def nogarbage(self, folder: Path) -> Command:
        return Command([str(self.others), "-m", "pytest", *_ALWAYS, *PLAIN, "-o", "usefixtures=nogarbage"], folder)

    def zope(self, folder: Path) -> Command:
        line = [str(self.others), "-m", "zope.testrunner", "--path", ".", "--tests-pattern", "^test_many$", "--gc-after-test"]
        return Command(line, folder)


def empty(setting: Setting, python: Python) -> Iterator[Row]:
    """Empty tests over heaps of several sizes, plain, guarded, and with each other tool."""
    for objects in setting.heaps:
        place = setting.work / "suites" / f"empty-{objects}"
        many = _suite(place / "many", setting.tests, objects)
        few = _suite(place / "few", _SLOW_TESTS + 1, objects)
        one = _suite(place / "one", 1, objects)
        costs = measure.by_turns(
            {
                "plain": python.pytest(many, *PLAIN),
                "guarded": python.pytest(many, *GUARDED),
                "nogarbage": python.nogarbage(many),
                "naive": python.naive(few),
                "zope": python.zope(_cases(place / "cases-few", _SLOW_TESTS + 1, objects)),
                "one plain": python.pytest(one, *PLAIN),
                "one guarded": python.pytest(one, *GUARDED),
                "one nogarbage": python.nogarbage(one),
                "one naive": python.naive(one),
                "one zope": python.zope(_cases(place / "cases-one", 1, objects)),
            },
            setting.rounds,
        )
        for name, title, tests, most in (
            ("plain", "plain pytest", setting.tests, None),
            ("guarded", "guarded", setting.tests, 1.03 if objects == 0 else 1.0),
            ("nogarbage", "pytest-nogarbage", setting.tests, None),
            ("naive", "full collect and full count", _SLOW_TESTS + 1, None),
            ("zope", "zope.testrunner --gc-after-test", _SLOW_TESTS + 1, None),
        ):
            more = [after.user - before.user for after, before in zip(costs[name], costs[f"one {name}"], strict=True)]
            yield Row(
                "empty",
                f"{tests:,} empty tests, {objects:,} objects",
                title,
                costs[name],
                costs["plain"] if tests == setting.tests else costs["one plain"],
                most,
                objects,
                sorted(more)[len(more) // 2] / (tests - 1),
                apart=tests != setting.tests,
            )


def objects(setting: Setting, python: Python) -> Iterator[Row]:
    """Tests that make a thousand objects each, half of them in cycles."""
    folder = _suite(setting.work / "suites" / "objects", setting.tests, 0, "objects")
    costs = measure.by_turns(
        {"plain": python.pytest(folder, *PLAIN), "guarded": python.pytest(folder, *GUARDED)}, setting.rounds
    )
    yield Row("objects", f"{setting.tests:,} tests of 1,000 objects, half cyclic", "guarded", costs["guarded"], costs["plain"])


def leaking(setting: Setting, python: Python) -> Iterator[Row]:
    """Tests of which every hundredth leaks, and tests that all do, of one type or each of its own: repeats included."""
    tests = max(100, setting.tests // 3)
    folder = _suite(setting.work / "suites" / "leaking", tests, 0, "leaking")
    costs = measure.by_turns(
        {"plain": python.pytest(folder, *PLAIN), "guarded": python.pytest(folder, *GUARDED, ends=(1,))}, setting.rounds
    )
    yield Row("leaking", f"{tests:,} tests, 1 % leak", "guarded", costs["guarded"], costs["plain"])
    # each of them, in a line of its own, after some milliseconds of work
    tests = max(50, setting.tests // 10)
    folder = _suite(setting.work / "suites" / "all-leaking", tests, 0, "all-leaking")
    costs = measure.by_turns(
        {"plain": python.pytest(folder, *PLAIN), "guarded": python.pytest(folder, *GUARDED, ends=(1,))}, setting.rounds
    )
    most = 2.0 + Policy().confirm
    yield Row("leaking", f"{tests:,} tests, all leak", "guarded", costs["guarded"], costs["plain"], most)
    folder = _suite(setting.work / "suites" / "own-types", tests, 0, "own-types")
    costs = measure.by_turns(
        {"plain": python.pytest(folder, *PLAIN), "guarded": python.pytest(folder, *GUARDED, ends=(1,))}, setting.rounds
    )
    yield Row("leaking", f"{tests:,} tests, each leaks a type of its own", "guarded", costs["guarded"], costs["plain"])


def real(setting: Setting, python: Python) -> Iterator[Row]:
    """Suites that nobody here wrote, in one process and in two; of one that takes minutes a part."""
    for suite in (each.in_part() for each in ALL if each.name in setting.real):
        own, folder = running.prepare(suite, setting.work)
        environments.pip(own, "install", "pytest-xdist")
        options = [option for option in suite.options if option not in ("-n", "2")]
        line = [str(own), "-m", "pytest", *_ALWAYS, "-p", "no:randomly", *options]

        def command(*more: str, line: list[str] = line, folder: Path = folder) -> Command:
            return Command([*line, *more], folder, ends=(0, 1))

        commands = {
            "plain": command(*PLAIN),
            "guarded": command(*GUARDED, "--gcguard-fail-on=none"),
            "plain -n 2": command(*PLAIN, "-n", "2"),
            "guarded -n 2": command(*GUARDED, "--gcguard-fail-on=none", "-n", "2"),
        }
        if suite.name == "jinja2":
            commands["pauses"] = command("--gcguard-pauses")
        costs = measure.by_turns(commands, setting.rounds)
        yield Row("real", suite.title, "guarded", costs["guarded"], costs["plain"], 1.0)
        yield Row("real", suite.title, "guarded -n 2", costs["guarded -n 2"], costs["plain -n 2"])
        if "pauses" in costs:
            yield Row("real", suite.title, "--gcguard-pauses", costs["pauses"], costs["plain"], 1.03)


def startup(setting: Setting, python: Python) -> Iterator[Row]:
    """One test, with the plugin installed and not used, beside pytest where it is not installed."""
    folder = _suite(setting.work / "suites" / "startup", 1, 0)
    names = ("installed", "not installed")
    pythons = environments.with_and_without(setting.work / "startup")
    commands = {
        name: Command([str(each), "-m", "pytest", *_ALWAYS], folder) for name, each in zip(names, pythons, strict=True)
    }
    costs = measure.by_turns(commands, setting.rounds * 4)
    yield Row("startup", "start-up", "installed, not used", costs[names[0]], costs[names[1]])


SECTIONS: Mapping[str, Callable[[Setting, Python], Iterator[Row]]] = {
    section.__name__: section for section in (startup, empty, objects, leaking, real)
}


def _suite(folder: Path, tests: int, heap: int, kind: str = "empty") -> Path:
    return folder if folder.exists() else suites.write(folder, tests, heap, kind)


def _cases(folder: Path, tests: int, heap: int) -> Path:
    return folder if folder.exists() else suites.write_unittest(folder, tests, heap)
