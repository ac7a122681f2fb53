"""Follows which tests a run has looked at, and compares what was found with the baseline at the end.

Rules of this file: tests are judged where they run, by the signatures that the controlling process has sent there; that
process alone compares the list with what was found, and writes it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_gcguard.core.documents import baseline
from pytest_gcguard.core.documents.baseline import Compared
from pytest_gcguard.core.documents.coverage import Coverage, place_of
from pytest_gcguard.core.documents.document import Document
from pytest_gcguard.session.config.listed import INPUT, Listed
from pytest_gcguard.session.output.files import near, write


class Keeper:
    """Follows what a run looks at, compares it with the list, and writes the list where that was asked for."""

    def __init__(self, config: pytest.Config, listed: Listed) -> None:
        self._config = config
        self._listed = listed
        self._collected: set[str] = set()
        self._files: dict[str, bool] = {}
        self._looked: defaultdict[str, set[str]] = defaultdict(set)
        self._compared = Compared()
        self._written = ""

    # --- in the process that collects ---------------------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.nodeid and "::" not in report.nodeid:
            self._files[report.nodeid] = report.passed and self._files.get(report.nodeid, True)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Iterator[None]:
        self._collected.update(item.nodeid for item in items)  # before anybody deselects some
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """A worker sends what it has collected."""
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[INPUT] = {"collected": sorted(self._collected), "files": self._collected_files()}

    def _collected_files(self) -> dict[str, bool]:
        """The files, with those that were collected only in part."""
        if self._config.getoption("lf", False):
            return dict.fromkeys(self._files, False)
        for argument in self._config.args:
            path, colons, _ = argument.partition("::")
            if colons:
                self._files[self._nodeid(path)] = False
        return self._files

    def _nodeid(self, path: str) -> str:
        target = (self._config.invocation_params.dir / path).resolve()
        try:
            return target.relative_to(self._config.rootpath.resolve()).as_posix()
        except ValueError:
            return target.as_posix()

    # --- in the process that controls ---------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[INPUT] = baseline.write(self._listed.known)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        sent = getattr(node, "workeroutput", {}).get(INPUT)
        if sent:
            self._collected.update(sent["collected"])
            for file, whole in sent["files"].items():
                self._files[file] = whole and self._files.get(file, True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for rule in getattr(report, "gcguard", {}).get("looked", ()):
            self._looked[rule].add(report.nodeid)

    def settle(self, document: Document) -> Document:
        """Compares a finished run with the list, or writes the list; returns the document with what the list knows."""
        listed = self._listed
        coverage = self._coverage()
        if listed.update:
            updated = listed.known.updated(document, coverage)
            write(listed.path, baseline.write(updated))
            before, after = listed.known.entries.keys(), updated.entries.keys()
            self._written = f"{len(after)} known, {len(after - before)} new, {len(before - after)} gone"
            return updated.noted(document, Compared())
        self._compared = listed.known.compared(document, coverage)
        return listed.known.noted(document, self._compared)

    def _coverage(self) -> Coverage:
        files = self._collected_files()
        option = self._config.getoption
        narrowed = any(option(name, None) for name in ("lf", "ignore", "ignore_glob", "deselect"))
        mentioned = {place.partition("::")[0] for known in self._listed.known.entries.values() for place in known.where}
        return Coverage(
            collected=Counter(map(place_of, self._collected)),
            files={file: whole for file, whole in files.items() if not (self._config.rootpath / file).is_dir()},
            looked={rule: Counter(map(place_of, nodeids)) for rule, nodeids in self._looked.items()},
            gone=frozenset(file for file in mentioned if not (self._config.rootpath / file).exists()),
            whole=not narrowed and self._asked_for_all(),
        )

    def _asked_for_all(self) -> bool:
        """Whether the run was given no paths, or those of the whole suite."""
        config = self._config
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            return True
        given = {(config.invocation_params.dir / argument).resolve() for argument in config.args}
        root = config.rootpath.resolve()
        paths = {(root / path).resolve() for path in config.getini("testpaths")}
        return root in given or bool(paths and paths <= given)

    @property
    def failed(self) -> bool:
        """Whether the run fails by the list: a known finding has grown, or, if the list is strict, one is gone."""
        return bool(self._compared.grown or (self._listed.strict and self._compared.stale))

    def lines(self) -> Iterator[tuple[str, bool]]:
        """The lines for the end of the run, each with whether it fails the run."""
        name = near(self._listed.path)
        if self._written:
            yield f"gcguard: baseline written to {name}: {self._written}", False
        for grown in self._compared.grown:
            yield f"gcguard: {grown.known.signature} {baseline.grown_words(grown)}: {grown.known.title}", True
        for known in self._compared.stale:
            advice = "remove it, or run with --gcguard-update-baseline"
            yield f"gcguard: {known.signature} is stale in {name}: {known.title} ({advice})", self._listed.strict
