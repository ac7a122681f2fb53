"""What a finding is about, and whose code made it: the part of the model that is needed even where nothing is found."""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """What a finding is about; its value is the word users write in ``--gcguard-fail-on``."""

    UNCOLLECTABLE = "uncollectable"
    CYCLE = "cycle"
    LEAK = "leak"
    MEMORY = "memory"

    @property
    def rule(self) -> str:
        """The rule's stable number.

        >>> Kind.CYCLE.rule
        'GCG002'
        """
        return f"GCG{list(Kind).index(self) + 1:03d}"


class Origin(enum.Enum):
    """Whose code made a thing, from the one that matters most to the one that matters least."""

    OWN = "own"
    LIBRARY = "library"
    STDLIB = "stdlib"
    HARNESS = "harness"
