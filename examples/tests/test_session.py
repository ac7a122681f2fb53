"""A session is opened and never closed: the registry, a global of a module, keeps it.
Each run of the test adds one, so it is a leak; the with statement closes the session."""

from shop import registry
from shop.session import open_session


def test_session() -> None:
    open_session("alice")
    assert registry.is_online("alice")


def test_tidy_session() -> None:
    with open_session("bob"):
        assert registry.is_online("bob")
