"""What happens once, when it is first needed, and leaves something behind for good. None of it is a leak."""

from __future__ import annotations

import enum
import functools
import weakref

CONNECTIONS: weakref.WeakValueDictionary[str, Connection] = weakref.WeakValueDictionary()


class Permission(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


class Connection:
    """The one to a host, made when it is needed."""

    default: Connection | None = None

    @classmethod
    def get(cls) -> Connection:
        if cls.default is None:
            cls.default = cls()
        return cls.default


class Report:
    """Keeps the last page that was made, and replaces it by the next."""

    last: Page | None = None


class Page:
    pass


@functools.lru_cache(maxsize=256)
def words(text: str) -> list[str]:
    return text.split()


@functools.singledispatch
def shown(value: object) -> str:
    return "?"


@shown.register
def _(value: int) -> str:
    return str(value)


def __getattr__(name: str) -> object:
    """Makes an attribute of the module when it is first asked for."""
    if name != "lazy":
        raise AttributeError(name)
    globals()["lazy"] = made = Connection()
    return made
