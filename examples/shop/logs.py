"""A handler that keeps the log's lines is added to a logger, and a logger lives as long as the process.
It keeps its handlers until they are removed, which `recorded` does at its end."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

LOGGER = logging.getLogger("shop")


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def record() -> Lines:
    handler = Lines()
    LOGGER.addHandler(handler)
    return handler


@contextlib.contextmanager
def recorded() -> Iterator[Lines]:
    handler = record()
    try:
        yield handler
    finally:
        LOGGER.removeHandler(handler)
        handler.close()
