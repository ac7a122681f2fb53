"""The public context managers and decorators, for use outside of pytest and inside of tests.

Rules of this file: gc is as it was before when a block ends, however it ends.
"""

from __future__ import annotations

import os
from contextlib import ContextDecorator
from types import TracebackType

from pytest_gcguard.core import watch as watching
from pytest_gcguard.core.heap import collector, freezing, walks
from pytest_gcguard.core.heap.window import Frozen, Whole, Window
from pytest_gcguard.core.judge import judge
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cycle, Finding, Observation
from pytest_gcguard.core.objects import describe
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.core.policy import Policy
from pytest_gcguard.core.watch import Lens


class LeakError(AssertionError):
    """A block left what it was not to leave; ``findings`` has the details."""

    __module__ = "pytest_gcguard"  # where users import it from: tracebacks and summaries show this name

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class watch(ContextDecorator):  # noqa: N801 -- used like a function
    """Looks at what a block of code made: ``with watch() as seen: …``; afterwards ``seen.observation`` and its fields.

    Automatic collections are off inside of the block. ``rootdir`` (default: the current folder) tells which code is the
    project's, ``own`` names installed packages that are.

    >>> with watch() as seen:
    ...     a = []
    ...     a.append(a)
    ...     del a
    >>> [cycle.types for cycle in seen.cycles]
    [('list',)]
    """

    def __init__(
        self, *, rootdir: str | os.PathLike[str] | None = None, own: tuple[str, ...] = (), lens: Lens | None = None
    ) -> None:
        reason = collector.unsupported()
        if reason is not None:
            raise RuntimeError(f"gcguard: {reason}")
        self._lens = lens or Lens(Origins(rootdir if rootdir is not None else os.getcwd(), own))
        self._observation: Observation | None = None

    def __enter__(self) -> watch:
        self._before = collector.Settings.take()
        collector.pause()
        collector.collect()
        # freezing does not nest: inside of a frozen heap, look at what is in sight
        self._froze = not freezing.is_frozen() and freezing.can_freeze()
        self._window: Window = Frozen() if self._froze else Whole()
        if self._froze:
            if walks.are_held():
                walks.audit()
            walks.listen(freezing.give_way)
        self._window.open()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            seen = self._window.objects()  # first, so that nothing that the look makes is in sight
            self._observation = watching.look(self._lens, self._window, seen)
        finally:
            self._window.close()
            if self._froze:
                freezing.thaw()
                walks.unlisten(freezing.give_way)
            self._before.restore()
        if kind is None:
            self.judge(self._observation)

    def judge(self, observation: Observation) -> None:
        """What to do with the observation of a block that raised nothing."""

    @property
    def observation(self) -> Observation:
        """What was seen; `RuntimeError` before the block has ended."""
        if self._observation is None:
            raise RuntimeError("gcguard: the block that is watched has not ended yet")
        return self._observation

    @property
    def cycles(self) -> tuple[Cycle, ...]:
        return self.observation.cycles

    @property
    def uncollectable(self) -> tuple[Cycle, ...]:
        return self.observation.uncollectable

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.observation, name)


class no_cycles(watch):  # noqa: N801 -- used like a function
    """Raises `LeakError` when a block leaves more than ``max`` reference cycles of the project.

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
    """

    def __init__(
        self,
        *,
        max: int = 0,  # noqa: A002 -- the marker's word
        rootdir: str | os.PathLike[str] | None = None,
        own: tuple[str, ...] = (),
        lens: Lens | None = None,
    ) -> None:
        super().__init__(rootdir=rootdir, own=own, lens=lens)
        self._max = max

    def judge(self, observation: Observation) -> None:
        verdict = judge(observation, Policy(fail_on=frozenset({Kind.CYCLE, Kind.UNCOLLECTABLE})))
        own = sum(finding.count for finding in verdict.failures)
        if own > self._max:
            lines = [f"{finding.kind.rule} {finding.kind.value}: {finding.title}" for finding in verdict.failures]
            raise LeakError("\n".join(lines), verdict.failures)


class no_leaks(watch):  # noqa: N801 -- used like a function
    """Raises `LeakError` when objects that a block made are alive after it: of the given types, else of the project's classes.

    One run cannot tell a leak from what was meant to stay, so name the types where you can.

    >>> import types
    >>> with no_leaks(types.SimpleNamespace):
    ...     temporary = types.SimpleNamespace()
    ...     del temporary
    """

    def __init__(
        self,
        *types: type | str,
        rootdir: str | os.PathLike[str] | None = None,
        own: tuple[str, ...] = (),
        lens: Lens | None = None,
    ) -> None:
        super().__init__(rootdir=rootdir, own=own, lens=lens)
        self._types = frozenset(describe.type_name(tp) if isinstance(tp, type) else tp for tp in types)

    def judge(self, observation: Observation) -> None:
        left = [
            survivor
            for survivor in observation.survivors
            if (survivor.type in self._types if self._types else survivor.origin is Origin.OWN)
        ]
        if left:
            raise LeakError(
                "; ".join(f"GCG003 leak: {survivor.count} {survivor.type} alive after the block" for survivor in left)
            )
