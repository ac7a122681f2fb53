"""Growth that only the allocator sees (GCG004). These tests ask for it by their marker."""

import pytest
from app import blobs

numpy = None
try:
    import numpy
except ImportError:
    pass
pytestmark = pytest.mark.gcguard(memory=True)
needs_numpy = pytest.mark.skipif(numpy is None, reason="numpy is not installed")


def test_leaky_bytes():
    assert len(blobs.receive()) == 1000


def test_tidy_bytes():
    assert len(blobs.receive_tidily()) == 1000


def test_leaky_text_keys():
    for _ in range(100):
        assert blobs.visit() in blobs.VISITORS


def test_tidy_text_keys():
    for _ in range(100):
        assert blobs.visit_tidily() not in blobs.VISITORS


def test_lookalike_text_keys():
    """Interned texts go like others."""
    assert len({blobs.intern() for _ in range(100)}) == 100


def test_leaky_counter():
    blobs.hit()


def test_tidy_counter():
    blobs.hit_tidily()


def test_leaky_bytearray():
    blobs.log()


def test_tidy_bytearray():
    blobs.log_tidily()


def test_leaky_array():
    blobs.sample()


def test_tidy_array():
    blobs.sample_tidily()


def test_leaky_numbers():
    blobs.rate()


def test_tidy_numbers():
    blobs.rate_tidily()


@needs_numpy
def test_leaky_numpy():
    blobs.TABLE.append(numpy.zeros(1000))


@needs_numpy
def test_tidy_numpy():
    blobs.TABLE.append(numpy.zeros(1000))
    blobs.TABLE.pop()


@needs_numpy
def test_lookalike_numpy():
    """A view of an array, which goes with it."""
    assert numpy.arange(1000)[::2].sum() == 249500
