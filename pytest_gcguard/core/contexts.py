"""The public context managers and decorators, for use outside of pytest and inside of tests.

Rules of this file: when a block ends, however it ends, gc is as it was before it; of nested or overlapping blocks, when the
last of them ends.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

from pytest_gcguard.core import watch as watching
from pytest_gcguard.core import wrapping
from pytest_gcguard.core.heap import collector, freezing, walks
from pytest_gcguard.core.heap.window import Frozen, Whole, Window, is_any_open
from pytest_gcguard.core.judge import judge
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.model import Cut, Cycle, Finding, Leak, Observation, Step, Survivor
from pytest_gcguard.core.objects import describe, modules
from pytest_gcguard.core.origins import packages
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Lens


class LeakError(AssertionError):
    """A block left a cycle or a leak that it must not leave.

    The message says what to cut, or who holds what is alive. ``findings`` has the details, one `Finding` for each.
    """

    __module__ = "pytest_gcguard"  # where users import it from: tracebacks and summaries show this name

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class watch:  # noqa: N801 -- used like a function
    """Looks at what a block of code made, and raises nothing: ``with watch() as seen: …``.

    When the block has ended, ``seen`` has what was seen: ``cycles``, ``survivors``, ``uncollectable``, and the whole as
    ``observation``. Before that, asking for them raises `RuntimeError`; so does entering the same block twice at once, and an
    interpreter that does not count references. Automatic collections are off inside of the block.

    ``rootdir`` is the folder whose code is the project's (default: the current folder), ``own`` names installed packages that
    are the project's as well: several, or one text with commas. ``lens`` is for the guard's own use.

    >>> with watch() as seen:
    ...     a = []
    ...     a.append(a)
    ...     del a
    >>> [cycle.types for cycle in seen.cycles]
    [('list',)]

    As a decorator it looks at each call of a function; a call of a coroutine or generator function lasts until that has ended.
    It then has what was seen of the last call.
    """

    def __init__(
        self,
        function: object = None,
        /,
        *,
        rootdir: str | os.PathLike[str] | None = None,
        own: Iterable[str] = (),
        lens: Lens | None = None,
    ) -> None:
        if function is not None:
            name = type(self).__name__
            raise TypeError(f"gcguard: {name}({function!r}): no such argument; a decorator is called: @{name}()")
        reason = collector.unsupported()
        if reason is not None:
            raise RuntimeError(f"gcguard: {reason}")
        self._lens = lens or Lens(Origins(rootdir if rootdir is not None else os.getcwd(), packages.named(own)))
        self._observation: Observation | None = None
        self._decorator: watch | None = None
        """Of a block that is one call of a decorated function: the decorator, which is given what is seen."""

    def __call__(self, function: wrapping.Function) -> wrapping.Function:
        return wrapping.around(function, self._again)

    def _again(self) -> watch:
        """A block like this one for one more call: calls of a function may be inside of each other."""
        other = copy.copy(self)
        other._decorator = self
        return other

    def __enter__(self) -> watch:
        if any(block is self for block in _running):
            raise RuntimeError("gcguard: this block has not ended yet; watch what is inside of it by another one")
        with _turn:  # before other threads come in between: what they take for gc's settings must not be this block's
            self._before = collector.Settings.take()
            collector.pause()
            _running.append(self)
        collector.collect()
        with _turn:
            # freezing does not nest: where somebody looks already, leave the heap as it is
            self._froze = not is_any_open() and not freezing.is_frozen() and freezing.can_freeze()
            self._window: Window = Frozen() if self._froze else Whole()
            if self._froze:
                if walks.are_held():
                    walks.audit()
                walks.listen(freezing.give_way)
            self._window.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        __tracebackhide__ = True  # for pytest: the line that is to be shown is the block's
        complaint = None
        try:
            seen = self._window.objects()  # first, so that nothing that the look makes is in sight
            observation = watching.look(self._lens, self._window, seen)
            (self._decorator or self)._observation = observation
            if kind is None:
                complaint = self._judged(observation)
        finally:
            self._end()
        if complaint is not None:
            try:
                raise complaint
            finally:
                del complaint  # it has this frame in its traceback

    def _end(self) -> None:
        """Puts gc back as it was; where a block that began later is still open, as in tasks, that one is left to do it."""
        with _turn:
            at = next(at for at, block in enumerate(_running) if block is self)
            later = _running[at + 1 : at + 2]
            del _running[at]
            if self._froze:
                freezing.thaw()
                walks.unlisten(freezing.give_way)
            else:
                self._window.close()
            if later:
                later[0]._before = self._before
            else:
                self._before.restore()

    def _judged(self, observation: Observation) -> LeakError | None:
        """The error to raise for what a block left, or None; asked while what it left is still in sight."""
        return None

    @property
    def observation(self) -> Observation:
        """All that was seen; raises `RuntimeError` before the block has ended."""
        if self._observation is None:
            raise RuntimeError("gcguard: the block that is watched has not ended yet")
        return self._observation

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        """The reference cycles that the block left, whosever they are."""
        return self.observation.cycles

    @property
    def survivors(self) -> tuple[Survivor, ...]:
        """The objects made in the block that are alive after it, counted by type."""
        return self.observation.survivors

    @property
    def uncollectable(self) -> tuple[Cycle, ...]:
        """The cycles that the collector could not free."""
        return self.observation.uncollectable

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.observation, name)


_running: list[watch] = []
"""The blocks that have begun and not ended."""
_turn = threading.RLock()
"""Held while a block begins or ends; a finalizer may begin another one in the same thread."""


class no_cycles(watch):  # noqa: N801 -- used like a function
    """Raises `LeakError` when a block leaves more than ``max`` reference cycles of the project; also a decorator.

    A block that raises by itself is not judged. ``rootdir`` and ``own`` are those of `watch`. A ``max`` that is not a whole
    number from 0 raises `ValueError`.

    >>> with no_cycles():
    ...     a = []
    >>> @no_cycles()
    ... def work():
    ...     a = []
    ...     a.append(a)
    >>> work()
    Traceback (most recent call last):
    ...
    pytest_gcguard.LeakError: GCG002 cycle: list → [0]
        cut      [0] of list
        fix      ...
    """

    def __init__(
        self,
        function: object = None,
        /,
        *,
        max: int = 0,  # noqa: A002 -- the marker's word
        rootdir: str | os.PathLike[str] | None = None,
        own: Iterable[str] = (),
        lens: Lens | None = None,
    ) -> None:
        super().__init__(function, rootdir=rootdir, own=own, lens=lens)
        if type(max) is not int or max < 0:
            raise ValueError(f"gcguard: no_cycles(max={max!r}): max must be a whole number from 0")
        self._max = max

    def _judged(self, observation: Observation) -> LeakError | None:
        found = judge(observation, Policy(fail_on=frozenset({Kind.CYCLE, Kind.UNCOLLECTABLE}))).failures
        if sum(finding.count for finding in found) <= self._max:
            return None
        heads = [f"{finding.kind.rule} {finding.kind.value}: {finding.title}" for finding in found]
        return LeakError("\n".join(map(_told, heads, found)), found)


class no_leaks(watch):  # noqa: N801 -- used like a function
    """Raises `LeakError` when objects that a block made are alive after it; also a decorator, which must be called.

    ``types`` are classes or their names: in full, without the module, or as another module has them; without any, the
    project's classes are meant. One run cannot tell a leak from what is meant to stay, so name the types where you can. A
    block that raises is not judged. ``rootdir`` and ``own`` are those of `watch`. Anything else raises `TypeError`.

    >>> import types
    >>> with no_leaks(types.SimpleNamespace):
    ...     temporary = types.SimpleNamespace()
    ...     del temporary
    """

    def __init__(
        self,
        *types: type | str,
        rootdir: str | os.PathLike[str] | None = None,
        own: Iterable[str] = (),
        lens: Lens | None = None,
    ) -> None:
        super().__init__(rootdir=rootdir, own=own, lens=lens)
        for tp in types:
            if not isinstance(tp, (type, str)):
                raise TypeError(f"gcguard: no_leaks({tp!r}): give classes or their names; a decorator is called: @no_leaks()")
        self._types = frozenset(name for tp in types for name in modules.names_of(tp))

    def _judged(self, observation: Observation) -> LeakError | None:
        left = [survivor for survivor in observation.survivors if self._is_meant(survivor)]
        if not left:
            return None
        found = judge(Observation(leaks=tuple(self._explained(left))), Policy()).findings
        heads = [f"GCG003 leak: {survivor.count} {survivor.type} alive after the block" for survivor in left]
        return LeakError("\n".join(map(_told, heads, found)), found)

    def _is_meant(self, survivor: Survivor) -> bool:
        if not self._types:
            return survivor.origin is Origin.OWN
        return not self._types.isdisjoint((survivor.type, survivor.type.rpartition(".")[2]))

    def _explained(self, left: Sequence[Survivor]) -> Iterator[Leak]:
        """A leak for each type that is left, with the holder of its latest object."""
        latest = _latest_of_each(self._window.objects(), [survivor.type for survivor in left])
        freezing.give_way()  # who holds it may be older than the block
        with Search(self._lens.origins, latest, self._lens.budget) as search:
            for survivor, answer in zip(left, search.find_all(iter(latest)), strict=True):
                yield Leak(
                    types=(survivor.type,),
                    growth=(survivor.count,),
                    origin=survivor.origin or Origin.STDLIB,
                    objects=survivor.count,
                    holder=answer.holder,
                    cut_short=answer.cut_short,
                )


def _latest_of_each(objects: list[object], names: Sequence[str]) -> list[object]:
    latest = {describe.type_name(type(obj)): obj for obj in objects}
    return [latest[name] for name in names]


def _told(head: str, finding: Finding) -> str:
    """A finding in words: what it is, and what helps to end it."""
    cut = finding.cut
    lines = [head]
    if finding.holder:
        lines.append(f"    held by  {finding.holder}")
    elif cut is not None:
        lines.append(f"    cut      {' and '.join(map(_named, cut.parts))}")
    if cut is not None and cut.hint:
        lines.append(f"    fix      {cut.hint}")
    return "\n".join(lines)


def _named(part: Cut | Step) -> str:
    return f"{part.edge} of {part.type}" + (f" ({part.file}:{part.line})" if part.file and part.line else "")
