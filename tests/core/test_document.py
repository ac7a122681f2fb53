"""One run, one document: whatever the order, the process and the written form that the findings took."""

from __future__ import annotations

import dataclasses
import json
import pickle
import platform
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_gcguard.core.documents import document, written
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Place, Step

quickly = settings(max_examples=50, deadline=None)

STARTED = "2030-01-31T12:00:00Z"

words = st.text('a.→\n"\\', max_size=4)
numbers = st.integers(0, 10**6)
outcomes = st.sampled_from(document.OUTCOMES)


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=2).map(tuple)


steps = st.builds(Step, words, words, st.none() | words, st.none() | numbers)
findings = st.builds(
    Finding,
    signature=words,
    kind=st.sampled_from(Kind),
    origin=st.sampled_from(Origin),
    title=words,
    types=some(words),
    path=some(steps),
    cut=st.none() | st.builds(Cut, words, words, st.none() | words, st.none() | numbers, st.booleans(), words, some(steps)),
    holder=st.none() | words,
    made_at=some(st.builds(Place, words, numbers, st.none() | words)),
    growth=st.none() | some(st.integers(-9, 9)),
    objects=numbers,
    retained=numbers,
    count=numbers,
    confirmed=st.booleans(),
    notes=some(words),
    shape=st.none() | words,
    fixture=st.none() | st.tuples(words, words),
)


Addition = tuple[str, list[written.Json], bool, float]


def told(*added: Addition) -> document.Document:
    tally = Tally("1.0", "3.14.0")
    for addition in added:
        tally.add(*addition)
    return tally.document(STARTED, 3.5)


def ran(nodeid: str, *found: Finding, outcome: document.Outcome = "reported", seconds: float = 0.0) -> Addition:
    return nodeid, [written.finding_to_dict(one, outcome) for one in found], True, seconds


def finding(signature: str = "GCG002-00000001", origin: Origin = Origin.OWN, objects: int = 2, **more: Any) -> Finding:
    kind = next(kind for kind in Kind if signature.startswith(kind.rule))
    return Finding(signature, kind, origin, "app.Node → .parent", ("app.Node",), objects=objects, **more)


def signatures(made: document.Document) -> list[str]:
    return [entry.finding.signature for entry in made.entries]


records = st.builds(
    written.finding_to_dict,
    st.builds(
        finding,
        signature=st.sampled_from(["GCG001-00000001", "GCG002-00000002", "GCG002-00000003", "GCG003-00000004"]),
        origin=st.sampled_from(Origin),
        objects=numbers,
        holder=st.sampled_from([None, "app.A", "app.B"]),
        confirmed=st.booleans(),
    ),
    outcomes,
)
nodeids = st.sampled_from(["test_a.py::a", "test_a.py::b", "test_b.py::a[1]"])
runs = st.lists(st.tuples(nodeids, st.lists(records, max_size=3), st.booleans(), st.floats(0, 100)), max_size=6)


# A finding and its record


@quickly
@given(findings, outcomes)
def test_a_record_gives_back_the_finding_and_its_outcome_even_through_json(one: Finding, outcome: document.Outcome) -> None:
    record = written.finding_to_dict(one, outcome)
    assert written.finding_from_dict(record) == (one, outcome)
    assert written.finding_from_dict(json.loads(json.dumps(record))) == (one, outcome)


def test_a_record_has_every_field_of_a_finding() -> None:
    record = written.finding_to_dict(finding(), "reported")
    assert set(record) == {field.name for field in dataclasses.fields(Finding)} | {"rule", "outcome"}


