"""Every format: valid, escaped, within the limits of those who read it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from many import HOSTILE, run

from pytest_gcguard.core.documents.document import Document, Entry
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.documents.written import finding_to_dict
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Step
from pytest_gcguard.reports import dot, github, picture
from pytest_gcguard.reports.formats import FORMATS
from pytest_gcguard.reports.words import PARTIAL

SARIF = Path(__file__).resolve().parents[3] / "shared" / "data" / "sarif-schema-2.1.0.json"
NOTHING = Tally("1.0", "3.14.0").document("2030-01-31T12:00:00Z", seconds=3.5)
FILES = [name for name, made in FORMATS.items() if made.file]


@pytest.fixture(scope="module")
def sarif() -> Any:
    if not SARIF.exists():
        pytest.skip(f"{SARIF} is missing")
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SARIF.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


RUNS = {
    "nothing": NOTHING,
    "some": run(12),
    "hostile": run(12, spice=HOSTILE),
    "partial": run(12, partial=True),
    "known": run(12, outcome="baselined"),
    "long": run(4, steps=40),
}


@pytest.mark.parametrize("name", RUNS)
def test_sarif_obeys_its_schema(sarif: Any, name: str) -> None:
    log = json.loads(FORMATS["sarif"].render(RUNS[name]))
    assert [error.message for error in sarif.iter_errors(log)] == []
    results = log["runs"][0]["results"]
    assert len(results) == len(RUNS[name].entries)
    assert all(result["codeFlows"][0]["threadFlows"][0]["locations"] for result in results)
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert sorted(prints) == sorted(entry.finding.signature for entry in RUNS[name].entries)


@pytest.mark.parametrize("name", RUNS)
def test_gitlab_gets_an_array_of_issues_with_unique_fingerprints(name: str) -> None:
    text = FORMATS["gitlab"].render(RUNS[name])
    assert not text.startswith("\ufeff")
    issues = json.loads(text)
    assert len(issues) == len(RUNS[name].entries) + RUNS[name].partial
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["description"]
        assert issue["check_name"]
        assert not issue["location"]["path"].startswith(("/", "./"))
        assert issue["location"]["lines"]["begin"] >= 1


@pytest.mark.parametrize("name", RUNS)
def test_workflow_commands_are_lines_of_their_own_and_ten_of_a_kind(name: str) -> None:
    lines = FORMATS["github"].render(RUNS[name]).splitlines()
    assert all(re.fullmatch(r"::(error|warning|notice) [^\r\n]*?::[^\r\n\x1b]*", line) for line in lines), lines
    assert max(Counter(line.split(" ")[0] for line in lines).values(), default=0) <= 10
    assert bool(lines) == bool(RUNS[name].entries)


def test_the_tenth_command_of_a_kind_tells_how_many_more_there_are() -> None:
    lines = FORMATS["github"].render(run(200)).splitlines()
    assert Counter(line.split(" ")[0] for line in lines) == {"::error": 10, "::notice": 10}
    assert [line for line in lines if "more of these" in line] == [lines[9], lines[19]]
    assert "and 40 more" in lines[9]
    assert [line for line in lines if line.startswith("::notice")] == lines[10:]


@pytest.mark.parametrize("name", FILES)
def test_a_partial_report_says_so(name: str) -> None:
    text = FORMATS[name].render(RUNS["partial"])
    assert ('"partial": true' if name == "json" else PARTIAL) in text
    assert ('"partial": true' if name == "json" else PARTIAL) not in FORMATS[name].render(RUNS["some"])


def test_nothing_hostile_is_markup() -> None:
    html = FORMATS["html"].render(RUNS["hostile"])
    assert html.count("<script>") == 1
    assert "javascript:x" in html  # as text
    assert 'href="javascript' not in html
    markdown = re.sub(r"^(`{3,}).*?^\1$", "", FORMATS["markdown"].render(RUNS["hostile"]), flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", markdown)
    assert "script" in outside
    assert not re.search(r"(?<!\\)<script", outside)


@pytest.mark.parametrize("name", ["markdown", "html", "sarif", "gitlab", "github"])
def test_a_finding_is_shown_with_the_line_on_its_shape(name: str) -> None:
    text = FORMATS[name].render(RUNS["some"])
    assert "a child refers to the parent that holds it" in text
    assert "of" + ("\\-" if name == "markdown" else "-") + "a" in text  # a shape that has no page is named alone


@pytest.mark.parametrize("name", ["markdown", "html", "github"])
def test_the_first_of_those_that_the_same_line_makes_tells_of_the_others(name: str) -> None:
    text = FORMATS[name].render(of_one_line("First", "Second", "Third"))
    assert len(re.findall(r"the same line makes 2 more cycles: of app\.Second, app\.Third", text.replace("\\", ""))) == 1
    assert "the same line" not in FORMATS[name].render(of_one_line("First"))


def test_ten_commands_are_not_all_of_one_line() -> None:
    names = [f"T{number:02}" for number in range(20)]
    lines = FORMATS["github"].render(of_one_line(*names, elsewhere="T19")).splitlines()
    assert len(lines) == 10
    assert "T00 →" in lines[0]
    assert "T19 →" in lines[1]
    assert "T01 →" in lines[2]


def of_one_line(*names: str, elsewhere: str = "") -> Document:
    tally = Tally("1.0", "3.14.0")
    for number, name in enumerate(names):
        cut = Cut(f"app.{name}", ".parent", "app/base.py", 18 if name != elsewhere else 40, verified=True)
        finding = Finding(
            f"GCG002-{number:08x}", Kind.CYCLE, Origin.OWN, f"{name} → .me", (f"app.{name}",), cut=cut, objects=2
        )
        tally.add(f"test_a.py::test_{name}", [finding_to_dict(finding, "reported")], checked=True, seconds=0.001)
    return tally.document("2030-01-31T12:00:00Z", seconds=3.5)


def test_a_summary_stays_below_what_github_takes() -> None:
    many = run(3000, steps=12)
    whole = github.summary(many)
    assert len(whole.encode()) <= github.MOST_BYTES
    assert "not shown here" in whole
    assert len(github.summary(many, room=5000).encode()) <= 5000
    assert github.summary(many, room=10) == ""


def test_pictures_for_github_have_twelve_boxes_at_most_and_plain_labels() -> None:
    for name in ("long", "hostile"):
        pictures = re.findall(r"^(`{3,})mermaid\n(.*?)^\1$", github.summary(RUNS[name]), re.MULTILINE | re.DOTALL)
        assert pictures
        for _, text in pictures:
            assert text.startswith("flowchart TD\n")
            assert 1 <= len(re.findall(r"^  n\d+\[", text, re.MULTILINE)) <= 12
            assert all(line.count('"') in (0, 2) and "<" not in line for line in text.splitlines())


def test_a_long_path_keeps_its_ends_and_its_cut_in_the_picture() -> None:
    path = tuple(Step(f"T{number}", f".e{number}") for number in range(40))
    found = Finding("GCG002-00000000", Kind.CYCLE, Origin.OWN, "", (), path=path, cut=Cut("T20", ".e20"))
    drawn = picture.draw(found)
    assert drawn is not None
    assert len(drawn.nodes) <= 12
    assert {"T0", "T20", "T21", "T39"} <= set(drawn.nodes)
    assert [arrow.label for arrow in drawn.arrows if arrow.cut] == [".e20"]
    assert (drawn.arrows[-1].source, drawn.arrows[-1].target) == (len(drawn.nodes) - 1, 0)


@pytest.mark.parametrize(
    ("edges", "cut", "marked"),
    [
        ((".kids[0]", ".parent"), ".kids", [".kids[0]"]),
        ((".kids[0]", ".kids"), ".kids", [".kids"]),
        ((".kidsize", ".parent"), ".kids", []),
    ],
)
def test_what_leads_on_by_what_is_in_an_attribute_is_cut_with_it(edges: tuple[str, ...], cut: str, marked: list[str]) -> None:
    path = tuple(Step("app.Node", edge) for edge in edges)
    found = Finding("GCG002-00000000", Kind.CYCLE, Origin.OWN, "", (), path=path, cut=Cut("app.Node", cut))
    drawn = picture.draw(found)
    assert drawn is not None
    assert [arrow.label for arrow in drawn.arrows if arrow.cut] == marked
    assert sum("cut here" in line for line in picture.lines(found)) == len(marked)
    assert dot.render(Entry(found, False, ())).count("(cut)") == len(marked)


@pytest.mark.parametrize("name", FORMATS)
def test_two_thousand_findings_make_less_than_ten_megabytes(name: str) -> None:
    assert len(FORMATS[name].render(MANY).encode()) < 10_000_000


MANY: Document = run(2000, tests=5, steps=4, own=True)
