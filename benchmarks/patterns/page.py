"""Writes the table of patterns for the documentation, from the expectations and the docstrings of the suite's tests."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.patterns.runs import SUITE
from benchmarks.patterns.table import Pattern

RUNS = Path(__file__).with_name("runs.txt")
_HEAD = """\
# Patterns

<!-- Written by `python -m benchmarks.patterns --page docs/patterns.md`; do not edit it by hand. -->

What leaks in Python code, and what pytest-gcguard says about it: {patterns} patterns. Each is a test that leaks, and a clean
twin that does the same without leaking; {lookalikes} have a look-alike as well, which is no leak. {benign} more tests do what
is often taken for a leak and is none. About the twins, the look-alikes and these tests nothing is said. The code is in
`benchmarks/patterns/suite`: `test_leaky_NAME`, `test_tidy_NAME`, `test_lookalike_NAME`, and the programs they use in `app/`.

```sh
python -m benchmarks.patterns   # ten runs as written, ten in random order, and one of each with freeze=False
```

The types, the reference to cut, the holder and the signature are the same on Python 3.10 to 3.15; `tests/test_patterns.py`
compares all of them. The end of this page lists the runs.
"""
_RUNS = """\
## Runs

What the command printed. Where there are no differences, all of the above was said, and nothing else.

```
{runs}```
"""
_COLUMNS = """\
| pattern | what leaks | what is said | cut, or held by | mended by | look-alike, no leak |
|---|---|---|---|---|---|
"""


def render(patterns: Sequence[Pattern]) -> str:
    """The page: a table for each topic, then the benign tests, then what the runs printed."""
    said = dict(_docstrings())
    lookalikes = sum(f"test_lookalike_{pattern.name}" in said for pattern in patterns)
    benign = {name: text for name, text in said.items() if name.startswith("test_benign_")}
    parts = [_HEAD.format(patterns=len(patterns), lookalikes=lookalikes, benign=len(benign))]
    for topic in dict.fromkeys(pattern.topic for pattern in patterns):
        rows = [_row(pattern, said) for pattern in patterns if pattern.topic == topic]
        parts.append(f"## {topic.capitalize()}\n\n{_COLUMNS}{''.join(rows)}")
    lines = [f"| {_spaced(name.removeprefix('test_benign_'))} | {_cell(text)} |\n" for name, text in benign.items()]
    parts.append("## No leaks\n\n| test | what it does |\n|---|---|\n" + "".join(lines))
    parts.append(_RUNS.format(runs=RUNS.read_text(encoding="utf-8")))
    return "\n".join(parts)


def _row(pattern: Pattern, said: dict[str, str]) -> str:
    told = f"{pattern.rule} {pattern.signature.removeprefix(pattern.rule + '-')}".strip()
    types = ", ".join(f"`{name}`" for name in pattern.types)
    cells = [
        _spaced(pattern.name),
        pattern.leaks,
        f"{told} {types}",
        f"`{pattern.cut or pattern.holder}`" if pattern.cut or pattern.holder else "",
        pattern.fix,
        said.get(f"test_lookalike_{pattern.name}", ""),
    ]
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


def _docstrings() -> Iterator[tuple[str, str]]:
    """The first lines of the docstrings of the suite's tests."""
    for file in sorted((SUITE / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                text = ast.get_docstring(node)
                if text:
                    yield node.name, text.splitlines()[0]
