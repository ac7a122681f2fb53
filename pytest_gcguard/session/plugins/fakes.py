"""Fake file systems: the guard's own files are none of what they fake.

Rules of this file: nothing of such a library is imported; where it is not as it is known, it is left alone.
"""

from __future__ import annotations

import sys
from typing import Any


def spare() -> None:
    """Has pyfakefs leave the modules of the guard alone, by the list that it keeps for debuggers: a fake file system of a
    wider scope than a test is in place while the guard looks at the test, and would get the guard's files.
    """
    patcher: Any = getattr(sys.modules.get("pyfakefs.fake_filesystem_unittest"), "Patcher", None)
    prefixes = getattr(patcher, "RUNTIME_SKIPMODULES", None)
    if type(prefixes) is dict:
        prefixes.setdefault("pytest_gcguard", ["pytest_gcguard"])