def test_what_only_the_judge_needs_stays_behind() -> None:
    made = told(ran("a", finding(count=7, confirmed=False, notes=("unconfirmed: it ran once",))))
    assert made.entries[0].finding == finding(notes=("unconfirmed: it ran once",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "lost"}, "outcome is 'lost', which is none of failed, reported, baselined"),
        ({"kind": "smell"}, "'smell' is not a valid Kind"),
        ({"objects": "2"}, "'objects' is '2', not of type int"),
        ({"types": [1]}, "a list has something other than type str in it"),
        ({"path": ["step"]}, "'type' is missing"),
    ],
)
def test_a_record_that_says_something_else_is_refused_by_name(change: written.Json, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        written.finding_from_dict(written.finding_to_dict(finding(), "reported") | change)


@pytest.mark.parametrize("key", ["signature", "cut", "growth", "notes", "count", "confirmed", "outcome"])
def test_a_record_that_lacks_something_is_refused_by_name(key: str) -> None:
    record = written.finding_to_dict(finding(), "reported")
    del record[key]
    with pytest.raises(ValueError, match=f"^'{key}' is missing$"):
        written.finding_from_dict(record)


# Adding up


@quickly
@given(runs, st.randoms(use_true_random=False))
def test_the_order_in_which_tests_ran_makes_no_difference(run: list[Addition], random: Any) -> None:
    shuffled = [(nodeid, random.sample(found, len(found)), checked, seconds) for nodeid, found, checked, seconds in run]
    random.shuffle(shuffled)
    assert told(*shuffled) == told(*run)


@quickly
@given(runs)
def test_nothing_is_lost_and_nothing_counted_twice(run: list[Addition]) -> None:
    made = told(*run)
    every = [(nodeid, record) for nodeid, found, _, _ in run for record in found]
    assert sum(entry.objects for entry in made.entries) == sum(record["objects"] for _, record in every)
    listed = [(test.nodeid, entry.finding.signature) for entry in made.entries for test in entry.tests]
    assert sorted(listed) == sorted({(nodeid, record["signature"]) for nodeid, record in every})
    assert made.summary.tests == len({nodeid for nodeid, _, _, _ in run})
    assert made.summary.failed == len({nodeid for nodeid, record in every if record["outcome"] == "failed"})
    assert sum(made.summary.findings.values()) == sum(made.summary.origins.values()) == len(made.entries)


def test_a_signature_is_one_entry_that_lists_its_tests_once_and_the_failing_ones_first() -> None:
    made = told(ran("b", finding(objects=3)), ran("c", finding(objects=4), outcome="failed"), ran("a", finding(objects=5)))
    [entry] = made.entries
    assert entry.tests == (
        document.TestEntry("c", "failed", 4),
        document.TestEntry("a", "reported", 5),
        document.TestEntry("b", "reported", 3),
    )
    assert (entry.objects, entry.failed, entry.baseline) == (12, True, False)


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ("reported", "failed", "failed"),
        ("baselined", "failed", "failed"),
        ("baselined", "reported", "reported"),
        ("reported", "reported", "reported"),
    ],
)
def test_a_test_that_ran_twice_is_one_test_whose_worse_outcome_stands(
    first: document.Outcome, second: document.Outcome, stands: document.Outcome
) -> None:
    for early, late in [(first, second), (second, first)]:
        made = told(ran("a", finding(objects=2), outcome=early), ran("a", finding(objects=3), outcome=late))
        assert made.summary.tests == 1
        assert made.entries[0].tests == (document.TestEntry("a", stands, 5),)


def test_the_first_test_by_name_stands_for_the_others() -> None:
    made = told(ran("b", finding(holder="from b", objects=9)), ran("a", finding(holder="from a")), ran("c", finding()))
    assert made.entries[0].finding == finding(holder="from a", objects=2)


def test_only_what_is_in_the_baseline_for_every_test_is_in_the_baseline() -> None:
    known, partly = finding("GCG003-00000001"), finding("GCG003-00000002")
    made = told(ran("a", known, partly, outcome="baselined"), ran("b", known, outcome="baselined"), ran("b", partly))
    assert {entry.finding: entry.baseline for entry in made.entries} == {known: True, partly: False}


