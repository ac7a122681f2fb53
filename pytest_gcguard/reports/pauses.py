"""What automatic gc costs a suite, as lines of text for the terminal.

Rules of this file: seconds and their share of the run first, since that is what a user can gain; plain words.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_gcguard.core.heap.pauses import Pause, Pauses
from pytest_gcguard.reports.closing import counted


def render(pauses: Pauses, seconds: float) -> list[str]:
    """The lines for a run that took so many ``seconds``; the last one sums it up.

    >>> from pytest_gcguard.core.heap.pauses import TestPauses
    >>> pause = Pause(collections=3, seconds=0.02, longest=0.015, collected=40)
    >>> pauses = Pauses(((700, 10, 10),), (pause,), (pause,), (TestPauses("test_a.py::test_big", (pause,)),))
    >>> for line in render(pauses, seconds=2.0):
    ...     print(line.partition(" ·")[0])
    thresholds    700, 10, 10
    generation 0  3 collections   20.0 ms   longest 15.0 ms   40 objects freed   in tests: 3, 20.0 ms
    the tests with the longest pauses
        15.0 ms   20.0 ms in 3 collections   test_a.py::test_big
    gcguard: automatic gc took 0.020 s of 2.00 s (1.0 %) in 3 collections, the longest 15.0 ms
    """
    return [*_generations(pauses), *_tests(pauses), _last_line(pauses, seconds)]


def _generations(pauses: Pauses) -> Iterator[str]:
    for number, thresholds in enumerate(pauses.thresholds):
        said = ", ".join(map(str, thresholds)) if any(thresholds) else "automatic gc is off"
        yield f"{'thresholds' if not number else 'and':<14}{said}"
    for generation, pause in enumerate(pauses.generations):
        inside = pauses.in_tests[generation] if generation < len(pauses.in_tests) else Pause(0, 0.0, 0.0, 0)
        said = counted(pause.collections, "collection")
        yield (
            f"generation {generation}  {said}   {_ms(pause.seconds)}   longest {_ms(pause.longest)}"
            f"   {pause.collected} objects freed   in tests: {inside.collections}, {_ms(inside.seconds)}"
        )


def _tests(pauses: Pauses) -> Iterator[str]:
    if pauses.tests:
        yield "the tests with the longest pauses"
    for test in pauses.tests:
        yield f"    {_ms(test.longest)}   {_ms(test.seconds)} in {counted(test.collections, 'collection')}   {test.nodeid}"


def _last_line(pauses: Pauses, seconds: float) -> str:
    all_seconds = sum(pause.seconds for pause in pauses.generations)
    inside = sum(pause.seconds for pause in pauses.in_tests)
    longest = max((pause.longest for pause in pauses.generations), default=0.0)
    share = f" ({100 * all_seconds / seconds:.1f} %)" if seconds else ""
    number = sum(pause.collections for pause in pauses.generations)
    return (
        f"gcguard: automatic gc took {all_seconds:.3f} s of {seconds:.2f} s{share} in {counted(number, 'collection')},"
        f" the longest {_ms(longest)} · {inside:.3f} s in tests · nothing was guarded"
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"
