"""Draws what one test costs over the size of the heap, a line for each contender, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.sections import Row

_LEAST = 10_000
"""Where a heap without objects is drawn: so many there are in any run of pytest."""


def draw(rows: Sequence[Row], file: Path) -> None:
    """Writes the picture as SVG, with text as text and the same bytes for the same rows."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "pytest-gcguard", "font.size": 11})
    from matplotlib import pyplot

    lines: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        if row.heap is not None and row.a_test is not None:
            lines.setdefault(row.contender, []).append((max(row.heap, _LEAST), row.a_test * 1e6))
    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    for name, points in lines.items():
        width = 3 if name == "guarded" else 1.5
        axes.loglog(*zip(*points, strict=True), marker="o", linewidth=width, zorder=width, label=name)
    axes.set(xlabel="objects on the heap", ylabel="user CPU for a test, µs", title="What one empty test costs")
    axes.grid(which="major", alpha=0.3)
    axes.legend()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
