"""The line that closes a run, and counts with their nouns: all that a run without findings needs of the reports."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, name: str, plural: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "test"), counted(2, "test")
    ('1 test', '2 tests')
    """
    return f"{number} {name if number == 1 else plural or name + 's'}"


def closing(checked: str, found: Sequence[str], seconds: float) -> str:
    """The line: what was checked, what was found, and how long the guard took.

    >>> closing(counted(3, "test") + " checked", [], seconds=0.25)
    'gcguard: 3 tests checked · nothing found · guard cost 0.25 s'
    """
    return f"gcguard: {' · '.join([checked, *found] if found else [checked, 'nothing found'])} · guard cost {seconds:.2f} s"
