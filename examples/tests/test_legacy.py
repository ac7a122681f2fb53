"""Two handles of an old-fashioned C type hold each other, and the collector cannot free them.
They are uncollectable, which fails a test by itself; the tidy test cuts the cycle. Both need CPython's _testcapi."""

import pytest

pytest.importorskip("_testcapi")
legacy = pytest.importorskip("shop.legacy")


def test_handles() -> None:
    legacy.Handle().link(legacy.Handle())


def test_tidy_handles() -> None:
    handle = legacy.Handle()
    handle.link(legacy.Handle())
    handle.unlink()
