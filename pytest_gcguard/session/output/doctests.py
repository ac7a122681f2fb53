"""Where the code of a doctest is written: the file and the line of each example.

Rules of this file: an example is compiled under a name that is no file, ``<doctest app.tree[2]>``; nobody is shown that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

from pytest_gcguard.core.model import Cut, Finding, Step, Verdict
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.session.state import doctest_of


def learn(item: Any, origins: Origins) -> None:
    """Tells ``origins`` where the examples of a test are written, and forgets those of the test before."""
    origins.pieces.clear()
    test = doctest_of(item)
    if test is None or not test.filename:
        return
    for number, example in enumerate(test.examples):
        before = None if test.lineno is None else test.lineno + example.lineno
        origins.pieces[f"<doctest {test.name}[{number}]>"] = test.filename, before


def placed(verdict: Verdict, origins: Origins, relative: Callable[[str], str]) -> Verdict:
    """A verdict in which the lines of examples are those of the file that they are written in."""
    if not origins.pieces:
        return verdict

    def where(located: _Located) -> _Located:
        if located.file not in origins.pieces or located.line is None:
            return located
        file, line = origins.written(located.file, located.line)
        return dataclasses.replace(located, file=relative(file), line=line)

    def of(finding: Finding) -> Finding:
        cut = finding.cut
        if cut is not None:
            cut = dataclasses.replace(where(cut), also=tuple(map(where, cut.also)))
        return dataclasses.replace(finding, path=tuple(map(where, finding.path)), cut=cut)

    return dataclasses.replace(verdict, findings=tuple(map(of, verdict.findings)), failures=tuple(map(of, verdict.failures)))


_Located = TypeVar("_Located", Step, Cut)
