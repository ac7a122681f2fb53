"""A till and its drawer hold each other, and the till closes itself in __del__; a `Phoenix` even writes itself down there.
Python calls __del__ of a cycle only when the collector runs, which may be late: `close` cuts the cycle, so it runs at once."""

from __future__ import annotations


class Drawer:
    def __init__(self, till: Till) -> None:
        self.till = till


class Till:
    def __init__(self) -> None:
        self.drawer: Drawer | None = Drawer(self)
        self.is_open = True

    def close(self) -> None:
        self.drawer = None
        self.is_open = False

    def __del__(self) -> None:
        self.is_open = False


class Phoenix:
    """Comes back when the collector frees it: its __del__ makes it reachable again."""

    def __init__(self) -> None:
        self.me: Phoenix | None = self

    def close(self) -> None:
        self.me = None

    def __del__(self) -> None:
        if self.me is not None:
            RISEN.append(self)


RISEN: list[Phoenix] = []
