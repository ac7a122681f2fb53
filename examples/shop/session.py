"""Opening a session puts it into the registry, and only closing it takes it out again.
Who forgets to close it leaves it in the registry for good: the with statement forgets nothing."""

from __future__ import annotations

from shop import registry


class Session:
    def __init__(self, user: str) -> None:
        self.user = user

    def close(self) -> None:
        registry.discard(self)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def open_session(user: str) -> Session:
    session = Session(user)
    registry.add(session)
    return session
