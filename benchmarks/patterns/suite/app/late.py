"""Is imported by a test, not before."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass
class Late:
    names: list[str] = dataclasses.field(default_factory=list)


EVERY = [Late(["first"])]
