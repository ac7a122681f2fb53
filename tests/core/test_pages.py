"""The pages on rules and shapes: each is there, and its examples do what it says, in one guarded run of them all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_gcguard.core.shapes import pages

MEMORY = "GCG004"
NO_TESTCAPI = """
try:
    from _testcapi import with_tp_del
except ImportError:
    import pytest
    pytest.skip("this interpreter has no _testcapi", allow_module_level=True)
"""


@pytest.fixture(scope="module")
def findings(
    once: Callable[[str, Callable[[], Any]], Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    """The findings in the examples by the name of their file, ``test_NAME_leaky.py`` and ``test_NAME_mended.py``."""
    found: dict[str, list[dict[str, Any]]] = once("pages", lambda: _findings(tmp_path_factory.mktemp("pages")))
    return found


def _findings(folder: Path) -> dict[str, list[dict[str, Any]]]:
    for name in pages.names():
        for title in ("Leaky", "Mended"):
            if name != MEMORY:
                file = folder / f"test_{name.replace('-', '_')}_{title.lower()}.py"
                file.write_text((NO_TESTCAPI if name == "GCG001" else "") + pages.code(name, title), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    report = folder / "report.json"
    command = [sys.executable, "-m", "pytest", "--gcguard", f"--gcguard-report=json:{report}", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=100, check=False, cwd=folder)
    found: dict[str, list[dict[str, Any]]] = {file.stem: [] for file in folder.glob("test_*.py")}
    assert report.exists(), done.stdout + done.stderr
    for finding in json.loads(report.read_text(encoding="utf-8"))["findings"]:
        for test in finding["tests"]:
            if finding["origin"] == "own":
                found[Path(test["nodeid"].partition("::")[0]).stem].append(finding)
    return found


@pytest.mark.parametrize("name", [name for name in pages.names() if name != MEMORY])
def test_the_leaky_example_is_found_in_its_shape_and_the_mended_one_is_silent(
    findings: dict[str, list[dict[str, Any]]], name: str
) -> None:
    if name == "GCG001":
        pytest.importorskip("_testcapi")
    leaky, mended = (findings[f"test_{name.replace('-', '_')}_{word}"] for word in ("leaky", "mended"))
    told = {finding["rule"] if name.startswith("GCG") else finding["shape"] for finding in leaky}
    assert told == {name}, [(finding["title"], finding["holder"], finding["shape"]) for finding in leaky]
    assert all(finding["cut"]["hint"] for finding in leaky)
    assert [finding["title"] for finding in mended] == []


@pytest.mark.parametrize("name", pages.names())
def test_a_page_has_what_every_page_has(name: str) -> None:
    page = pages.page(name)
    assert page.startswith(f"# {name}")
    titles = [line for line in page.splitlines() if line.startswith("## ")]
    assert titles == ["## What happens", "## Leaky", "## Mended", "## Ways to mend it"]
    for title in ("Leaky", "Mended"):
        compile(pages.code(name, title), name, "exec")


@pytest.mark.parametrize("name", ["", "..", "../model", "GCG009", "parent", "a\nb"])
def test_a_name_without_a_page_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(ValueError, match="there is one on GCG001, GCG002"):
        pages.page(name)
