"""Hooks of one's own in place of some that pytest calls for a test: the rest is called as ever.

Rules of this file: what takes the place is a function that is called as the hook is, by keywords; nothing of it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Own = Mapping[str, Callable[..., object]]


@contextmanager
def hooks(session: Any, own: Callable[[Any], Own]) -> Iterator[None]:
    """A block in which the hooks of any test are relayed. ``own`` is given pytest's, and answers with those in their place."""
    proxy = session.gethookproxy

    def relayed(fspath: Any) -> Relay:
        found = proxy(fspath)
        return Relay(found, own(found))

    session.gethookproxy = relayed
    try:
        yield
    finally:
        del session.gethookproxy


class Relay:
    """The hooks of pytest, some of which are another's."""

    def __init__(self, others: Any, own: Own) -> None:
        self._others = others
        self._own = own

    def __getattr__(self, name: str) -> Any:
        found = self._own.get(name)
        return found if found is not None else getattr(self._others, name)
