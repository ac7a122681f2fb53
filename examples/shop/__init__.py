"""A small shop that leaks in every way that Python code leaks, and does each thing a second time without leaking.
It is here to be guarded: ``python -m pytest --gcguard examples`` shows what pytest-gcguard says to each of them."""
