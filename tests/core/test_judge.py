"""What fails a test, as a table of observations and policies."""

from __future__ import annotations

import dataclasses

import pytest

from pytest_gcguard.core.judge import judge
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Cycle, Holder, Leak, Observation, Place, Step
from pytest_gcguard.core.policy import Limit, Policy

CYCLE = Cycle((Step("app.Node", ".me", "/project/app.py", 3),), ("app.Node",), Origin.OWN, objects=1)
OF_LIBRARY = dataclasses.replace(CYCLE, path=(Step("lib.Thing", ".me"),), types=("lib.Thing",), origin=Origin.LIBRARY)
HOLDER = Holder(
    "app._OPEN['alice'][0]", (Step("app", ""), Step("module app", "._OPEN['alice'][0]"), Step("app.Node", "")), Origin.OWN
)
LEAK = Leak(
    ("app.Node", "list"), (1, 1, 1), Origin.OWN, objects=1, holder=HOLDER, made_at=(Place("/project/app.py", 9, "make"),)
)

ONLY_CYCLES = Policy(fail_on=frozenset({Kind.CYCLE}))


@pytest.mark.parametrize(
    ("seen", "policy", "failing"),
    [
        (Observation(cycles=(CYCLE,)), Policy(), []),
        (Observation(cycles=(CYCLE,)), ONLY_CYCLES, ["GCG002"]),
        (Observation(cycles=(OF_LIBRARY,)), ONLY_CYCLES, []),
        (Observation(cycles=(OF_LIBRARY,)), ONLY_CYCLES._replace(origins=frozenset({Origin.LIBRARY})), ["GCG002"]),
        (Observation(uncollectable=(CYCLE,)), Policy(), ["GCG001"]),
        (Observation(leaks=(LEAK,)), Policy(), ["GCG003"]),
        (Observation(leaks=(LEAK,)), Policy(fail_on=frozenset()), []),
        (Observation(leaks=(dataclasses.replace(LEAK, confirmed=False, why="it failed when run again"),)), Policy(), []),
        (Observation(cycles=(CYCLE, CYCLE)), Policy(cycles=Limit(max=1)), ["GCG002"]),
        (Observation(cycles=(CYCLE, CYCLE)), Policy(cycles=Limit(max=2)), []),
        (Observation(cycles=(CYCLE,)), Policy(cycles=Limit(ignore=("app.*",))), []),
        (Observation(cycles=(OF_LIBRARY,)), Policy(cycles=Limit(origins=frozenset({Origin.LIBRARY}))), ["GCG002"]),
        (Observation(leaks=(LEAK,)), Policy(leaks=Limit(types=("Node",))), ["GCG003"]),
        (Observation(leaks=(LEAK,)), Policy(leaks=Limit(types=("app.Node",))), ["GCG003"]),
        (Observation(leaks=(LEAK,)), Policy(leaks=Limit(types=("Other",))), []),
        (Observation(leaks=(LEAK,)), Policy(leaks=Limit(max=1)), []),
    ],
)
def test_what_fails_a_test(seen: Observation, policy: Policy, failing: list[str]) -> None:
    verdict = judge(seen, policy)
    assert [finding.kind.rule for finding in verdict.failures] == failing
    assert len(verdict.findings) == 1


@pytest.mark.parametrize("pattern", ["app.Node", "app.*", "GCG002-*"])
def test_what_is_ignored_is_not_even_reported(pattern: str) -> None:
    assert judge(Observation(cycles=(CYCLE,)), Policy(ignore=(pattern,))).findings == ()


@pytest.mark.parametrize(
    ("root", "chain"),
    [
        ("app", ["module app", "app.Node"]),
        ("thread 'worker'", ["thread 'worker'", "module app", "app.Node"]),
    ],
)
def test_a_module_is_told_once_in_the_chain_that_begins_with_it(root: str, chain: list[str]) -> None:
    holder = dataclasses.replace(HOLDER, path=(Step(root, ""), *HOLDER.path[1:]))
    verdict = judge(Observation(leaks=(dataclasses.replace(LEAK, holder=holder),)), Policy())
    assert [step.type for step in verdict.findings[0].path] == chain


def test_kinds_that_are_not_looked_for_are_not_reported() -> None:
    assert (
        judge(Observation(cycles=(CYCLE,), leaks=(LEAK,)), Policy(look_for=frozenset({Kind.LEAK}))).findings[0].kind
        is Kind.LEAK
    )


def test_equal_cycles_are_one_finding_with_their_sums() -> None:
    (finding,) = judge(Observation(cycles=(CYCLE, CYCLE, CYCLE)), Policy()).findings
    assert (finding.count, finding.objects) == (3, 3)


def test_the_signature_of_a_cycle_does_not_depend_on_where_one_starts_to_read_it_or_on_lines_and_counts() -> None:
    a, b = Step("app.A", ".kids[3]", "x.py", 1), Step("app.B", ".parent", "x.py", 2)
    one = dataclasses.replace(CYCLE, path=(a, b), objects=2)
    two = dataclasses.replace(CYCLE, path=(b, dataclasses.replace(a, edge=".kids[17]", line=40)), objects=9)
    signatures = {judge(Observation(cycles=(cycle,)), Policy()).findings[0].signature for cycle in (one, two)}
    assert len(signatures) == 1
    other = dataclasses.replace(CYCLE, path=(a, dataclasses.replace(b, edge=".owner")))
    assert judge(Observation(cycles=(other,)), Policy()).findings[0].signature not in signatures


def test_a_leak_tells_its_holder_its_making_and_what_to_do() -> None:
    (finding,) = judge(Observation(leaks=(LEAK,)), Policy(), lambda file: file.removeprefix("/project/")).findings
    assert finding.holder == "app._OPEN['alice'][0]"
    assert str(finding.made_at[0]) == "app.py:9 in make"
    assert finding.growth == (1, 1, 1)
    assert isinstance(finding.cut, Cut)
    assert "app._OPEN['alice']" in finding.cut.hint


def test_notes_say_what_is_special_about_a_cycle() -> None:
    special = dataclasses.replace(CYCLE, finalizer=True, hidden=True, maker="fixture 'db' (module scope)")
    notes = judge(Observation(cycles=(special,)), Policy()).findings[0].notes
    assert ["__del__" in notes[0], "collected it itself" in notes[1], "fixture 'db'" in notes[2]] == [True, True, True]
