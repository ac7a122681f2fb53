"""What the guard costs: ``python -m benchmarks`` runs suites plain and guarded, by turns, and prints the ratios."""
