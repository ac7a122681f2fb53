"""The common patterns of findings, and the advice on each."""
