"""The common patterns of findings, and what is said to them."""
