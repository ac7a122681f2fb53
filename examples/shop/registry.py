"""Every open session is written down in a dictionary of this module, by the name of its user.
A module lives as long as the process, and so does what it holds: what is put in must be taken out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shop.session import Session

_OPEN: dict[str, list[Session]] = {}


def add(session: Session) -> None:
    _OPEN.setdefault(session.user, []).append(session)


def discard(session: Session) -> None:
    sessions = _OPEN.get(session.user, [])
    sessions.remove(session)
    if not sessions:
        del _OPEN[session.user]


def is_online(user: str) -> bool:
    return user in _OPEN