def test_the_worst_comes_first() -> None:
    many = [ran(f"m{number}", finding("GCG002-00000003")) for number in range(3)]
    made = told(
        ran("a", finding("GCG002-00000009", Origin.HARNESS), finding("GCG001-00000008", Origin.STDLIB)),
        ran("b", finding("GCG004-00000006"), finding("GCG002-00000005"), finding("GCG002-00000004")),
        ran("c", finding("GCG001-00000002"), finding("GCG003-00000001"), finding("GCG003-00000007", Origin.LIBRARY)),
        ran("d", finding("GCG004-00000000", Origin.LIBRARY), outcome="failed"),
        *many,
    )
    assert signatures(made) == [
        "GCG004-00000000",  # failed a test
        "GCG003-00000001",  # own, by rule
        "GCG001-00000002",
        "GCG002-00000003",  # in three tests
        "GCG002-00000004",  # in one, by signature
        "GCG002-00000005",
        "GCG004-00000006",
        "GCG003-00000007",  # a library's
        "GCG001-00000008",
        "GCG002-00000009",
    ]


def test_the_summary_counts_tests_guarded_tests_seconds_and_signatures() -> None:
    made = told(
        ran("a", finding(), finding("GCG003-00000001", Origin.LIBRARY), outcome="failed", seconds=0.1),
        ran("b", finding(), outcome="failed", seconds=0.2),
        ran("c", seconds=0.3),
        ("d", [], False, 0.0),
    )
    assert made.summary == document.Summary(
        tests=4,
        checked=3,
        failed=2,
        guard_seconds=0.6,
        findings={"uncollectable": 0, "cycle": 1, "leak": 1, "memory": 0},
        origins={"own": 1, "library": 1, "stdlib": 0, "harness": 0},
    )


def test_seconds_are_kept_to_the_microsecond() -> None:
    tally = Tally("1.0")
    tally.add("a", [], checked=True, seconds=0.12345678)
    made = tally.document(STARTED, 3.12345678)
    assert (made.seconds, made.summary.guard_seconds) == (3.123457, 0.123457)


def test_a_tally_names_the_running_python_unless_told_another() -> None:
    made = Tally("1.0").document(STARTED, 3.5)
    assert made.python == platform.python_version()
    assert (made.started, made.seconds, made.version) == (STARTED, 3.5, "1.0")


@quickly
@given(runs)
def test_a_document_can_be_pickled(run: list[Addition]) -> None:
    made = told(*run)
    assert pickle.loads(pickle.dumps(made)) == made


# The JSON document


@quickly
@given(runs)
def test_a_json_document_gives_back_the_document(run: list[Addition]) -> None:
    made = told(*run)
    assert written.from_json(json.loads(json.dumps(written.as_json(made)))) == made


REFERENCE = {
    "schema": 1,
    "tool": {"name": "pytest-gcguard", "version": "1.0"},
    "python": "3.14.0",
    "started": STARTED,
    "seconds": 3.5,
    "partial": False,
    "summary": {
        "tests": 2,
        "checked": 2,
        "failed": 1,
        "guard_seconds": 0.25,
        "findings": {"uncollectable": 0, "cycle": 1, "leak": 0, "memory": 0},
    },
    "findings": [
        {
            "signature": "GCG002-00000001",
            "rule": "GCG002",
            "kind": "cycle",
            "origin": "own",
            "title": "app.Node → .parent",
            "types": ["app.Node"],
            "path": [
                {"type": "app.Node", "edge": ".children[0]", "file": "app/tree.py", "line": 18},
                {"type": "app.Node", "edge": ".parent", "file": None, "line": None},
            ],
            "cut": {
                "edge": ".parent",
                "type": "app.Node",
                "file": "app/tree.py",
                "line": 18,
                "verified": True,
                "hint": "use weakref.ref",
                "also": [{"type": "app.Leaf", "edge": ".twig", "file": None, "line": None}],
            },
            "holder": "app.tree.ROOT",
            "made_at": [
                {"file": "app/tree.py", "line": 7, "function": "grow"},
                {"file": "tests/test_a.py", "line": 3, "function": None},
            ],
            "growth": [1, 1],
            "notes": ["has a finalizer"],
            "shape": "parent-child",
            "fixture": {"name": "db", "scope": "module"},
            "objects": 4,
            "retained": 1,
            "baseline": False,
            "tests": [
                {"nodeid": "b", "outcome": "failed", "objects": 2},
                {"nodeid": "a", "outcome": "reported", "objects": 2},
            ],
        }
    ],
}


