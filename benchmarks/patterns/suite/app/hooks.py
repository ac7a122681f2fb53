"""Where one can hang something up: loggers, signals, atexit, the interpreter's own hooks, functions of other modules.

They all keep what is hung up until it is taken down again.
"""

from __future__ import annotations

import atexit
import codecs
import contextlib
import copyreg
import gc
import logging
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import app.hooks

LOGGER = logging.getLogger("app.hooks")

# --- logging ----------------------------------------------------------------------------------------------------------------


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def record() -> Lines:
    handler = Lines()
    LOGGER.addHandler(handler)
    return handler


@contextlib.contextmanager
def recorded() -> Iterator[Lines]:
    handler = record()
    try:
        yield handler
    finally:
        LOGGER.removeHandler(handler)
        handler.close()


class Mask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return True


class Peer:
    """Has a logger of its own, by its number, with a handler: the logging module keeps all loggers by name."""

    number = 0

    def __init__(self) -> None:
        Peer.number += 1
        self.logger = logging.getLogger(f"app.hooks.peer{Peer.number}")
        self.logger.addHandler(Lines())


class TidyPeer:
    """Has one for all, and its number in what it says."""

    def __init__(self) -> None:
        self.logger = logging.LoggerAdapter(LOGGER, {"peer": id(self)})


# --- the end of the process -------------------------------------------------------------------------------------------------


class Journal:
    def __init__(self) -> None:
        self.rows: list[str] = []
        atexit.register(self.flush)

    def flush(self) -> None:
        self.rows.clear()

    def close(self) -> None:
        self.flush()
        atexit.unregister(self.flush)


# --- signals ----------------------------------------------------------------------------------------------------------------


class Reload:
    """Handles a signal and passes it on to who handled it before."""

    def __init__(self) -> None:
        self.before: Any = signal.signal(signal.SIGUSR1, self.handle)

    def handle(self, number: int, frame: FrameType | None) -> None:
        if callable(self.before):
            self.before(number, frame)

    def close(self) -> None:
        signal.signal(signal.SIGUSR1, self.before)
        self.before = None


class LastReload:
    """Replaces who handled it before."""

    def __init__(self) -> None:
        signal.signal(signal.SIGUSR2, self.handle)

    def handle(self, number: int, frame: FrameType | None) -> None:
        pass


# --- hooks of the interpreter -----------------------------------------------------------------------------------------------


class Tracer:
    """Tells of exceptions that nobody caught, then calls the hook that was there before."""

    def __init__(self) -> None:
        self.before: Any = sys.excepthook
        sys.excepthook = self.hook

    def hook(self, *error: Any) -> None:
        self.before(*error)

    def close(self) -> None:
        sys.excepthook = self.before
        self.before = None


class Finder:
    """Is asked first where a module is."""

    def __init__(self) -> None:
        sys.meta_path.insert(0, self)

    def find_spec(self, *name: object) -> None:
        return None

    def close(self) -> None:
        sys.meta_path.remove(self)


class Statistics:
    """Is called by the collector."""

    def __init__(self) -> None:
        self.collections = 0
        gc.callbacks.append(self.count)

    def count(self, phase: str, info: dict[str, int]) -> None:
        self.collections += phase == "stop"

    def close(self) -> None:
        gc.callbacks.remove(self.count)


class Cipher:
    """Is asked for every encoding that is unknown. Closing it does nothing: ``self.search`` is a new bound method each time."""

    def __init__(self) -> None:
        codecs.register(self.search)

    def search(self, name: str) -> None:
        return None

    def close(self) -> None:
        codecs.unregister(self.search)


class TidyCipher:
    """Keeps the very object that it has registered, until it is closed."""

    def __init__(self) -> None:
        self.registered: Callable[[str], None] | None = self.search
        codecs.register(self.registered)

    def search(self, name: str) -> None:
        return None

    def close(self) -> None:
        if self.registered is not None:
            codecs.unregister(self.registered)
            self.registered = None


# --- functions of other modules ---------------------------------------------------------------------------------------------


def send(text: str) -> str:
    """What others replace."""
    return text


class Spy:
    """Calls the function that was there before it, and keeps what it was called with."""

    def __init__(self, wrapped: Callable[[str], str]) -> None:
        self.wrapped = wrapped
        self.sent: list[str] = []

    def __call__(self, text: str) -> str:
        self.sent.append(text)
        return self.wrapped(text)


def spy() -> Spy:
    """Replaces the function, and forgets to put it back: each spy holds the one before it."""
    app.hooks.send = made = Spy(app.hooks.send)
    return made


@contextlib.contextmanager
def spied() -> Iterator[Spy]:
    before = app.hooks.send
    made = spy()
    try:
        yield made
    finally:
        app.hooks.send = before


# --- a table of the standard library ----------------------------------------------------------------------------------------


def _stored(point: object) -> tuple[type, tuple[()]]:
    return type(point), ()


def picklable() -> type:
    """Makes a class and teaches pickle how to store its instances."""

    class Point:
        pass

    copyreg.pickle(Point, _stored)
    return Point


@contextlib.contextmanager
def tidily_picklable() -> Iterator[type]:
    made = picklable()
    try:
        yield made
    finally:
        del copyreg.dispatch_table[made]
