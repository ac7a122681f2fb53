"""A context variable holds the orders that are being handled, the newest last.
What is set in the main thread's context stays there for the life of the process, unless the variable is reset."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator


class Order:
    pass


ORDERS: contextvars.ContextVar[tuple[Order, ...]] = contextvars.ContextVar("ORDERS", default=())


def begin(order: Order) -> contextvars.Token[tuple[Order, ...]]:
    return ORDERS.set((*ORDERS.get(), order))


@contextlib.contextmanager
def handling(order: Order) -> Iterator[None]:
    token = begin(order)
    try:
        yield
    finally:
        ORDERS.reset(token)