def test_the_json_document_is_the_one_of_the_reference_in_its_order() -> None:
    one = finding(
        path=(Step("app.Node", ".children[0]", "app/tree.py", 18), Step("app.Node", ".parent")),
        cut=Cut("app.Node", ".parent", "app/tree.py", 18, True, "use weakref.ref", (Step("app.Leaf", ".twig"),)),
        holder="app.tree.ROOT",
        made_at=(Place("app/tree.py", 7, "grow"), Place("tests/test_a.py", 3)),
        growth=(1, 1),
        retained=1,
        count=4,
        notes=("has a finalizer",),
        shape="parent-child",
        fixture=("db", "module"),
    )
    report = written.as_json(told(ran("b", one, outcome="failed", seconds=0.25), ran("a", one)))
    assert json.dumps(report, indent=1) == json.dumps(REFERENCE, indent=1)


def test_a_report_without_the_keys_that_came_later_is_read() -> None:
    report = written.as_json(told(ran("a", finding(cut=Cut("app.Node", ".parent")))))
    entry = report["findings"][0]
    del entry["shape"], entry["fixture"], entry["cut"]["also"]
    read = written.from_json(report).entries[0].finding
    assert (read.shape, read.cut) == (None, Cut("app.Node", ".parent"))


def test_whole_seconds_written_as_integers_are_read() -> None:
    report = written.as_json(told()) | {"seconds": 3}
    assert written.from_json(report).seconds == 3.0


FOREIGN = "this is not a JSON report of pytest-gcguard: its tool.name is missing or another"


@pytest.mark.parametrize(
    ("foreign", "message"),
    [
        ([], FOREIGN),
        (None, FOREIGN),
        ({"schema": 1}, FOREIGN),
        ({"schema": 1, "tool": "pytest-gcguard"}, FOREIGN),
        ({"schema": 1, "tool": {"name": "ruff"}}, FOREIGN),
        (
            {"schema": 2, "tool": {"name": "pytest-gcguard", "version": "7.0"}},
            "this report of pytest-gcguard 7.0 has schema 2; only schema 1 can be read here",
        ),
        ({"schema": "1", "tool": {"name": "pytest-gcguard", "version": "7.0"}}, "'schema' is '1', not of type int"),
        (
            {"schema": 1, "tool": {"name": "pytest-gcguard", "version": "1.0"}},
            "this report of pytest-gcguard 1.0 is damaged: 'findings' is missing",
        ),
    ],
)
def test_what_is_no_report_of_this_schema_is_refused_in_a_sentence(foreign: object, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message + "$"):
        written.from_json(foreign)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tests": []}, "a finding has no tests"),
        ({"tests": [{"nodeid": "a", "outcome": "lost", "objects": 1}]}, "outcome is 'lost', which is none of"),
        ({"origin": "mine"}, "'mine' is not a valid Origin"),
        ({"cut": {"edge": ".parent"}}, "'type' is missing"),
    ],
)
def test_a_damaged_report_is_refused_with_what_is_wrong_in_it(change: written.Json, message: str) -> None:
    report = written.as_json(told(ran("a", finding())))
    report["findings"][0] |= change
    with pytest.raises(ValueError, match=f"^this report of pytest-gcguard 1.0 is damaged: {message}"):
        written.from_json(report)
