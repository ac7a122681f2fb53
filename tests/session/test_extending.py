"""The examples of docs/extending.md, and what other plugins' reports make of findings."""

from __future__ import annotations

import html
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from mini import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "extending.md"
SOURCE = """
    import pytest

    KEPT = []

    class Node: ...
    class PluginRegistry: ...

    def loop(cls):
        node = cls()
        node.me = node

    class TestIt:
        def test_cycle(self):
            loop(Node)

        def test_leak(self):
            KEPT.append(Node())

    def test_registry():
        loop(PluginRegistry)

    @pytest.mark.xfail(strict=True)
    @pytest.mark.no_cycles
    def test_expected():
        loop(Node)
"""


def examples() -> dict[str, str]:
    blocks = re.findall(
        r'^```python title="conftest.py"\n(.*?)^```', PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return {re.findall(r"def (\w+)", block)[0]: block for block in blocks}


def test_each_hook_has_an_example_that_works(pytester: pytest.Pytester) -> None:
    assert sorted(examples()) == ["pytest_gcguard_finding", "pytest_gcguard_ignore", "pytest_gcguard_report"]
    seen = run(pytester, SOURCE, "--junitxml=junit.xml", conftest="\n\n".join(examples().values()))
    lines = (pytester.path / "gcguard.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "signature,kind,origin,tests"
    assert sorted(line.split(",", 1)[1] for line in lines[1:]) == ["cycle,own,2", "leak,own,1"], seen.text
    assert seen.of("test_registry") == []
    assert 'name="gcguard.signature" value="GCG00' in (pytester.path / "junit.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [(), ("-n", "2", "-p", "xdist")], ids=["serial", "xdist"])
def test_junit_has_one_case_a_test_with_flat_properties(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    run(pytester, SOURCE, "--junitxml=junit.xml", *options)
    cases = {case.get("name"): case for case in ET.parse(pytester.path / "junit.xml").iter("testcase")}
    assert len(cases) == len(list(ET.parse(pytester.path / "junit.xml").iter("testcase"))) == 4
    told = {name: {(p.get("name"), p.get("value")) for p in case.iter("property")} for name, case in cases.items()}
    assert ("gcguard.cycle", "1") in told["test_cycle"]
    assert ("gcguard.leak", "1") in told["test_leak"]
    assert ("gcguard.cycle", "1") in told["test_expected"]
    failure = cases["test_leak"].find("failure")
    assert failure is not None
    assert "held by  test_mini.KEPT" in (failure.text or "")
    assert cases["test_cycle"].find("failure") is None
    assert cases["test_expected"].find("skipped") is not None


@pytest.mark.parametrize("options", [(), ("-n", "2", "-p", "xdist")], ids=["serial", "xdist"])
def test_other_plugins_reports_carry_findings(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """By what pytest gives them: the failure's text, the sections and the user properties of a test."""
    for name in ("pytest_html", "pytest_jsonreport", "ctrf"):
        pytest.importorskip(name)
    files = (
        "--html=other.html",
        "--self-contained-html",
        "--json-report",
        "--json-report-file=other.json",
        "--ctrf=ctrf.json",
    )
    seen = run(pytester, SOURCE, *files, *options)
    assert seen.outcomes["TestIt::test_leak"] == "failed"

    page = html.unescape((pytester.path / "other.html").read_text(encoding="utf-8"))
    assert "GCG003 leak: test_mini.Node" in page
    assert "GCG002 cycle: test_mini.Node" in page

    listed = json.loads((pytester.path / "other.json").read_text(encoding="utf-8"))["tests"]
    tests = {test["nodeid"].rpartition("::")[2]: test for test in listed}
    assert tests["test_leak"]["outcome"] == "failed"
    assert "GCG003 leak" in tests["test_leak"]["call"]["longrepr"]
    assert {"gcguard.cycle": 1} in tests["test_cycle"]["user_properties"]

    # the third has a place for the text of what did not pass, and for nothing else
    listed = json.loads((pytester.path / "ctrf.json").read_text(encoding="utf-8"))["results"]["tests"]
    traces = {test["name"].rpartition("::")[2]: (test["status"], test.get("trace", "")) for test in listed}
    told = {name: (status, re.findall(r"^GCG\d+ \w+", trace, re.MULTILINE)) for name, (status, trace) in traces.items()}
    assert told == {
        "test_cycle": ("passed", []),
        "test_leak": ("failed", ["GCG003 leak"]),
        "test_registry": ("passed", []),
        "test_expected": ("skipped", ["GCG002 cycle"]),
    }
