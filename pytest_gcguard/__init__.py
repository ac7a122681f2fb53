"""Finds reference cycles and leaks in every test, and says which reference to cut."""

__version__ = "0.1.0"
