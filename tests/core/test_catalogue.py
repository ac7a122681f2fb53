from __future__ import annotations

import re
from importlib import metadata

import pytest

from pytest_gcguard.core.catalogue import Bug, Catalogue, builtin, read
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.model import Finding, Step

REDIS = Finding(
    "GCG002-5812da02",
    Kind.CYCLE,
    Origin.LIBRARY,
    "…",
    ("redis.exceptions.ResponseError", "frame"),
    path=(
        Step("redis.exceptions.ResponseError", ".__traceback__"),
        Step("frame of redis.connection.AbstractConnection.read_response", ".<local response>"),
    ),
)
SENTRY = Finding(
    "GCG002-94ffc8b3",
    Kind.CYCLE,
    Origin.LIBRARY,
    "…",
    ("function",),
    path=(
        Step(
            "function sentry_sdk.serializer.serialize.<locals>._serialize_node",
            ".<closure _serialize_node_impl>",
        ),
        Step("function sentry_sdk.serializer.serialize.<locals>._serialize_node_impl", ".<closure _serialize_node>"),
    ),
)
STRUCTLOG = Finding(
    "GCG003-483c41bd",
    Kind.LEAK,
    Origin.OWN,
    "…",
    ("_io.TextIOWrapper",),
    holder="structlog._output.WRITE_LOCKS<key _io.TextIOWrapper>",
)


@pytest.mark.parametrize(
    ("finding", "package", "old", "new"),
    [
        (REDIS, "redis", "5.0.0", "5.0.1"),
        (SENTRY, "sentry-sdk", "2.62.0", "2.63.0"),
        (STRUCTLOG, "structlog", "25.5.0", "26.1.0"),
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
        ' "signatures": ["GCG002-5812da02"], "types": ["nothing like it"]}]}'
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
