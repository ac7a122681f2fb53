"""What finalizers raise while the guard collects: pytest would blame the next test for it.

pytest keeps exceptions that nobody can catch in a queue, and raises them, or warns of them, in the next phase of a test.
Without the guard a cycle is collected sooner or later; the guard collects after each test.

Rules of this file: what a test itself has brought into the queue stays there; what a repeat brings is dropped, and so are the
warnings of its finalizers. Of an exception only the text is kept, since its frames would hold what the guard looks at.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

try:
    from _pytest.unraisableexception import UnraisableMeta, collect_unraisable, unraisable_exceptions

    _KEY: Any = unraisable_exceptions
except ImportError:  # these are pytest's own names; a release without them reports what finalizers raise as it always does
    _KEY = None


class Late:
    """Has what comes while the guard collects shown as warnings of the test that it follows.

    Where the test's filters turn that into an error, it is kept for the end of the run: it fails the run there, as it does
    without the guard, and no test.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._thread = threading.get_ident()
        self._hook: Any = None
        self._listening = self._hear  # made once: a bound method is a new object each time it is asked for
        self._texts: list[str] = []
        self._kept: list[str] = []

    def listen(self) -> None:
        """From now on until `end`, what comes is from a collection of the guard's."""
        self._hook = sys.unraisablehook
        sys.unraisablehook = self._listening

    def end(self) -> None:
        """Puts the hook of before back."""
        if sys.unraisablehook is self._listening:
            sys.unraisablehook = self._hook

    def _hear(self, unraisable: Any) -> None:
        queue = _queue(self._config)
        before = len(queue)
        self._hook(unraisable)
        if len(queue) > before and isinstance(queue[-1], tuple) and threading.get_ident() == self._thread:
            self._texts.append(queue.pop().msg)

    def tell(self, where: str, item: pytest.Item) -> None:
        """Ends, and shows what has come; ``where`` says when that was: before a test, or after it."""
        self.end()
        if not self._texts:
            return
        texts = list(self._texts)
        self._texts.clear()
        with apart(item):
            for text in texts:
                self._tell(f"{text}\nIt was raised when pytest-gcguard collected what was left {where} {item.nodeid}.")

    def _tell(self, text: str) -> None:
        _queue(self._config).append(UnraisableMeta(text, text, None))
        try:
            collect_unraisable(self._config)
        except pytest.PytestUnraisableExceptionWarning:  # by the filters of the test, which is not to fail by it
            self._kept.append(text)

    @pytest.hookimpl(tryfirst=True)
    def pytest_unconfigure(self) -> None:
        _queue(self._config).extend(UnraisableMeta(text, text, None) for text in self._kept)


def told(config: pytest.Config) -> None:
    """Warns of what waits in the queue, or raises it, as pytest does at the end of each phase of a test."""
    if _queue(config):
        collect_unraisable(config)


def unheard(unraisable: object) -> None:
    """A `sys.unraisablehook` that does nothing: what finalizers raise in a repeat was shown after the first run."""


def recorded() -> list[Any]:
    """The list in which warnings are recorded now; one of nobody's where they are shown at once."""
    warnings: Any = sys.modules["warnings"]
    kept: object = getattr(warnings._showwarnmsg_impl, "__self__", None)
    return kept if type(kept) is list else _UNKEPT


@contextmanager
def apart(item: pytest.Item) -> Iterator[None]:
    """A block in which the queue is empty at first; what it had before is put back after it, for the next test."""
    queue = _queue(item.config)
    waiting = list(queue)
    queue.clear()
    try:
        yield
    finally:
        queue.extendleft(reversed(waiting))


@contextmanager
def untold(item: pytest.Item) -> Iterator[None]:
    """The same, and what comes in the block is dropped."""
    with apart(item):
        try:
            yield
        finally:
            _queue(item.config).clear()


_NOBODYS: deque[Any] = deque()
_UNKEPT: list[Any] = []


def _queue(config: pytest.Config) -> deque[Any]:
    """pytest's queue; always empty where its plugin for that is switched off."""
    return _NOBODYS if _KEY is None else config.stash.get(_KEY, _NOBODYS)
