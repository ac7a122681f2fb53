"""Pictures of findings."""

from __future__ import annotations

import os
import re
import shutil
import stat

import pytest
from mini import run

SUITE = """
KEPT = {}

class Node:
    def __init__(self):
        self.me = self

class Session: pass

def test_cycle(): Node()

def test_leak(): KEPT.setdefault('a "b"\\\\', []).append(Session())
"""


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_each_finding_is_drawn_once_with_the_reference_to_cut(pytester: pytest.Pytester, workers: str) -> None:
    seen = run(pytester, SUITE, workers, "--gcguard-graphs=pictures")
    folder = pytester.path / "pictures"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.dot")}
    assert texts.keys() == {each["signature"] for each in seen.findings}
    assert f"2 graphs written to pictures ({'2 drawn' if shutil.which('dot') else 'install Graphviz'}" in seen.text
    cycle = texts[seen.one("test_cycle")["signature"]]
    assert re.search(r'n0 -> n0 \[label="\.me \(cut\)", color=red', cycle)
    leak = texts[seen.one("test_leak")["signature"]]
    assert "test_mini.Session" in leak
    assert sum(line.count('"') - line.count('\\"') for line in leak.splitlines()) % 2 == 0
    if shutil.which("dot"):
        assert all((folder / f"{name}.svg").read_text("utf-8").count("<svg") == 1 for name in texts)


@pytest.mark.skipif(os.name != "posix", reason="the stand-in for Graphviz is a script of the shell")
def test_graphviz_is_used_where_it_is_and_its_failure_costs_nothing_else(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = pytester.mkdir("bin") / "dot"
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    for script, said in (
        ('shift 2; for file; do echo "<svg/>" > "$file.svg"; done', "2 drawn"),
        ("exit 3", "2 graphs written to pictures ("),
    ):
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        seen = run(pytester, SUITE, "--gcguard-graphs=pictures", "--gcguard-fail-on=none")
        assert (int(seen.result.ret), said in seen.text) == (0, True), seen.text
    assert sorted(path.suffix for path in (pytester.path / "pictures").iterdir()) == [".dot", ".dot", ".svg", ".svg"]


def test_a_folder_that_cannot_be_is_told_before_the_first_test(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("taken").write_text("")
    seen = run(pytester, SUITE, "--gcguard-graphs=taken", inside=True)
    assert (int(seen.result.ret), "'taken' was given; allowed: a folder" in seen.errors) == (4, True), seen.errors
