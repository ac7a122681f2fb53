"""Leaks of real releases are found, and the mended releases are silent: ``python -m benchmarks.releases``."""
