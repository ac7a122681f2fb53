"""Finds reference cycles and leaks in every test, and says which reference to cut.

The names below also work outside of pytest. They are imported when they are first used, since every run of pytest imports this
package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pytest_gcguard.core.contexts import LeakError, no_cycles, no_leaks, watch
    from pytest_gcguard.core.documents.document import Document
    from pytest_gcguard.core.kinds import Kind, Origin
    from pytest_gcguard.core.model import Cycle, Finding, Observation, Survivor

__all__ = [
    "Cycle",
    "Document",
    "Finding",
    "Kind",
    "LeakError",
    "Observation",
    "Origin",
    "Survivor",
    "no_cycles",
    "no_leaks",
    "watch",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pytest_gcguard.core import contexts, kinds, model
    from pytest_gcguard.core.documents import document

    return next(getattr(room, name) for room in (contexts, document, kinds, model) if name in vars(room))
