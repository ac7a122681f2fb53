"""Objects of a type with tp_del, as old C extensions have it, are in a cycle, and the collector cannot free such a cycle.
It does not know in which order to finalize them, so it puts them into gc.garbage, where they stay; `unlink` cuts the cycle."""

from __future__ import annotations

from _testcapi import with_tp_del  # type: ignore[import-not-found] # CPython's own test module, not everywhere installed


@with_tp_del
class Handle:
    def __init__(self) -> None:
        self.peer: Handle | None = None

    def link(self, peer: Handle) -> None:
        self.peer, peer.peer = peer, self

    def unlink(self) -> None:
        self.peer = None

    def __tp_del__(self) -> None:
        pass
