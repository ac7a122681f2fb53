"""Which classes the names in ``no_leaks`` mean.

Rules of this file: asked when a test has ended, since the modules that it imports and the classes that it makes are there by
then; imported for tests with such names only.
"""

from __future__ import annotations

from pytest_gcguard.core.objects import modules
from pytest_gcguard.core.policy import Policy


class Names:
    """The names that tests have asked for, and those of them that were met: a class had them."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def settled(self, policy: Policy) -> tuple[Policy, dict[str, bool]]:
        """The policy with all names of the classes that it names; and of each name not met before, whether it is now."""
        limit = policy.leaks
        if limit is None:
            return policy, {}
        asked = [name for name in limit.types if name not in self._met]
        unmet = modules.names_that_mean_none(asked) if asked else set[str]()
        self._met.update(name for name in asked if name not in unmet)
        types = tuple(dict.fromkeys(each for name in limit.types for each in modules.names_of(name)))
        return policy._replace(leaks=limit._replace(types=types)), {name: name not in unmet for name in asked}
