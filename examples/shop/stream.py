"""A feed keeps the generator or coroutine that it has begun, whose suspended frame holds the feed as self.
So they keep each other alive until the generator is run to its end or closed, which drops its frame."""

from __future__ import annotations

import types
from collections.abc import Coroutine, Iterator


class Feed:
    def __init__(self) -> None:
        self.lines: Iterator[str] | None = None
        self.download: Coroutine[None, None, str] | None = None

    def read(self) -> str:
        self.lines = self._read()
        return next(self.lines)

    def _read(self) -> Iterator[str]:
        yield f"first of {type(self).__name__}"
        yield "last"

    def start(self) -> None:
        self.download = self._download()
        self.download.send(None)

    async def _download(self) -> str:
        await _suspended()
        return type(self).__name__

    def close(self) -> None:
        self.lines = None
        if self.download is not None:
            self.download.close()
            self.download = None


@types.coroutine
def _suspended() -> Iterator[None]:
    yield
