"""Hypothesis, where it is installed: its database, its reports and its drawn values are its own."""

import pytest

hypothesis = pytest.importorskip("hypothesis")

from app import holdings  # noqa: E402
from hypothesis import given, settings, strategies  # noqa: E402


@settings(database=None, max_examples=10)
@given(strategies.builds(holdings.Thing, strategies.text(max_size=3)))
def test_benign_hypothesis(thing):
    """A test that is run with drawn values."""
    assert thing.parts == []


@settings(max_examples=10)
@given(strategies.data())
def test_benign_hypothesis_draws(data):
    """Values are drawn in the test."""
    numbers = data.draw(strategies.lists(strategies.integers(), max_size=3))
    assert sorted(numbers) == sorted(numbers, key=int)


@settings(max_examples=10)
@given(strategies.recursive(strategies.none(), lambda deeper: strategies.lists(deeper, max_size=2), max_leaves=4))
def test_benign_hypothesis_recursive(value):
    """A strategy that refers to itself."""
    assert value is None or isinstance(value, list)
