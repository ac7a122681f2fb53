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
from collections.abc import Collection, Iterator, Sequence
from typing import cast

from pytest_gcguard.core import collector, describe, paths
from pytest_gcguard.core.model import Holder, Origin, Step
from pytest_gcguard.core.origin import Origins, module_namespace, module_of

_DEPTH = 24
_WIDTH = 2_000
_SECONDS = 2.0
_FEW = 8
"""For as many objects `gc.get_referrers` is the faster way to find who refers to them."""
_CHUNK = 256
_PATIENCE = 3
"""How many levels more to look for a root of the project, once any other was found."""
_RANK = {Origin.OWN: 0, Origin.LIBRARY: 1, Origin.STDLIB: 2, None: 3, Origin.HARNESS: 4}


@dataclasses.dataclass(frozen=True, slots=True)
class _Hit:
    """A root and the chain of objects that leads from it to the target."""

    text: str
    origin: Origin | None
    chain: tuple[object, ...]
    start: object

    def rank(self) -> tuple[int, bool, str]:
        """Lower is better: by origin, then a module that defines what it holds before one that imported it."""
        first = self.chain[1] if len(self.chain) > 1 else None
        home = module_of(cast("type", first) if issubclass(type(first), type) else type(first))
        return _RANK[self.origin], home != self.text, self.text

    def holder(self) -> Holder:
        steps = paths.along(_without_dicts(self.chain))
        return Holder((self.text + "".join(step.edge for step in steps)).strip(), (Step(self.text, ""), *steps), self.origin)


class Search:
    """Finds holders. Make one while the heap is thawed, ask it for several objects, then drop it.

    ``hidden`` is the list in which the caller holds the objects: it is no answer.
    """

    def __init__(self, origins: Origins, hidden: Sequence[object] = ()) -> None:
        self._origins = origins
        # what comes later is the search's own; what is there already, but for the caller's list, may be an answer
        self._answers = frozenset(map(id, collector.visible())) - {id(hidden)}
        self._modules = {
            id(module_namespace(module)): name
            for name, module in list(sys.modules.items())
            if issubclass(type(module), types.ModuleType) and type(name) is str  # a proxy would say that it is one
        }
        self._named = dict(_named_values(origins))

    def holder(self, target: object) -> Holder | None:
        """The shortest chain that holds an object, one from the project's code if there is one nearly as short.

        None where the search was cut short, at its depth or its time, before any root was met.
        """
        leads_to: dict[int, object] = {id(target): target}
        keep: list[object] = [target]
        frontier: list[object] = [target]
        best: _Hit | None = None
        until = time.monotonic() + _SECONDS
        patience = _PATIENCE
        for _ in range(_DEPTH):
            roots = list(self._roots(frontier, leads_to, target))
            for hit in roots:
                if best is None or hit.rank() < best.rank():
                    best = hit
            ends = {id(hit.start) for hit in roots}  # what holds a root is of no interest
            frontier[:] = [obj for obj in frontier if id(obj) not in ends]
            if best is not None and (best.origin is Origin.OWN or not patience):
                break
            patience -= best is not None
            fresh = self._level(frontier, leads_to, until)
            if best is None and not fresh and frontier:
                best = _Hit("C code ", None, self._chain(frontier[0], leads_to, target), frontier[0])
            keep += fresh
            frontier[:] = fresh
            if not frontier or time.monotonic() > until:
                break
        return best.holder() if best is not None else None

    def _level(self, frontier: list[object], leads_to: dict[int, object], until: float) -> list[object]:
        """The objects that refer to one of the frontier and were not met before, in one walk over the heap."""
        inside = dict(zip(map(id, frontier), frontier, strict=True))
        fresh: list[object] = []
        for referrer in gc.get_referrers(*frontier) if len(frontier) <= _FEW else _referrers(inside.keys()):
            key = id(referrer)
            if key in leads_to or type(referrer) is types.FrameType or key in (id(inside), id(leads_to)):
                continue
            # naming may make an instance's __dict__ at any time
            if key not in self._answers and type(referrer) is not dict:
                continue
            target = next((inside[held] for held in map(id, gc.get_referents(referrer)) if held in inside), None)
            if target is None or type(referrer) is target:  # that an instance refers to its class holds no class
                continue
            leads_to[key] = target
            fresh.append(referrer)
            if len(fresh) == _WIDTH or time.monotonic() > until:
                break
        return fresh

    def _roots(self, frontier: list[object], leads_to: dict[int, object], target: object) -> Iterator[_Hit]:
        for obj in frontier:
            if id(obj) in self._modules and type(obj) is dict:
                name = self._modules[id(obj)]
                chain = self._chain(obj, leads_to, target)
                yield _Hit(name, self._origins.of_module(name), (sys.modules[name], *chain[1:]), obj)
            elif type(obj) is types.ModuleType and obj is not target:
                its_name = module_namespace(obj).get("__name__")
                text = its_name if type(its_name) is str else "a module"
                yield _Hit(text, self._origins.of_module(text), self._chain(obj, leads_to, target), obj)
            elif id(obj) in self._named:
                text, origin = self._named[id(obj)]
                yield _Hit(text, origin, self._chain(obj, leads_to, target), obj)

    def _chain(self, start: object, leads_to: dict[int, object], target: object) -> tuple[object, ...]:
        chain = [start]
        while chain[-1] is not target:
            chain.append(leads_to[id(chain[-1])])
        return tuple(chain)


def _referrers(ids: Collection[int]) -> Iterator[object]:
    """The objects of the heap that refer to one of many.

    `gc.get_referrers` compares each reference with each of the objects; a set of ids takes one look for each reference.
    """
    wanted = frozenset(ids)
    objects = collector.visible()
    for start in range(0, len(objects), _CHUNK):
        chunk = objects[start : start + _CHUNK]
        if not wanted.isdisjoint(map(id, gc.get_referents(*chunk))):
            yield from (obj for obj in chunk if not wanted.isdisjoint(map(id, gc.get_referents(obj))))


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
    """The chain with each instance's ``__dict__`` folded into its instance, and each class's into its class."""
    result: list[object] = []
    for obj in chain:
        if type(obj) is dict and result and obj is not chain[-1]:
            owner = result[-1]
            if issubclass(type(owner), type) or describe.instance_dict(owner) is obj:
                continue
        result.append(obj)
    return result
