"""Patterns of leaks, each with a clean twin, and what the guard must say to them: ``python -m benchmarks.patterns``.

``suite/`` holds the programs (``app/``) and their tests, ``expected.toml`` what each leaky test is told; the twins, the
look-alikes and benign tests are told nothing.
"""
