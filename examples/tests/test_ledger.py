"""A ledger has registered its method with atexit, and is dropped without being closed.
Each run of the test adds a callback, so it is a leak; the tidy test closes its ledger, which unregisters it."""

from shop.ledger import Ledger


def test_ledger() -> None:
    Ledger().rows.append("1 book")


def test_tidy_ledger() -> None:
    ledger = Ledger()
    ledger.rows.append("1 book")
    ledger.close()
