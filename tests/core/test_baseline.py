from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_gcguard.core.documents.baseline import Baseline, Known, read, write
from pytest_gcguard.core.documents.coverage import Coverage
from pytest_gcguard.core.documents.document import Document, Outcome
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.documents.written import finding_to_dict
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Finding

NODE = Finding("GCG002-00000001", Kind.CYCLE, Origin.OWN, "app.Node → .me", ("app.Node",), objects=1)
LEAK = Finding("GCG003-00000002", Kind.LEAK, Origin.OWN, "app.Session", ("app.Session",), growth=(1, 1), objects=1)


def found(tests: Mapping[str, Finding], outcome: Outcome = "baselined") -> Document:
    tally = Tally("1.0")
    for nodeid, finding in tests.items():
        tally.add(nodeid, [finding_to_dict(finding, outcome)], checked=True, seconds=0.0)
    return tally.document("2030-01-31T12:00:00Z", seconds=1.0)


def looked_at(*places: str, all_of: tuple[str, ...] = (), rule: str = "GCG002", whole: bool = False) -> Coverage:
    """A run that looked at one test of each place, out of those that were collected."""
    collected = dict.fromkeys([*places, *all_of], 1)
    files = {place.partition("::")[0]: True for place in collected}
    return Coverage(collected, files, {rule: dict.fromkeys(places, 1)}, whole=whole)


def known(*places: str, signature: str = NODE.signature, reason: str = "") -> Baseline:
    return Baseline({signature: Known(signature, "app.Node → .me", len(places), reason, dict.fromkeys(places, 1))})


class TestWhatARunSaysAboutTheList:
    def test_a_finding_in_as_many_tests_or_fewer_is_let_through(self) -> None:
        listed = known("a.py::test_1", "a.py::test_2")
        for tests in ({"a.py::test_1": NODE}, {"a.py::test_1": NODE, "a.py::test_renamed": NODE}):
            assert listed.compared(found(tests), looked_at(*tests)) == Baseline().compared(found({}), Coverage())

    def test_a_finding_in_more_tests_has_grown_by_those_that_are_not_in_the_list(self) -> None:
        compared = known("a.py::test_1").compared(found({"a.py::test_1": NODE, "a.py::test_2": NODE}), Coverage())
        assert [(grown.tests, grown.new) for grown in compared.grown] == [(2, ("a.py::test_2",))]

    def test_a_finding_that_is_gone_is_stale_once_all_of_its_tests_were_looked_at(self) -> None:
        listed = known("a.py::test_1", "b.py::test_2")
        assert [each.signature for each in listed.compared(found({}), looked_at("a.py::test_1", "b.py::test_2")).stale] == [
            NODE.signature
        ]

    @pytest.mark.parametrize(
        "coverage",
        [
            Coverage(),
            looked_at("a.py::test_1"),  # b.py was not collected
            looked_at("a.py::test_1", all_of=("b.py::test_2",)),  # deselected, skipped, failed by itself or never reached
            looked_at("a.py::test_1", "b.py::test_2", rule="GCG003"),  # looked at for something else
            Coverage(  # only some parameters of a test
                {"a.py::test_1": 1, "b.py::test_2": 2},
                {"a.py": True, "b.py": True},
                {"GCG002": {"a.py::test_1": 1, "b.py::test_2": 1}},
            ),
            Coverage({"a.py::test_1": 1}, {"a.py": True, "b.py": False}, {"GCG002": {"a.py::test_1": 1}}),  # did not import
        ],
    )
    def test_what_was_not_looked_at_is_never_stale(self, coverage: Coverage) -> None:
        assert known("a.py::test_1", "b.py::test_2").compared(found({}), coverage).stale == ()

    def test_tests_and_files_that_are_gone_count_as_looked_at(self) -> None:
        listed = known("a.py::test_1", "b.py::test_2")
        ran = Coverage({"a.py::test_3": 1}, {"a.py": True}, {"GCG002": {"a.py::test_3": 1}}, gone=frozenset({"b.py"}))
        assert listed.compared(found({}), ran).stale == (listed.entries[NODE.signature],)

    def test_an_entry_without_places_and_one_of_a_fixture_need_the_whole_suite(self) -> None:
        for listed in (Baseline({NODE.signature: Known(NODE.signature, "", 2)}), known("a.py::app (session fixture)")):
            assert listed.compared(found({}), looked_at("a.py::test_1")).stale == ()
            assert listed.compared(found({}), looked_at("a.py::test_1", whole=True)).stale != ()
            assert listed.compared(found({}), looked_at("a.py::test_1", all_of=("a.py::test_2",), whole=True)).stale == ()

    def test_the_document_tells_the_reason_and_what_has_grown(self) -> None:
        listed = known("a.py::test_1", reason="gone with the next release")
        once, twice = found({"a.py::test_1": NODE}), found({"a.py::test_1": NODE, "a.py::test_2": NODE})
        entry = listed.noted(once, listed.compared(once, Coverage())).entries[0]
        assert (entry.baseline, entry.finding.notes) == (True, ("in the baseline: gone with the next release",))
        entry = listed.noted(twice, listed.compared(twice, Coverage())).entries[0]
        assert (entry.baseline, entry.finding.notes[1]) == (
            False,
            "grown: in 2 tests, the baseline allows 1; new in a.py::test_2",
        )


