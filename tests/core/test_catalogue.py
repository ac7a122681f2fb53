from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

from pytest_gcguard.core.documents.catalogue import Bug, Catalogue, builtin, read
from pytest_gcguard.core.documents.written import from_json
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Finding

RECORDED = {
    entry.finding.signature: entry.finding
    for entry in from_json(json.loads((Path(__file__).parent / "recorded.json").read_text(encoding="utf-8"))).entries
}
"""What was found in the releases of ``benchmarks/releases``, as it was reported."""


def recorded(title: str) -> Finding:
    return next(finding for finding in RECORDED.values() if title in f"{finding.title} {finding.holder}")


REDIS, SENTRY = recorded("redis.connection"), recorded("sentry_sdk")


@pytest.mark.parametrize(
    ("finding", "package", "old", "new"),
    [
        (REDIS, "redis", "5.0.0", "5.0.1"),
        (recorded("tornado.ioloop"), "tornado", "6.3.3", "6.4"),
        (recorded("asgiref.local.Local"), "asgiref", "3.8.1", "3.9.0"),
        (SENTRY, "sentry-sdk", "2.62.0", "2.63.0"),
        (recorded("structlog"), "structlog", "25.5.0", "26.1.0"),
        (recorded("botocore"), "botocore", "1.29.130", "1.29.131"),
    ],
)
def test_a_known_bug_is_told_where_the_release_that_mends_it_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, finding: Finding, package: str, old: str, new: str
) -> None:
    for installed, told in (old, True), (new, False), (f"{new}.post1", False), (f"{new}rc1", False):
        monkeypatch.setattr(metadata, "version", {package: installed}.__getitem__)
        notes = Catalogue(builtin()).noted(finding).notes
        assert [note.partition(";")[0] for note in notes] == (
            [f"fixed in {package} {new} (installed {installed}): upgrade"] if told else []
        )


def test_nothing_is_asked_of_what_is_installed_for_a_finding_that_is_no_known_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", None)
    other = Finding("GCG002-00000001", Kind.CYCLE, Origin.OWN, "app.Node → .me", ("app.Node",))
    assert Catalogue(builtin()).noted(other) is other


def test_what_is_not_installed_has_no_bugs() -> None:
    bug = Bug("no-such-package-anywhere", "https://example.org", types=("redis.*",))
    assert Catalogue([bug]).noted(REDIS) is REDIS


def test_a_bug_without_a_mended_release_is_told_of_every_version() -> None:
    bugs = read(
        '{"gcguard_catalogue": 1, "bugs": [{"package": "pytest", "link": "https://example.org",'
        ' "signatures": ["' + REDIS.signature + '"], "types": ["nothing like it"]}]}'
    )
    note = Catalogue(bugs).noted(REDIS).notes[0]
    assert note.startswith("a known bug of pytest (installed ")
    assert Catalogue(bugs).noted(SENTRY) is SENTRY


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ("[]", "not a catalogue"),
        ('{"gcguard_catalogue": 2}', "format 2"),
        ('{"gcguard_catalogue": 1}', '"bugs" are not a list'),
        ('{"gcguard_catalogue": 1, "bugs": [1]}', "bug 1 is not an object"),
        ('{"gcguard_catalogue": 1, "bugs": [{"package": "a"}]}', "needs texts for package and link"),
        ('{"gcguard_catalogue": 1, "bugs": [{"package": "a", "link": "b", "kind": "c"}]}', "has 'kind'; allowed: package"),
        ('{"gcguard_catalogue": 1, "bugs": [{"package": "a", "link": "b", "types": "c"}]}', "types must be a list of texts"),
        ('{"gcguard_catalogue": 1, "bugs": [{"package": "a", "link": "b", "holder": 1}]}', "must be texts"),
        ('{"gcguard_catalogue": 1, "bugs": [{"package": "a", "link": "b"}]}', "bug 1 fits everything"),
    ],
)
def test_what_is_wrong_with_a_catalogue_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read(text)
