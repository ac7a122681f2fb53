"""The recipes of docs/ci.md and the project's own workflow: valid, and made of options that exist."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from pytest_gcguard.reports.formats import FORMATS

yaml: Any = pytest.importorskip("yaml", reason="needs PyYAML")
ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
RECIPES = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_recipes_in_yaml_can_be_read() -> None:
    loaded = [yaml.safe_load(text) for language, text in RECIPES if language == "yaml"]
    github, gitlab, azure = loaded
    assert {"tests", "together"} == github["jobs"].keys()
    assert set(gitlab["tests"]["artifacts"]["reports"]) == {"junit", "codequality"}
    assert len(azure["steps"]) == 5


def test_the_recipe_for_jenkins_is_balanced() -> None:
    (groovy,) = [text for language, text in RECIPES if language == "groovy"]
    assert groovy.count("{") == groovy.count("}")
    assert groovy.count("'''") == 2


def test_every_option_of_the_recipes_exists(pytester: pytest.Pytester) -> None:
    known = pytester.runpytest_inprocess("--help").stdout.str()
    options = set(re.findall(r"--gcguard[a-z-]*", TEXT))
    assert len(options) >= 6
    assert [option for option in sorted(options) if not re.search(rf"{option}\b", known)] == []
    assert set(re.findall(r"--gcguard-report=(\w+)", TEXT)) <= FORMATS.keys()


def test_the_projects_workflow_runs_what_anybody_can_run() -> None:
    loaded = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    job = loaded["jobs"]["ci"]
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r"Python :: (3\.\d+)", metadata) == job["strategy"]["matrix"]["python"]
