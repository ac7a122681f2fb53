"""Memory that the collector does not see: bytes, texts, numbers, arrays. It grows all the same when it is kept."""

from __future__ import annotations

import array
import itertools
import sys
from collections import Counter

NUMBERS = itertools.count()
CHUNKS: list[bytes] = []
VISITORS: dict[str, int] = {}
HITS: Counter[str] = Counter()
LOG = bytearray()
SAMPLES = array.array("d")
RATES: list[float] = []
TABLE: list[object] = []


def receive() -> bytes:
    CHUNKS.append(bytes(1000))
    return CHUNKS[-1]


def receive_tidily() -> bytes:
    return bytes(1000)


def visit() -> str:
    name = f"visitor {next(NUMBERS)}"
    VISITORS[name] = 1
    return name


def visit_tidily() -> str:
    name = visit()
    del VISITORS[name]
    return name


def hit() -> None:
    for number in range(100):
        HITS[f"/page/{next(NUMBERS)}?{number}"] += 1


def hit_tidily() -> None:
    for number in range(100):
        HITS[f"/page/{number}"] += 1


def log() -> None:
    LOG.extend(b"a line of the log\n" * 100)


def log_tidily() -> None:
    log()
    LOG.clear()


def sample() -> None:
    SAMPLES.extend(map(float, range(100)))


def sample_tidily() -> None:
    sample()
    del SAMPLES[:]


def rate() -> None:
    RATES.extend(number / 7 for number in range(100))


def rate_tidily() -> None:
    rate()
    del RATES[-100:]


def intern() -> str:
    """An interned text goes with the last reference to it."""
    return sys.intern(f"name {next(NUMBERS)}")