class TestAnUpdate:
    def test_it_writes_what_may_be_let_through_with_an_empty_reason(self) -> None:
        document = found({"a.py::test_1[a]": NODE, "a.py::test_1[b]": NODE})
        assert Baseline().updated(document, Coverage()).entries == {
            NODE.signature: Known(NODE.signature, "app.Node → .me", 2, "", {"a.py::test_1": 2})
        }
        assert Baseline().updated(found({"a.py::test_1": NODE}, "reported"), Coverage()) == Baseline()

    def test_it_keeps_reasons_and_titles(self) -> None:
        listed = known("a.py::test_1", reason="why")
        entry = listed.updated(found({"a.py::test_1": NODE, "a.py::test_2": NODE}), Coverage()).entries[NODE.signature]
        assert (entry.reason, entry.tests, dict(entry.where)) == ("why", 2, {"a.py::test_1": 1, "a.py::test_2": 1})

    def test_it_drops_what_is_gone_and_keeps_what_it_did_not_look_at(self) -> None:
        listed = known("a.py::test_1", "b.py::test_2", reason="why")
        partly = listed.updated(found({}), looked_at("a.py::test_1")).entries[NODE.signature]
        assert (partly.tests, dict(partly.where), partly.reason) == (1, {"b.py::test_2": 1}, "why")
        assert listed.updated(found({}), Coverage()) == listed
        assert listed.updated(found({}), looked_at("a.py::test_1", "b.py::test_2")) == Baseline()

    def test_an_entry_written_by_hand_gets_its_places_from_a_run_of_the_whole_suite(self) -> None:
        listed = Baseline({NODE.signature: Known(NODE.signature, "", 5, "why")})
        document = found({"a.py::test_1": NODE})
        assert listed.updated(document, looked_at("a.py::test_1")).entries[NODE.signature].tests == 5
        whole = listed.updated(document, looked_at("a.py::test_1", whole=True)).entries[NODE.signature]
        assert (whole.tests, dict(whole.where), whole.reason) == (1, {"a.py::test_1": 1}, "why")


class TestTheFile:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "it is not JSON"),
            ("[" * 100_000, "it is not JSON"),
            ("[]", "not a baseline of pytest-gcguard"),
            ('{"schema": 1, "findings": []}', "not a baseline of pytest-gcguard"),
            ('{"gcguard_baseline": 2}', "format 2; only format 1"),
            ('{"gcguard_baseline": 1}', '"findings" are not a list'),
            ('{"gcguard_baseline": 1, "findings": [7]}', "finding 1 is not an object"),
            ('{"gcguard_baseline": 1, "findings": [{"tests": 1}]}', "finding 1 has no signature"),
            ('{"gcguard_baseline": 1, "findings": [{"signature": "GCG002-1", "tests": "2"}]}', "\"tests\" of GCG002-1 is '2'"),
            ('{"gcguard_baseline": 1, "findings": [{"signature": "GCG002-1", "tests": true}]}', "must be a whole number"),
            (
                '{"gcguard_baseline": 1, "findings": [{"signature": "GCG002-1", "tests": 1, "reason": 1}]}',
                '"title" and "reason" of GCG002-1 must be texts',
            ),
            (
                '{"gcguard_baseline": 1, "findings": [{"signature": "GCG002-1", "tests": 1, "where": ["a"]}]}',
                '"where" of GCG002-1 must be an object',
            ),
            (
                '{"gcguard_baseline": 1, "findings": [{"signature": "S", "tests": 1}, {"signature": "S", "tests": 1}]}',
                "S is in it twice",
            ),
        ],
    )
    def test_what_is_wrong_with_it_is_said(self, text: str, said: str) -> None:
        with pytest.raises(ValueError, match=re.escape(said)):
            read(text)

    @given(
        st.dictionaries(
            st.text(min_size=1),
            st.tuples(st.text(), st.integers(0, 99), st.text(), st.dictionaries(st.text(), st.integers(1, 9))),
        )
    )
    def test_it_reads_back_what_was_written(self, entries: dict[str, tuple[str, int, str, dict[str, int]]]) -> None:
        baseline = Baseline({name: Known(name, *rest) for name, rest in entries.items()})
        text = write(baseline)
        assert read(text.encode().decode()) == baseline
        assert [each["signature"] for each in json.loads(text)["findings"]] == sorted(entries)
        assert write(read(text)) == text
        assert text.endswith("}\n")

    def test_one_more_test_is_a_difference_of_two_lines(self) -> None:
        before = write(known("a.py::test_1", "c.py::test_3")).splitlines()
        after = write(known("a.py::test_1", "b.py::test_2", "c.py::test_3")).splitlines()
        assert [line for line in after if line not in before] == ['      "tests": 3,', '        "b.py::test_2": 1,']
