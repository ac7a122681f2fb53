"""Imports of the guard's own modules, past pytest's rewriting of asserts.

pytest rewrites the asserts of every module of a plugin, which makes importing it slower. No user's test fails by an assert of
these modules, so they are imported like any other.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def imported(config: pytest.Config) -> Iterator[None]:
    """Takes pytest's hook out of the way of the imports in a block."""
    hook: object = config.pluginmanager.rewrite_hook
    at = next((at for at, finder in enumerate(sys.meta_path) if finder is hook), None)
    if at is None:
        yield
        return
    del sys.meta_path[at]
    try:
        yield
    finally:
        sys.meta_path.insert(at, hook)  # type: ignore[arg-type] # what was there is put back
