"""Which containers a source keeps within a limit."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_gcguard.core.files import limits


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (
            """
            def remember(key, value):
                CACHE[key] = value
                if len(CACHE) > 64:
                    CACHE.popitem(last=False)
            """,
            {"CACHE"},
        ),
        (
            """
            class Cache:
                async def put(self, value):
                    while self.limit <= len(self._entries):
                        del self._entries[next(iter(self._entries))]
            """,
            {"._entries"},
        ),
        (
            """
            class Cache(dict):
                def __setitem__(self, key, value):
                    if len(self) == MOST:
                        self.clear()
            """,
            {"self"},
        ),
        (
            """
            def remember(value):
                global RECENT
                if len(RECENT) >= MOST:
                    RECENT = []
                RECENT.append(value)
            """,
            {"RECENT"},
        ),
        (
            """
            def unregister(key):
                if len(REGISTRY) > 0:
                    del REGISTRY[key]
            """,
            set(),
        ),
        (
            """
            def register(key, value):
                if len(REGISTRY) > MOST:
                    raise ValueError(key)
                REGISTRY[key] = value

            def unregister(key):
                del REGISTRY[key]
            """,
            set(),
        ),
        (
            """
            class Session:
                def __init__(self, parts):
                    self.parts = []
                    if len(self.parts) > MOST:
                        raise ValueError
            """,
            set(),
        ),
        (
            """
            def last(given):
                kept = list(given)
                while len(kept) > 3:
                    kept.pop()
                while len(given) > 3:
                    given.pop()
                return kept
            """,
            set(),
        ),
        ("def broken(:", set()),
    ],
    ids=["module", "attribute", "itself", "replaced", "asks for any", "not in one", "constructor", "locals", "no source"],
)
def test_a_container_is_kept_within_a_limit_where_one_function_compares_and_takes(
    tmp_path: Path, source: str, names: set[str]
) -> None:
    file = tmp_path / "module.py"
    file.write_text(textwrap.dedent(source))
    assert limits.kept_within(str(file)) == names
    asked = {"CACHE", "._entries", "self", "RECENT", "REGISTRY", "kept", "given", ".parts", "_entries", ".CACHE"}
    assert {name for name in asked if limits.keeps(str(file), name)} == names
