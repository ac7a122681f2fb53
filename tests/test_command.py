"""``python -m pytest_gcguard`` as one types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_gcguard.__main__ import main
from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.core.documents.tally import Tally
from pytest_gcguard.core.documents.written import as_json, finding_to_dict, from_json
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Cut, Finding, Step

NODE = Finding(
    "GCG002-00000001",
    Kind.CYCLE,
    Origin.OWN,
    "app.Node → .me",
    ("app.Node",),
    path=(Step("app.Node", ".me", "app.py", 3),),
    cut=Cut("app.Node", ".me", "app.py", 3, verified=True),
    objects=1,
    shape="parent-child",
)
THEIRS = Finding("GCG002-00000002", Kind.CYCLE, Origin.LIBRARY, "lib.`A|B`", ("lib.A",), objects=1)


def document(**tests: Finding) -> Document:
    tally = Tally("1.0", "3.14.0")
    for name, finding in tests.items():
        tally.add(f"test_a.py::{name}", [finding_to_dict(finding, "reported")], checked=True, seconds=0.5)
    return tally.document("2030-01-31T12:00:00Z", seconds=3.5)


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, made in {
        "a.json": document(test_1=NODE),
        "b.json": document(test_2=NODE, test_3=THEIRS),
        "none.json": document(),
    }.items():
        Path(name).write_text(json.dumps(as_json(made)), encoding="utf-8")
    Path("newer.json").write_text('{"schema": 2, "tool": {"name": "pytest-gcguard", "version": "7.0"}}')
    Path("foreign.json").write_text('{"version": "2.1.0", "runs": []}')
    Path("broken.json").write_text(Path("a.json").read_text()[:200])
    Path("damaged.json").write_text(Path("a.json").read_text().replace('"reported"', '"lost"'))
    Path("latin.json").write_bytes(b"\xff\xfe\x00")
    Path("folder").mkdir()
    return tmp_path


def test_shards_are_merged_into_one_report(reports: Path) -> None:
    assert main(["merge", "a.json", "b.json", "-o", "new/all.json"]) == 0
    merged = from_json(json.loads(Path("new/all.json").read_text(encoding="utf-8")))
    assert {entry.finding.signature: len(entry.tests) for entry in merged.entries} == {
        NODE.signature: 2,
        THEIRS.signature: 1,
    }
    assert (merged.summary.tests, merged.summary.guard_seconds) == (3, 1.5)


def test_a_report_is_rendered(reports: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["render", "--to", "json", "a.json"]) == 0
    assert json.loads(capfdbinary.readouterr().out) == json.loads(Path("a.json").read_text())
    for kind, said in ("markdown", "app.Node"), ("sarif", '"2.1.0"'), ("gitlab", "GCG002-00000001"), ("github", "::"):
        assert main(["render", "--to", kind, "a.json"]) == 0
        assert said in capfdbinary.readouterr().out.decode()
    assert main(["render", "--to", "text", "b.json"]) == 0
    assert "GCG002 cycle  app.Node → .me" in capfdbinary.readouterr().out.decode()


def test_a_difference_fails_by_new_findings_of_the_project_alone(
    reports: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["diff", "none.json", "b.json"]) == 1
    assert capfdbinary.readouterr().out.decode().splitlines() == [
        "new:",
        "  GCG002-00000001  cycle app.Node → .me  1 test",
        "  GCG002-00000002  cycle lib.`A|B` (library)  1 test",
        "gcguard: 2 new (1 own), 0 gone, 0 still there",
    ]
    assert main(["diff", "a.json", "b.json", "--to", "markdown"]) == 0
    shown = capfdbinary.readouterr().out.decode()
    assert "### gcguard: 1 new (0 own), 0 gone, 1 still there" in shown
    assert "| GCG002-00000002 | ``cycle lib.`A\\|B` (library)`` | 1 test |" in shown
    assert main(["diff", "b.json", "a.json", "--to", "json", "-o", "d.json"]) == 0
    written = json.loads(Path("d.json").read_text(encoding="utf-8"))
    found = {name: [each["signature"] for each in written[name]] for name in ("new", "gone", "same")}
    assert found == {"new": [], "gone": [THEIRS.signature], "same": [NODE.signature]}


def test_a_rule_a_shape_and_a_finding_are_explained(reports: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for arguments, said in (
        (["GCG003"], "# GCG003"),
        (["parent-child"], "# parent-child"),
        (["GCG002-00000001"], "# GCG002"),  # without a report there is only its rule
        (["GCG002-00000001", "a.json"], "# parent-child"),
    ):
        assert main(["explain", *arguments]) == 0
        assert said in capfdbinary.readouterr().out.decode()
    assert main(["explain", "GCG002-00000001", "a.json"]) == 0
    assert "    app.Node  .me  (app.py:3)" in capfdbinary.readouterr().out.decode()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("newer.json", "pytest-gcguard 7.0 has schema 2; only schema 1"),
        ("foreign.json", "not a JSON report of pytest-gcguard"),
        ("broken.json", "it is not JSON"),
        ("damaged.json", "is damaged: outcome is 'lost'"),
        ("latin.json", "it is not JSON"),
        ("missing.json", "No such file"),
        ("folder", "Is a directory"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_overwritten(
    reports: Path, capsys: pytest.CaptureFixture[str], file: str, said: str
) -> None:
    before = Path("none.json").read_bytes()
    for command in (
        ["merge", "a.json", file, "-o", "none.json"],
        ["render", "--to", "json", file, "-o", "none.json"],
        ["diff", "a.json", file, "-o", "none.json"],
        ["explain", "GCG002-00000001", file],
    ):
        assert main(command) == 2
        complaint = capsys.readouterr().err
        assert complaint.startswith(f"gcguard: {file}: ")
        assert said in complaint
    assert Path("none.json").read_bytes() == before


def test_what_cannot_be_written_is_named(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target in ("folder", "a.json/below"):
        assert main(["merge", "a.json", "-o", target]) == 2
        assert capsys.readouterr().err.startswith(f"gcguard: {target}: ")
    assert sorted(path.name for path in reports.iterdir() if path.name.startswith(".")) == []


def test_what_is_not_known_is_answered_by_what_is(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "GCG009"]) == 2
    assert "there is one on GCG001" in capsys.readouterr().err
    assert main(["explain", "GCG002-00000009", "a.json"]) == 2
    assert "a.json: there is no finding GCG002-00000009" in capsys.readouterr().err
    with pytest.raises(SystemExit) as exit_status:
        main(["render", "--to", "pdf", "a.json"])
    assert exit_status.value.code == 2


def test_it_runs_as_a_module(reports: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "pytest_gcguard", "explain", "gcg002"], capture_output=True, check=True)
    assert done.stdout.startswith(b"# GCG002")
