"""The report files of a run: where they go, what a crash leaves of them, who writes them."""

from __future__ import annotations

import json

import jsonschema
import pytest
from mini import again, run

from pytest_gcguard.reports import json_file

CYCLE = """
    class Node: ...

    def test_cycle():
        node = Node()
        node.me = node
"""


def test_each_format_has_a_file_of_its_own_unless_another_is_named(pytester: pytest.Pytester) -> None:
    names = ("json", "markdown", "html", "sarif", "gitlab:new/er/quality.json")
    seen = run(pytester, CYCLE, "--gcguard", *(f"--gcguard-report={name}" for name in names), guard=False)
    files = ("gcguard.json", "gcguard.md", "gcguard.html", "gcguard.sarif", "new/er/quality.json")
    assert [name for name in files if not (pytester.path / name).exists()] == [], seen.text
    assert json.loads((pytester.path / "gcguard.json").read_text(encoding="utf-8"))["partial"] is False
    assert not list(pytester.path.glob(".gcguard*"))


ENDS = {
    "abort": ("os.abort()", ()),
    "segmentation fault": ("ctypes.string_at(0)", ()),
    "killed": ("os.kill(os.getpid(), 9)", ()),
    "interrupted": ("raise KeyboardInterrupt", ()),
    "exit": ("pytest.exit('enough')", ()),
    "the only worker aborts": ("os.abort()", ("-n1", "--max-worker-restart=0", "-p", "xdist")),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_run_that_ends_early_leaves_what_it_had_found(pytester: pytest.Pytester, end: str) -> None:
    step, options = ENDS[end]
    source = (
        f"{CYCLE}\n    def test_end():\n        import ctypes, os, pytest\n        {step}\n    def test_never_run(): ...\n"
    )
    seen = run(pytester, source, "--gcguard-report=markdown", *options)
    jsonschema.Draft202012Validator(json_file.schema()).validate(seen.report)
    assert seen.report["partial"] is True
    assert [finding["tests"][0]["nodeid"] for finding in seen.findings] == ["test_mini.py::test_cycle"]
    assert "**Partial:**" in (pytester.path / "gcguard.md").read_text(encoding="utf-8")


def test_a_format_without_its_extra_is_told_before_the_first_test(pytester: pytest.Pytester) -> None:
    seen = run(pytester, CYCLE, "--gcguard-report=html", conftest="import sys\nsys.modules['jinja2'] = None")
    assert int(seen.result.ret) == 4
    assert "'html' was given; allowed: html only with its extra installed: pip install 'pytest-gcguard[html]'" in seen.errors
    assert seen.outcomes == {}
    assert not list(pytester.path.glob("gcguard.*"))


@pytest.mark.parametrize("options", [(), ("-n", "2", "-p", "xdist")], ids=["serial", "xdist"])
def test_on_github_commands_are_printed_once_and_the_summary_is_added_to(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    summary = pytester.path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    seen = run(pytester, CYCLE, "--gcguard-report=github", "--color=yes", *options)
    commands = [line for line in seen.text.splitlines() if "::warning" in line]
    assert len(commands) == 1
    assert commands[0].startswith("::warning file=test_mini.py,line=")
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.count("## gcguard") == 1
    assert "```mermaid" in text


def test_a_report_that_cannot_be_written_changes_no_result(pytester: pytest.Pytester) -> None:
    source = """
    import pathlib

    def test_in_the_way():
        pathlib.Path("gcguard.md").unlink()
        pathlib.Path("gcguard.md").mkdir()
    """
    seen = run(pytester, source, "--gcguard-report=markdown")
    assert seen.result.ret == 0
    assert "markdown report not written" in seen.text


def test_what_runs_no_test_leaves_old_reports_alone(pytester: pytest.Pytester) -> None:
    run(pytester, CYCLE, "--gcguard-report=markdown")
    before = (pytester.path / "gcguard.md").read_text(encoding="utf-8")
    again(pytester, "--gcguard-report=markdown", "--collect-only")
    assert (pytester.path / "gcguard.md").read_text(encoding="utf-8") == before
