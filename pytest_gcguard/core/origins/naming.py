"""Whether the project's own code may make objects of a class: it calls the class by its name, or gives it another name.

Rules of this file: told by the text of source files alone, so a comment counts too; each file is searched once for each name.
"""

from __future__ import annotations

import re
import sys

from pytest_gcguard.core.files import statements
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.core.objects.modules import file_of_module
from pytest_gcguard.core.origins.origin import Origins


class Naming:
    """The source files of the project's imported modules, and what was searched for in them."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._met: set[int] = set()
        self._files: list[str] = []
        self._searched: dict[str, int] = {}
        """By name, how many of the files have been found to have no such call; -1 once one has it."""

    def held(self) -> list[object]:
        """The containers of its own that it adds to when it is asked."""
        return [self._met, self._files, self._searched]

    def calls(self, name: str) -> bool:
        """Whether a source file of the project's calls something by a name.

        >>> naming = Naming(Origins(None, own=["pytest_gcguard"]))
        >>> naming.calls("Naming"), naming.calls("ValueError"), naming.calls("_MadeNowhere")
        (True, True, False)
        """
        self._meet()
        at = self._searched.get(name, 0)
        if at >= 0:
            call = re.compile(rf"\b{re.escape(name)}\s*(\(|\s+as\b)")
            while at < len(self._files) and call.search(statements.text(self._files[at])) is None:
                at += 1
            self._searched[name] = at = at if at == len(self._files) else -1
        return at < 0

    def _meet(self) -> None:
        """Adds the files of the project's modules that were imported since the last time."""
        for name, module in list(sys.modules.items()):
            if id(module) not in self._met:
                self._met.add(id(module))
                file = file_of_module(name)
                if file is not None and self._origins.of_module(name) is Origin.OWN and file not in self._files:
                    self._files.append(file)
