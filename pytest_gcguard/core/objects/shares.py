"""What a `threading.local` keeps of the threads that have used it: a dictionary of attributes for each, within a dictionary.

Rules of this file: no code of an object runs.
"""

from __future__ import annotations

import threading
from typing import Any

from pytest_gcguard.core.unpatched import gc


def dictionaries(local: threading.local) -> list[dict[Any, Any]]:
    """The dictionary of all threads, and then those of the attributes that each of them has set.

    >>> local = threading.local(); local.name = "x"
    >>> dictionaries(local)[1:]
    [{'name': 'x'}]
    """
    for found in gc.get_referents(local):
        # its keys are of C; those of an instance's own dictionary, and of keyword arguments, are text
        if type(found) is dict and found and not any(type(key) is str for key in list(found)):
            return [found, *found.values()]
    return []
