"""The suites: which release of which library, what its tests need, and how its own developers run them.

Rules of this file: a table; releases are pinned, so that a difference between two runs is the guard's.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Suite:
    """A library's suite. ``needs`` are requirements of the tests, ``options`` those of pytest.

    ``part`` is what ``--part`` runs of a suite that takes minutes, in place of the last of its options.
    """

    name: str
    version: str
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    part: tuple[str, ...] = ()
    partly: bool = False

    @property
    def title(self) -> str:
        """
        >>> Suite("click", "8.5.1").title
        'click 8.5.1'
        """
        return f"{self.name} {self.version}" + " (a part)" * self.partly

    def in_part(self) -> Suite:
        """The suite with only that part of its tests, if it has one."""
        if not self.part:
            return self
        return dataclasses.replace(self, options=(*self.options[:-1], *self.part), part=(), partly=True)


ALL = (
    Suite("itsdangerous", "2.2.0", ("freezegun",)),
    Suite("markupsafe", "3.0.4"),
    # some releases of pytest-asyncio warn when this is unset, and blinker makes every warning an error
    Suite("blinker", "1.9.0", ("pytest-asyncio",), ("-o", "asyncio_default_fixture_loop_scope=function")),
    Suite("click", "8.5.1"),
    Suite("jinja2", "3.1.6", ("trio",)),
    # the seed: else Hypothesis would try other examples in each run
    Suite("attrs", "26.1.0", ("cloudpickle", "hypothesis", "pympler", "pytest-xdist[psutil]"), ("--hypothesis-seed=0",)),
    Suite("marshmallow", "4.4.0", ("simplejson",)),
    Suite("toolz", "1.2.0"),
    Suite("boltons", "26.2.0", (), ("--doctest-modules", "boltons", "tests")),
    Suite(
        "networkx",
        "3.6.1",
        ("numpy", "scipy", "matplotlib", "pandas", "lxml", "pydot", "sympy", "pytest-xdist"),
        ("--doctest-modules", "-n", "2", "networkx"),
        part=("networkx/classes", "networkx/utils", "networkx/drawing", "networkx/algorithms/isomorphism"),
    ),
)
