"""Each format from one guarded run of the demonstration suite: 400 tests that share three leaks and five cycles."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from mini import again

from pytest_gcguard.reports import json_file

ROOT = Path(__file__).resolve().parents[2]
CROWD = ROOT / "benchmarks" / "crowd" / "test_crowd.py"
SARIF = ROOT.parent / "shared" / "data" / "sarif-schema-2.1.0.json"
"""The official schema; where it is missing, the tests of the formats say so."""


def test_a_crowd_is_eight_findings_in_every_format(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(pytester.path / "summary.md"))
    (pytester.path / "test_crowd.py").write_text(CROWD.read_text(encoding="utf-8"), encoding="utf-8")
    names = ("markdown", "html", "sarif", "gitlab", "github")
    seen = again(pytester, "--tb=no", "-q", *(f"--gcguard-report={name}" for name in names))
    summary = seen.summary()
    assert (summary["checked"], summary["failed"]) == (400, 150)
    assert summary["findings"] == {"uncollectable": 0, "cycle": 5, "leak": 3, "memory": 0}
    assert {len(finding["tests"]) for finding in seen.findings} == {50}
    commands = Counter(line.split(" ")[0] for line in seen.text.splitlines() if line.startswith("::"))
    assert commands == {"::error": 3, "::warning": 5}
    jsonschema.Draft202012Validator(json_file.schema()).validate(seen.report)
    sarif = json.loads((pytester.path / "gcguard.sarif").read_text(encoding="utf-8"))
    assert len(sarif["runs"][0]["results"]) == 8
    if SARIF.exists():
        jsonschema.Draft4Validator(json.loads(SARIF.read_text(encoding="utf-8"))).validate(sarif)
    assert len(json.loads((pytester.path / "gl-code-quality-report.json").read_text(encoding="utf-8"))) == 8
    assert (pytester.path / "gcguard.html").read_text(encoding="utf-8").count("<article") == 8
    assert (pytester.path / "summary.md").read_text(encoding="utf-8").count("```mermaid") == 8
    sizes = {file.name: file.stat().st_size for file in pytester.path.iterdir() if file.is_file()}
    assert all(size < 1024 * 1024 for size in sizes.values()), sizes
