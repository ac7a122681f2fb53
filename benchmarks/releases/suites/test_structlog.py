"""A logger on a file of its own: structlog 25.5.0 keeps the file in its registry of locks."""

import structlog


def test_a_logger_on_a_file(tmp_path):
    with open(tmp_path / "log.txt", "w", encoding="utf-8") as file:
        structlog.PrintLogger(file).msg("hello")
    assert (tmp_path / "log.txt").read_text(encoding="utf-8") == "hello\n"
