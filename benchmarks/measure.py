"""Runs commands in processes of their own and measures what each costs, as the kernel counts it.

Rules of this file: what is compared runs by turns, so that a busy machine is slow for all; a ratio is of neighbours.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

_NOT_FOR_THEM = ("PYTEST_ADDOPTS", "GITHUB_ACTIONS", "CI", "PYTHONDONTWRITEBYTECODE")
"""Left out of the environment: a run writes its bytecode, as on any machine where tests are run more than once."""


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A command line, the folder it is run in, the exit statuses that are no error, and where modules are found."""

    line: Sequence[str]
    folder: Path
    ends: Sequence[int] = (0,)
    path: Path | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: seconds of user CPU (its children's too), seconds by the clock, and the most memory in MiB."""

    user: float
    wall: float
    peak: float


def by_turns(commands: Mapping[str, Command], rounds: int) -> dict[str, list[Cost]]:
    """Runs each command once for nothing, then all of them so many times, the first to begin another one each time."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for command in commands.values():
        run(command)
    names = list(commands)
    for number in range(rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            costs[name].append(run(commands[name]))
    return costs


def ratio(after: Sequence[Cost], before: Sequence[Cost], what: str) -> float:
    """The median of the ratios of neighbours.

    >>> ratio([Cost(1.1, 0, 0), Cost(1.3, 0, 0), Cost(2.4, 0, 0)], [Cost(1, 0, 0), Cost(1, 0, 0), Cost(2, 0, 0)], "user")
    1.2
    """
    return median(float(getattr(one, what) / getattr(other, what)) for one, other in zip(after, before, strict=True))


def middle(costs: Sequence[Cost], what: str) -> float:
    """The median of one of the three."""
    return median(float(getattr(cost, what)) for cost in costs)


def run(command: Command) -> Cost:
    """Runs a command; an exit status that was not expected is an error with what the command printed."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_THEM}
    output = command.folder.parent / f"{command.folder.name}.txt"
    with output.open("wb") as file:
        clock = time.perf_counter()
        process = subprocess.Popen(
            list(command.line),
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=command.folder,
            env={**environment, "PYTHONHASHSEED": "0", **({"PYTHONPATH": str(command.path)} if command.path else {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - clock
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in command.ends:
        said = output.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{' '.join(command.line)} ended with {process.returncode}:\n{said[-4000:]}")
    return Cost(usage.ru_utime, wall, usage.ru_maxrss / 1024)
