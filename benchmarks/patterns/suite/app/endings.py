"""Finalizers and the callbacks of weak references: what runs when an object goes.

A finalizer in a cycle runs late, when the collector finds the cycle. What a finalizer or a callback holds it keeps alive: if that
is the object itself, the end never comes.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

# --- __del__ ----------------------------------------------------------------------------------------------------------------


class Lock:
    def __init__(self, file: File) -> None:
        self.file = file


class File:
    """Closes itself when it goes; its lock keeps it from going."""

    def __init__(self) -> None:
        self.lock: Lock | None = Lock(self)

    def close(self) -> None:
        self.lock = None

    def __del__(self) -> None:
        self.close()


class Pooled:
    """Goes back into the pool instead of going: its ``__del__`` makes it reachable again."""

    pool: list[Pooled] = []

    def __del__(self) -> None:
        self.pool.append(self)


class TidyPooled:
    """Is put back by who took it, and the pool has a limit."""

    pool: list[TidyPooled] = []

    def put_back(self) -> None:
        if not self.pool:
            self.pool.append(self)


# --- a finalizer that fails -------------------------------------------------------------------------------------------------


class Upload:
    """Tells its parts who they are of, and cannot be finalized: the error holds the object, until it has been reported."""

    def __init__(self) -> None:
        self.part = UploadPart(self)

    def __del__(self) -> None:
        raise OSError("not connected")

    def close(self) -> None:
        self.part = None


class UploadPart:
    def __init__(self, upload: Upload) -> None:
        self.upload = upload


# --- weakref.finalize -------------------------------------------------------------------------------------------------------


class TempFolder:
    """Its finalizer is its own method, which holds it: so it is never called before the process ends."""

    def __init__(self) -> None:
        self.path = "/tmp/a"
        weakref.finalize(self, self.remove).atexit = False

    def remove(self) -> None:
        pass


class TidyTempFolder:
    """Its finalizer holds what it needs, the path."""

    def __init__(self) -> None:
        self.path = "/tmp/a"
        weakref.finalize(self, _remove, self.path).atexit = False


def _remove(path: str) -> None:
    pass


# --- callbacks of weak references -------------------------------------------------------------------------------------------


class Model:
    """What others look at."""


MODEL = Model()


class Window:
    """Is told when its model goes: its weak reference holds a method of its own, and so the window."""

    def __init__(self, model: Model) -> None:
        self.model = weakref.ref(model, self.close)

    def close(self, _: object = None) -> None:
        self.model = lambda: None


class TidyWindow:
    """Lets the callback know it weakly."""

    def __init__(self, model: Model) -> None:
        window = weakref.ref(self)

        def close(_: object) -> None:
            this = window()
            if this is not None:
                this.model = lambda: None

        self.model: Callable[[], Model | None] = weakref.ref(model, close)


# --- registries of weak references ------------------------------------------------------------------------------------------

LABELS: weakref.WeakKeyDictionary[Any, Label] = weakref.WeakKeyDictionary()
"""What is written on each thing. The values are held strongly: one that knows its key keeps it alive."""


class Label:
    def __init__(self, thing: object, text: str) -> None:
        self.thing = thing
        self.text = text


class Box:
    pass


def label(box: Box) -> None:
    LABELS[box] = Label(box, "fragile")


def label_tidily(box: Box) -> None:
    LABELS[box] = Label(None, "fragile")


WATCHED: dict[int, weakref.ref[Any]] = {}
"""A weak reference to each thing that is watched."""


def watch(box: Box) -> None:
    """The callback names the box, so the reference to it, however weak, holds it."""
    WATCHED[id(box)] = weakref.ref(box, lambda reference: print(box, "is gone"))


def watch_tidily(box: Box) -> None:
    number = id(box)
    WATCHED[number] = weakref.ref(box, lambda reference: WATCHED.pop(number))


SEEN: list[weakref.ref[Any]] = []
"""All boxes that were ever opened, by weak references: the boxes go, the references stay."""


def see(box: Box) -> None:
    SEEN.append(weakref.ref(box))


def see_tidily(box: Box) -> None:
    SEEN.append(weakref.ref(box, SEEN.remove))
