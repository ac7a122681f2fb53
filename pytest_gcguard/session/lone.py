"""A marker that was called with one class alone: pytest takes it for a decorator of that class.

``@pytest.mark.no_leaks(Session)`` marks `Session` and then calls ``Session(test_function)``. If that does not raise, its
result takes the place of the test, and pytest does not collect it.

Rules of this file: it only warns, and changes no outcome unless warnings are errors.
"""

from __future__ import annotations

import re
from typing import cast

import pytest

_HOW = "pytest takes a marker that is called with one class for a decorator of that class; write no_leaks({0}, max=0)"
_NAMESPACE = type.__dict__["__dict__"]


def note(collector: pytest.Module | pytest.Class, report: pytest.CollectReport) -> None:
    """Warns about such markers in a module or class that was collected, or adds to the report if that failed by one."""
    if report.failed:
        name = _called(collector, str(report.longrepr))
        if name:
            report.sections.append(("gcguard", _HOW.format(name)))
        return
    for name, obj in list(vars(collector.obj).items()):
        tp = type(obj)
        if "pytestmark" in _NAMESPACE.__get__(tp) and collector.funcnamefilter(name) and _is_marked(tp):
            said = f"gcguard: {name} is no test but an instance of {tp.__name__}: {_HOW.format(tp.__name__)}"
            try:
                collector.warn(pytest.PytestCollectionWarning(said))
            except Warning as error:  # they are errors here, as by `-W error`
                report.outcome, report.longrepr, report.result = "failed", str(error), []


def _called(collector: pytest.Module | pytest.Class, text: str) -> str:
    """The name of a class that could not be called, if the file has a marker with this class alone."""
    found = re.search(r"TypeError: (?:\w+\.)*?(\w+)(?:\.__init__)?\(\)", text)
    if found is None:
        return ""
    source = collector.path.read_text(encoding="utf-8", errors="replace")
    return found[1] if re.search(rf"\.no_leaks\((?:\w+\.)*{found[1]}\)", source) else ""


def _is_marked(tp: type) -> bool:
    marks = cast("object", _NAMESPACE.__get__(tp)["pytestmark"])
    found = marks if isinstance(marks, list) else [marks]
    return any(isinstance(mark, pytest.Mark) and mark.name == "no_leaks" and not mark.args for mark in found)
