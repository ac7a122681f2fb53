"""What the guard does to the suites of libraries and what it says about them: ``python -m benchmarks.real``."""
