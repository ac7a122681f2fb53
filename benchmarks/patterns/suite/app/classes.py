"""Classes and modules that are made while the program runs, and kept by who knows all of them."""

from __future__ import annotations

import functools
import itertools
import sys
import types

NAMES = (f"app_plugin_{number}" for number in itertools.count())


class Command:
    """Writes down its subclasses, to find them by name."""

    known: list[type[Command]] = []

    def __init_subclass__(cls) -> None:
        Command.known.append(cls)


def command() -> type[Command]:
    """Makes a class for each call."""

    class Made(Command):
        def run(self) -> None:
            pass

    return Made


class _Made(Command):
    def run(self) -> None:
        pass


def tidy_command() -> type[Command]:
    return _Made


@functools.singledispatch
def render(value: object) -> str:
    return "?"


def renderer() -> type:
    """Makes a class, and teaches `render` to render it."""

    class Rendered:
        pass

    render.register(Rendered, _rendered)
    return Rendered


def _rendered(value: object) -> str:
    return "rendered"


class _Rendered:
    pass


render.register(_Rendered, _rendered)


def tidy_renderer() -> type:
    return _Rendered


def load(source: str) -> types.ModuleType:
    """Runs a source as a module of a name of its own, and puts it where imported modules are."""
    module = types.ModuleType(next(NAMES))
    exec(source, module.__dict__)
    sys.modules[module.__name__] = module
    return module


def unload(module: types.ModuleType) -> None:
    del sys.modules[module.__name__]
