"""Hooks of one's own in place of some that pytest calls for a test: the rest is called as ever.

Rules of this file: what takes the place is a function that is called as the hook is, by keywords; nothing of it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

Own = Mapping[str, Callable[..., object]]


@contextmanager
def hooks(session: Any, own: Callable[[Any], Own]) -> Iterator[None]:
    """A block in which the hooks of any test are relayed. ``own`` is given pytest's, and answers with those in their place."""
    before = session.__dict__.get("gethookproxy")
    proxy = session.gethookproxy

    def relayed(fspath: Any) -> Relay:
        found = proxy(fspath)
        return Relay(found, own(found))

    session.gethookproxy = relayed
    try:
        yield
    finally:
        if before is None:
            del session.gethookproxy
        else:
            session.gethookproxy = before


class Remembered:
    """In place of ``Session.gethookproxy``: says at once who has the hooks of the test that runs, where that is every plugin.

    pytest works that out some ten times for each test. In a folder that not every ``conftest.py`` is for it still does, since
    it makes a new object for that each time.
    """

    __slots__ = ("_everybody", "_path", "_proxy")

    def __init__(self, config: pytest.Config) -> None:
        self._everybody = config.hook
        self._proxy: Any = None
        self._path: Any = None

    def __call__(self, fspath: Any) -> Any:
        return self._everybody if fspath is self._path else self._proxy(fspath)

    def begin(self, item: pytest.Item) -> Any:
        """The hooks of a test, which are remembered from now on."""
        session: Any = item.session
        if session.__dict__.get("gethookproxy") is not self:
            self._proxy = session.gethookproxy
            session.gethookproxy = self
        self.forget()
        ihook = item.ihook
        if ihook is self._everybody:
            self._path = item.path
        return ihook

    def forget(self) -> None:
        """Has them worked out anew: a plugin has come."""
        self._path = None


class Relay:
    """The hooks of pytest, some of which are another's."""

    def __init__(self, others: Any, own: Own) -> None:
        self._others = others
        self._own = own

    def __getattr__(self, name: str) -> Any:
        found = self._own.get(name)
        return found if found is not None else getattr(self._others, name)
