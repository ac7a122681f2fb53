"""What a test leaves more in each run, by type: the steps in which that rises, and what they tell.

Rules of this file: functions of names and numbers alone.
"""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet

from pytest_gcguard.core.diagnosis import Growth
from pytest_gcguard.core.leaks import survivors
from pytest_gcguard.core.model import Leak

Key = frozenset[tuple[str, tuple[int, ...]]]


def key_of(growth: Growth) -> Key:
    """The proportion in which types rise: a test that calls the leaking code twice has the same leak."""
    unit = math.gcd(*(step for steps in growth.values() for step in steps)) or 1
    return frozenset((name, tuple(step // unit for step in steps)) for name, steps in growth.items())


def types_of(key: Key) -> frozenset[str]:
    """The types that rise, in whatever proportion."""
    return frozenset(name for name, _ in key)


def says_little(types: Collection[str]) -> bool:
    """Whether all of these types are the standard library's."""
    return all(name.partition(".")[0] in sys.stdlib_module_names for name in types)


def rises_again(growth: Growth, rising: AbstractSet[str]) -> bool:
    """Whether of just these types a repeat has left as many again as the first run, or more: what the harness keeps of the
    latest run is not counted.

    >>> rises_again({"Node": (16, 32)}, {"Node"}), rises_again({"Node": (2, 1)}, {"Node"})
    (True, False)
    """
    return growth.keys() == rising and all(again >= first for first, again in growth.values())


def replaces(whole: Growth) -> bool:
    """Whether runs may replace something beside what leaks: then the first runs left more than the last one."""
    return replaced_after(whole) > 0


def replaced_after(whole: Growth) -> int:
    """After how many further runs something that a run leaves for a while is gone, as from a list of the latest few.

    That is the number of runs that left more than the last one: until such a list was full.
    """
    return max(at for steps in whole.values() for at in (0, *(at for at, step in enumerate(steps, 1) if step > steps[-1])))


def without_first(growth: Growth, confirm: int) -> Growth:
    """The rise without the first step, which may include something that is made only once."""
    return {name: steps[1 : max(confirm, 2)] for name, steps in growth.items()}


def as_told(growth: Growth, first: Mapping[str, int] | None, confirm: int) -> Growth:
    """The rise in the first run and in the first ``confirm`` repeats; further repeats only made it sure.

    ``first`` is what the first run left, or None if the first step of the growth is that already.
    """
    told: dict[str, tuple[int, ...]] = {}
    for name, steps in growth.items():
        rises: Sequence[int] = steps if first is None else (first.get(name, 0), *steps)
        told[name] = tuple(rises[: confirm + 1])
    return told


def grown_by(growth: Growth, leaks: Sequence[Leak]) -> tuple[Leak, ...]:
    """The leaks, which may be known from other tests, with how much they have grown in this one."""
    told: list[Leak] = []
    for leak in leaks:
        steps = survivors.share_of(growth[leak.counted], leak.share)
        told.append(dataclasses.replace(leak, growth=steps, objects=steps[-1]))
    return tuple(told)
