"""Why an object is alive: the shortest chain of references from a root to it.

Roots are the globals of modules, the local variables of running frames (of every thread), the values of the current context,
signal handlers, and objects that no Python object holds: those are held from C code. The search goes backwards in levels, each
one walk over the heap for the whole frontier (`gc.get_referrers` of many objects at once); objgraph's `find_backref_chain`
walks the heap once for every object instead.

Rules of this file: needs a thawed heap (what is frozen is no referrer); a chain through the project's code is preferred to one
through the harness; the guard's own frames and lists are never part of a chain; bounded in depth, width and time.
"""

from __future__ import annotations

import contextvars
import dataclasses
import gc
import signal
import sys
import threading
import time
import types
from collections.abc import Iterator, Sequence

from pytest_gcguard.core import describe, paths
from pytest_gcguard.core.model import Holder, Origin, Step
from pytest_gcguard.core.origin import Origins, module_namespace

_DEPTH = 24
_WIDTH = 5_000
_SECONDS = 5.0
_PATIENCE = 3
"""How many levels more to look for a root of the project, once any other was found."""
_RANK = {Origin.OWN: 0, Origin.LIBRARY: 1, Origin.STDLIB: 2, None: 3, Origin.HARNESS: 4}


@dataclasses.dataclass(frozen=True, slots=True)
class _Hit:
    """A root and the chain of objects that leads from it to the target."""

    text: str
    origin: Origin | None
    chain: tuple[object, ...]

    def holder(self) -> Holder:
        steps = paths.along(_without_dicts(self.chain))
        return Holder(self.text + "".join(step.edge for step in steps), (Step(self.text, ""), *steps), self.origin)


class Search:
    """Finds holders. Make one while the heap is thawed, ask it for several objects, then drop it.

    ``hidden`` are lists of the caller that hold the objects: they are no answer.
    """

    def __init__(self, origins: Origins, hidden: Sequence[object] = ()) -> None:
        self._origins = origins
        self._hidden = {id(hidden), *map(id, hidden), id(self), id(self.__dict__)}
        self._modules = {
            id(module_namespace(module)): name
            for name, module in list(sys.modules.items())
            if isinstance(module, types.ModuleType) and type(name) is str
        }
        self._named = dict(_named_values(origins))

    def holder(self, target: object) -> Holder | None:
        """The shortest chain that holds an object, one from the project's code if there is one nearly as short.

        None where the search was cut short, at its depth or its time, before any root was met.
        """
        leads_to: dict[int, object] = {id(target): target}
        keep: list[object] = [target]
        frontier: list[object] = [target]
        self._hidden |= {id(leads_to), id(keep), id(frontier)}
        best: _Hit | None = None
        until = time.monotonic() + _SECONDS
        patience = _PATIENCE
        for _ in range(_DEPTH):
            for hit in self._roots(frontier, leads_to, target):
                if best is None or _RANK[hit.origin] < _RANK[best.origin]:
                    best = hit
            if best is not None and (best.origin is Origin.OWN or not patience):
                break
            patience -= best is not None
            found = self._level(frontier, leads_to)
            ends = [obj for obj in frontier if id(obj) not in found.held]
            if best is None and ends and not found.referrers:
                best = _Hit("C code ", None, self._chain(ends[0], leads_to, target))
            keep += found.referrers
            frontier[:] = found.referrers[:_WIDTH]
            if not frontier or time.monotonic() > until:
                break
        return best.holder() if best is not None else None

    def _level(self, frontier: list[object], leads_to: dict[int, object]) -> _Level:
        """The objects that refer to one of the frontier and were not met before."""
        inside = dict(zip(map(id, frontier), frontier, strict=True))
        fresh: list[object] = []
        held: set[int] = set()
        level = _Level(fresh, held)
        hidden = self._hidden | {id(inside), id(fresh), id(held)}
        for referrer in gc.get_referrers(*frontier):
            if id(referrer) in hidden or type(referrer) is types.FrameType or id(referrer) in inside and id(referrer) in leads_to:
                continue
            targets = [key for key in map(id, gc.get_referents(referrer)) if key in inside]
            held.update(targets)
            if targets and id(referrer) not in leads_to:
                leads_to[id(referrer)] = inside[targets[0]]
                fresh.append(referrer)
        return level

    def _roots(self, frontier: list[object], leads_to: dict[int, object], target: object) -> Iterator[_Hit]:
        for obj in frontier:
            if id(obj) in self._modules and type(obj) is dict:
                name = self._modules[id(obj)]
                chain = self._chain(obj, leads_to, target)
                yield _Hit(name, self._origins.of_module(name), (sys.modules[name], *chain[1:]))
            elif type(obj) is types.ModuleType and obj is not target:
                name = module_namespace(obj).get("__name__")
                text = name if type(name) is str else "a module"
                yield _Hit(text, self._origins.of_module(text), self._chain(obj, leads_to, target))
            elif id(obj) in self._named:
                text, origin = self._named[id(obj)]
                yield _Hit(text, origin, self._chain(obj, leads_to, target))

    def _chain(self, start: object, leads_to: dict[int, object], target: object) -> tuple[object, ...]:
        chain = [start]
        while chain[-1] is not target:
            chain.append(leads_to[id(chain[-1])])
        return tuple(chain)


@dataclasses.dataclass(frozen=True, slots=True)
class _Level:
    referrers: list[object]
    held: set[int]


def _named_values(origins: Origins) -> Iterator[tuple[int, tuple[str, Origin | None]]]:
    """The ids of what the roots hold that are no objects of the collector, with words for them."""
    for number in signal.valid_signals():
        handler = signal.getsignal(number)
        if callable(handler):
            yield id(handler), (f"signal.getsignal({int(number)}) ", Origin.STDLIB)
    for var, value in contextvars.copy_context().items():
        yield id(value), (f"context variable {describe.shorten(var.name, 40)!r} ", None)
    threads = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, top in sys._current_frames().items():
        thread = describe.shorten(str(threads.get(ident, "unknown")), 40)
        frame: types.FrameType | None = top
        while frame is not None:
            origin = origins.of_object(frame)
            if not _of_the_guard(frame):
                where = f" of {frame.f_code.co_name}()" + ("" if ident == threading.get_ident() else f" in thread {thread!r}")
                for name, value in describe.frame_locals(frame):
                    yield id(value), (f"local {name}{where} ", origin)
            frame = frame.f_back


def _of_the_guard(frame: types.FrameType) -> bool:
    name = frame.f_globals.get("__name__")
    return type(name) is str and name.partition(".")[0] == "pytest_gcguard"


def _without_dicts(chain: Sequence[object]) -> list[object]:
    """The chain with each instance's ``__dict__`` folded into its instance."""
    result: list[object] = []
    for obj in chain:
        if type(obj) is dict and result and describe.instance_dict(result[-1]) is obj and obj is not chain[-1]:
            continue
        result.append(obj)
    return result
