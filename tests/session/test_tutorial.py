"""The tutorial: what it says to write is written, what it says to run is run, and prints what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mini import again

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tutorial.md").read_text(encoding="utf-8")
STEPS = re.findall(r'^```(?:python title="([\w.]+)"|console)\n(.*?)^```$', TEXT, re.MULTILINE | re.DOTALL)


def test_each_step_does_what_it_says(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # two versions of a file may be of the same second and size
    runs = 0
    for name, text in STEPS:
        if name:
            (pytester.path / name).write_text(text, encoding="utf-8")
            continue
        command, *expected = text.splitlines()
        seen = again(pytester, *command.removeprefix("$ pytest").split(), guard=False)
        printed = iter(map(_plain, seen.text.splitlines()))
        for line in map(_plain, expected):
            assert any(line == each or (re.fullmatch(r"\d+ \w+", line) and line in each) for each in printed), seen.text
        runs += 1
    assert runs == 4


def _plain(line: str) -> str:
    """A line without what differs from run to run: seconds, and how wide the terminal is."""
    return re.sub(r" {2,}", "  ", re.sub(r"[\d.]+ s$", "", line)).strip()
