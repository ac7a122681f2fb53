"""The words of a failure: what pytest shows as the reason of a failed test."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.leaks.holders import Search
from pytest_gcguard.core.model import Finding, Verdict
from pytest_gcguard.core.origins.origin import Origins
from pytest_gcguard.reports import words
from pytest_gcguard.reports.closing import counted


def failure(findings: Sequence[Finding]) -> str:
    """All that failed a test; the first line is what the short summary shows.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> print(failure([Finding("GCG002-00000000", Kind.CYCLE, Origin.OWN, "app.A → .me", ("app.A",), objects=1)]))
    GCG002 cycle: app.A → .me
        GCG002-00000000, 1 object
    """
    return "\n".join(line for finding in findings for line in _lines(finding))


def _lines(finding: Finding) -> Iterator[str]:
    grown = f", {growth}" if (growth := words.growth(finding)) else ""
    yield f"{finding.kind.rule} {finding.kind.value}: {finding.title}{grown}"
    for label, text in words.facts(finding):
        yield f"    {label:<9}{text}"
    yield f"    {finding.signature}, {counted(finding.objects, 'object')}"


def sections(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """The section of a test's report with the project's findings that did not fail it, for other plugins' reports."""
    failures = {finding.signature for finding in verdict.failures}
    told = [each for each in verdict.findings if each.origin is Origin.OWN and each.signature not in failures]
    if told:
        yield _kept("gcguard", failure(told))


def not_twice(nodeid: str, failure: str) -> tuple[str, str]:
    """The section for the report of a failed test, where another test of its file did not pass when it was repeated.

    >>> print(not_twice("test_app.py::test_first", "AssertionError in its call")[1])
    test_app.py::test_first was run again to see whether it leaks, which it did not pass: AssertionError in its call.
    If this test passes with --no-gcguard, what that has changed may be why: mark test_first gcguard(repeat=False).
    """
    name = nodeid.rpartition("::")[2].partition("[")[0]
    return _kept(
        "gcguard",
        f"{nodeid} was run again to see whether it leaks, which it did not pass: {failure}.\n"
        f"If this test passes with --no-gcguard, what that has changed may be why: mark {name} gcguard(repeat=False).",
    )


def again(names: str) -> tuple[str, str]:
    """The section for the report of a failed test, where others of its class or module were repeated before it.

    >>> print(again("test_first, test_second")[1])
    run again before this test, to see whether they leak: test_first, test_second.
    If this test passes with --no-gcguard, what they have changed may be why: mark them gcguard(repeat=False).
    """
    return _kept(
        "gcguard",
        f"run again before this test, to see whether they leak: {names}.\n"
        "If this test passes with --no-gcguard, what they have changed may be why: mark them gcguard(repeat=False).",
    )


def properties(verdict: Verdict) -> Iterator[tuple[str, int]]:
    """Flat numbers for pytest's JUnit report: how many findings of each kind a test has."""
    for kind in Kind:
        number = sum(finding.kind is kind for finding in verdict.findings)
        if number:
            yield _kept(f"gcguard.{kind.value}", number)


_Value = TypeVar("_Value", str, int)


@functools.lru_cache(maxsize=256)
def _kept(name: str, value: _Value) -> tuple[str, _Value]:
    """One pair for all tests that have the same, since pytest keeps it with the reports of each."""
    return name, value


Late = tuple[Any, str, bool]
"""A weak reference to what was expected to be freed, the name of its type, and whether it has outlived a collection."""


def not_freed(late: Iterable[Late], origins: Origins, avoid: Sequence[object]) -> Iterator[str]:
    """The messages for objects that ``expect_freed`` was given and that outlived the test.

    Something may still hold one, or it has been freed meanwhile, by the collector or by the end of a thread. Needs a thawed
    heap. ``avoid`` are objects of the guard's own that no chain to a holder may lead through.
    """
    for reference, name, outlived in late:
        hidden = [reference()]
        why = "only the garbage collector freed it: it was in a reference cycle, or held by one"
        if hidden[0] is not None:
            with Search(origins, hidden) as search:
                search.avoided = frozenset(map(id, avoid))
                holder = search.holder(hidden[0])
            why = f"held by {holder.expression}" if holder is not None else "its holder was not found"
        elif outlived:
            why = "a thread held it, which ended after the test: join() it in the test, or in the teardown"
        yield f"gcguard: {name} was expected to be freed by the end of the test: {why}"
