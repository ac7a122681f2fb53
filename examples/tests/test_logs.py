"""A handler is added to a logger and never removed.
Each run of the test adds one, so it is a leak, and each line is logged once more; the tidy test removes its handler."""

from shop import logs


def test_log() -> None:
    handler = logs.record()
    logs.LOGGER.warning("sold out")
    assert handler.lines == ["sold out"]


def test_tidy_log() -> None:
    with logs.recorded() as handler:
        logs.LOGGER.warning("sold out")
    assert handler.lines == ["sold out"]
