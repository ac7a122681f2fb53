from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.documents.document import OUTCOMES, Document
from pytest_gcguard.core.documents.merging import difference, merge
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.documents.written import as_json, finding_to_dict, from_json
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Finding

TESTS = st.sampled_from(["a.py::test_1", "a.py::test_2", "b.py::test_3"])
FINDINGS = st.builds(
    lambda number, origin, objects: Finding(
        f"GCG002-0000000{number}", Kind.CYCLE, origin, f"app.Node{number}", (f"app.Node{number}",), objects=objects
    ),
    st.integers(1, 4),
    st.sampled_from(Origin),
    st.integers(1, 5),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    tally = Tally("1.0", draw(st.sampled_from(["3.9.1", "3.10.2"])))
    for nodeid, found in draw(st.dictionaries(TESTS, st.lists(st.tuples(FINDINGS, st.sampled_from(OUTCOMES))))).items():
        tally.add(nodeid, [finding_to_dict(*each) for each in found], checked=True, seconds=0.25)
    return tally.document(f"2030-01-31T12:00:0{draw(st.integers(0, 9))}Z", seconds=1.5)


@given(documents(), documents(), documents())
def test_the_order_of_the_documents_and_of_the_merges_makes_no_difference(a: Document, b: Document, c: Document) -> None:
    assert merge([a, b, c]) == merge([c, a, b]) == merge([merge([a, b]), c]) == merge([a, merge([b, c])])


@given(documents(), documents())
def test_a_merged_document_can_be_written_and_read(a: Document, b: Document) -> None:
    merged = merge([a, b])
    assert from_json(as_json(merged)) == merged


@given(documents())
def test_the_same_document_twice_has_the_same_findings(a: Document) -> None:
    twice = merge([a, a])
    assert (twice.entries, twice.summary.tests) == (a.entries, 2 * a.summary.tests)


@given(documents(), documents())
def test_tests_are_united_and_numbers_added_up(a: Document, b: Document) -> None:
    merged = merge([a, b])
    for name in ("tests", "checked", "failed", "guard_seconds"):
        assert getattr(merged.summary, name) == getattr(a.summary, name) + getattr(b.summary, name)
    united = {
        (entry.finding.signature, test.nodeid) for document in (a, b) for entry in document.entries for test in entry.tests
    }
    assert {(entry.finding.signature, test.nodeid) for entry in merged.entries for test in entry.tests} == united
    assert sum(merged.summary.findings.values()) == len(merged.entries)


@given(documents(), documents())
def test_each_finding_is_new_or_gone_or_still_there(base: Document, head: Document) -> None:
    found = difference(base, head)
    before, now = ({entry.finding.signature for entry in document.entries} for document in (base, head))
    assert {entry.finding.signature for entry in found.new} == now - before
    assert {entry.finding.signature for entry in found.gone} == before - now
    assert {after.finding.signature for _, after in found.still} == now & before
    assert set(found.new_own) == {e for e in found.new if e.finding.origin is Origin.OWN and not e.baseline}
    assert difference(head, head).new == difference(head, dataclasses.replace(head, entries=())).new == ()


def test_versions_are_listed_once_and_in_their_order() -> None:
    runs = [Tally("1.0", python).document("2030-01-31T12:00:00Z", 1.0) for python in ("3.10.2", "3.9.1", "3.10.2")]
    assert merge(runs).python == "3.9.1, 3.10.2"
