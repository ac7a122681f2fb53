"""Keeps fake file systems from the guard, which needs the real files.

Rules of this file: nothing of such a library is imported; a library that is not as expected is left alone.
"""

from __future__ import annotations

import sys
from typing import Any


def spare() -> None:
    """Has pyfakefs leave the modules of the guard alone, by the list that it keeps for debuggers.

    A fake file system of a wider scope than the test is still in place while the guard looks at the test.
    """
    patcher: Any = getattr(sys.modules.get("pyfakefs.fake_filesystem_unittest"), "Patcher", None)
    prefixes = getattr(patcher, "RUNTIME_SKIPMODULES", None)
    if type(prefixes) is dict:
        prefixes.setdefault("pytest_gcguard", ["pytest_gcguard"])
