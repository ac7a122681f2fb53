"""A marker that was called with one class alone: pytest takes it for a decorator of that class.

``@pytest.mark.no_leaks(Session)`` marks `Session`, and calls it with the test function: what it makes is in the place of the
test, which nobody collects, unless it raises.

Rules of this file: changes no outcome, where warnings are none; it only says so.
"""

from __future__ import annotations

from typing import cast

import pytest

_HOW = "pytest takes a marker that is called with one class for a decorator of that class; write no_leaks({0}, max=0)"
_NAMESPACE = type.__dict__["__dict__"]


def note(collector: pytest.Module | pytest.Class, report: pytest.CollectReport) -> None:
    """Says so of a module or class that was collected, where it is so."""
    if report.failed:
        text = str(report.longrepr)
        if "TypeError" in text and ".no_leaks(" in text:
            report.sections.append(("gcguard", _HOW.format("Type")))
        return
    for name, obj in list(vars(collector.obj).items()):
        tp = type(obj)
        if "pytestmark" in _NAMESPACE.__get__(tp) and collector.funcnamefilter(name) and _is_marked(tp):
            said = f"gcguard: {name} is no test but an instance of {tp.__name__}: {_HOW.format(tp.__name__)}"
            try:
                collector.warn(pytest.PytestCollectionWarning(said))
            except Warning as error:  # they are errors here, as by `-W error`
                report.outcome, report.longrepr, report.result = "failed", str(error), []


def _is_marked(tp: type) -> bool:
    marks = cast("object", _NAMESPACE.__get__(tp)["pytestmark"])
    found = marks if isinstance(marks, list) else [marks]
    return any(isinstance(mark, pytest.Mark) and mark.name == "no_leaks" and not mark.args for mark in found)
