"""Context variables. What is set in the main thread's context stays there until it is set to something else, or reset."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator


class Request:
    pass


class User:
    """Is the current user while it is entered; its token remembers who was it before."""

    def __init__(self) -> None:
        self.token: contextvars.Token[User | None] | None = None

    def enter(self) -> None:
        self.token = USER.set(self)

    def leave(self) -> None:
        if self.token is not None:
            USER.reset(self.token)
            self.token = None


REQUESTS: contextvars.ContextVar[tuple[Request, ...]] = contextvars.ContextVar("REQUESTS", default=())
USER: contextvars.ContextVar[User | None] = contextvars.ContextVar("USER", default=None)
CURRENT: contextvars.ContextVar[Request | None] = contextvars.ContextVar("CURRENT", default=None)


def begin(request: Request) -> contextvars.Token[tuple[Request, ...]]:
    return REQUESTS.set((*REQUESTS.get(), request))


@contextlib.contextmanager
def handling(request: Request) -> Iterator[None]:
    token = begin(request)
    try:
        yield
    finally:
        REQUESTS.reset(token)


class Scope:
    """Has a context variable of its own. Contexts hold their variables: those are to be made once, with a module."""

    def __init__(self) -> None:
        self.variable: contextvars.ContextVar[Request] = contextvars.ContextVar("scope")

    def set(self, request: Request) -> None:
        self.variable.set(request)


_SCOPE: contextvars.ContextVar[Request | None] = contextvars.ContextVar("_SCOPE", default=None)


class TidyScope:
    def set(self, request: Request | None) -> None:
        _SCOPE.set(request)


LATER: list[contextvars.Context] = []
"""The contexts in which something is to be done later."""
