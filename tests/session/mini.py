"""Runs a mini project under the guard in a process of its own, and reads what came of it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

Found = dict[str, Any]

_OTHERS = ("hypothesispytest", "pytest_cov")
"""Other people's plugins, which only cost time here."""
_NAMED = {"xdist": ("-n", "xdist"), "timeout": ("timeout",), "pytest_mock": ("mock",)}
"""And these, but where an option or a file has one of these words."""
_REPORTERS = ("html", "html_fixtures", "pytest_jsonreport", "metadata", "ctrf")
"""So do these, but where they are to report."""
_SECONDS = 180
"""After so many a run is given up: the longest takes some ten, and several times that where all processors are busy."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A run that is over: pytester's result, the JSON report (empty without ``report=True``) and each test's outcome."""

    result: pytest.RunResult
    report: Found

    @property
    def text(self) -> str:
        return self.result.stdout.str()

    @property
    def errors(self) -> str:
        return self.result.stderr.str()

    @property
    def outcomes(self) -> dict[str, str]:
        """``{"test_a": "passed"}``, read from the short summary (so a node id that is listed twice shows as ``a, b``)."""
        outcomes: dict[str, str] = {}
        listed = r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?:at \w+ of )?\S+?::(.+?)(?: - .*)?$"
        for word, name in re.findall(listed, self.text, re.MULTILINE):
            outcomes[name] = f"{outcomes[name]}, {word.lower()}" if name in outcomes else word.lower()
        return outcomes

    @property
    def findings(self) -> list[Found]:
        found: list[Found] = self.report["findings"]
        return found

    def of(self, name: str) -> list[Found]:
        """The findings of one test, given by its node id without the file."""
        return [each for each in self.findings if any(test["nodeid"].partition("::")[2] == name for test in each["tests"])]

    def one(self, name: str) -> Found:
        """The only finding of a test."""
        found = self.of(name)
        assert len(found) == 1, f"{name}: {[each['title'] for each in found]}\n{self.text}"
        return found[0]

    def told(self, name: str) -> list[tuple[str, str, str]]:
        """The findings of a test as ``(rule, origin, outcome)``."""
        return sorted(
            (each["rule"], each["origin"], test["outcome"])
            for each in self.of(name)
            for test in each["tests"]
            if test["nodeid"].partition("::")[2] == name
        )

    def failures(self, name: str) -> str:
        """The text of a test's failure."""
        pattern = rf"^_+ (?:[\w ]+ of )?{re.escape(name.replace('::', '.'))} _+$\n(.*?)(?=^_+ [^\n]* _+$|^=+ )"
        return "\n".join(re.findall(pattern, self.text, re.MULTILINE | re.DOTALL))

    def summary(self) -> Found:
        summary: Found = self.report["summary"]
        return summary


def run(
    pytester: pytest.Pytester, source: str, *options: str, conftest: str = "", guard: bool = True, inside: bool = False
) -> Run:
    """Runs ``source`` as ``test_mini.py``, under ``--gcguard`` unless told otherwise."""
    pytester.makepyfile(test_mini=source)
    if conftest:
        pytester.makeconftest(conftest)
    return again(pytester, *options, guard=guard, inside=inside)


def again(pytester: pytest.Pytester, *options: str, guard: bool = True, inside: bool = False) -> Run:
    """Runs what is there; ``inside`` of this process only where no test is to run, which saves half a second."""
    path = pytester.path / "out.json"
    path.unlink(missing_ok=True)
    plain = () if "--lf" in options or "--cache" in options else ("-p", "no:cacheprovider")
    switch = ("--gcguard", "--gcguard-report=json:out.json") if guard else ()
    reported = any(option.startswith(("--html", "--json-report", "--ctrf")) for option in options)
    names = [*_OTHERS, *(() if reported else _REPORTERS), *_unnamed(pytester.path, options)]
    others = [part for name in names for part in ("-p", f"no:{name}")]
    arguments = ["--rootdir=.", "-rA", *others, *plain, *switch, *options]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        patch.delenv("GITHUB_ACTIONS", raising=False)
        arguments = [option for option in arguments if option != "--cache"]
        here, apart = pytester.runpytest_inprocess, pytester.runpytest_subprocess
        result = here(*arguments) if inside else apart(*arguments, timeout=_SECONDS)
    return Run(result, json.loads(path.read_text(encoding="utf-8")) if path.exists() else {})


def _unnamed(folder: Path, options: Sequence[str]) -> list[str]:
    """The plugins that neither an option nor a file asks for."""
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in {".py", ".ini", ".toml", ".cfg"}]
    said = "\n".join([*options, *texts])
    return [plugin for plugin, words in _NAMED.items() if not any(word in said for word in words)]
