"""A ledger registers a method to be called when the process exits, so that nothing is lost.
The interpreter holds the method, and it the ledger, until then: closing the ledger must unregister it."""

from __future__ import annotations

import atexit


class Ledger:
    def __init__(self) -> None:
        self.rows: list[str] = []
        atexit.register(self.flush)

    def flush(self) -> None:
        self.rows.clear()

    def close(self) -> None:
        self.flush()
        atexit.unregister(self.flush)
