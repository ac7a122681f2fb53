"""Which of some leaked objects that hang together is shown: the one that says most to a reader.

Rules of this file: no code of an object runs; what is noted are numbers.
"""

from __future__ import annotations

import io
import types
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from pytest_gcguard.core.cycles import graph
from pytest_gcguard.core.heap.unreachable import Snapshot
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.leaks.ranking import RANK
from pytest_gcguard.core.model import Step
from pytest_gcguard.core.objects import paths
from pytest_gcguard.core.origins.origin import Origins

_FILE: Any = io.IOBase.__base__
"""The base of every file: the class in C, since asking the abstract class would fill its caches."""


def first_of(part: Sequence[object], group: Sequence[int]) -> int:
    """Of several objects that refer to each other, the one from which the others are looked at: an exception, if there is one.

    Its traceback and its frames belong to it, although one of these may have it in a variable.

    >>> first_of([{}, KeyError()], [0, 1])
    1
    """
    return next((node for node in group if issubclass(type(part[node]), BaseException)), group[0])


def is_noted(path: Sequence[Step]) -> bool:
    """Whether a chain of references goes through what a mock has recorded of one of its calls.

    >>> is_noted([Step("app.Fake", "._mock_call_args"), Step("unittest.mock._Call", "")])
    True
    """
    return any(
        call.type in _CALLS and (holder.type.endswith("mock._CallList") or holder.edge.startswith("._mock_call_args"))
        for holder, call in pairwise(path)
    )


_CALLS = ("unittest.mock._Call", "mock.mock._Call")
"""What a mock records of each call, and the same of the mock that can be installed."""


class Telling:
    """Chooses among the objects of a graph; ``find_origin`` tells where one was made, as far as that was traced."""

    def __init__(
        self,
        part: list[object],
        successors: Sequence[Sequence[int]],
        origins: Origins,
        find_origin: Callable[[object], Sequence[object]],
    ) -> None:
        self._part = part
        self._successors = successors
        self._origins = origins
        self._find_origin = find_origin
        self._ranks: dict[int, tuple[int, bool]] = {}

    def below(self, top: int) -> int:
        """The most telling object at or below a node: of the best origin, then the nearest; one that was traced, of its type.

        A plain container is chosen only if there is nothing else. An exception says more than what its frames hold, and that
        more than its traceback; an instance says more than a function.
        """
        order = self._nearest_first(top)
        best = min(order, key=self._rank)  # the first of those that are alike
        if issubclass(type(self._part[best]), BaseException):
            best = self._keeper_of(best, order)
        tp = type(self._part[best])
        alike = (node for node in order if type(self._part[node]) is tp and self._find_origin(self._part[node]))
        return next(alike, best)

    def _keeper_of(self, error: int, order: Sequence[int]) -> int:
        """Which of some nodes is told instead of an exception: the project's object by way of which alone it is kept.

        The frames of an exception lead on to whatever their variables have, so to a log handler that has noted it: each hangs
        from the other, but what others hold is the handler.
        """
        outside = set(map(id, Snapshot(self._part).held_from_outside()))
        if id(self._part[error]) in outside:
            return error
        together = next(group for group in graph.components(self._successors) if error in group)
        owners = (node for node in order if node in together and id(self._part[node]) in outside)
        return next((node for node in owners if self._origins.of_object(self._part[node]) is Origin.OWN), error)

    def _nearest_first(self, top: int) -> list[int]:
        order = [top]
        seen = {top}
        for node in order:
            new = [target for target in dict.fromkeys(self._successors[node]) if target not in seen]
            seen.update(new)
            order += new
        return order

    def _rank(self, node: int) -> tuple[int, bool]:
        rank = self._ranks.get(node)
        if rank is None:
            rank = self._ranks[node] = _rank(self._part[node], self._origins)
        return rank


def _rank(obj: object, origins: Origins) -> tuple[int, bool]:
    """Lower says more of a leak."""
    tp = type(obj)
    if issubclass(tp, BaseException):
        return RANK[Origin.OWN], False
    if tp is types.TracebackType or tp is types.FrameType:
        return RANK[None], True
    if paths.is_container(obj):
        return len(RANK), True  # a mock's own dictionary says less than the mock
    origin = origins.of_object(obj)
    if origin is None and issubclass(tp, _FILE):
        origin = Origin.STDLIB  # a file says no less than the decoder in it, although a type written in C is nobody's
    return RANK[origin], tp is types.FunctionType
