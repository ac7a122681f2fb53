"""GitHub Actions: workflow commands, which become annotations, and the step summary.

Rules of this file: a command stands alone at the start of its line, without colour; of each kind at most ten, since GitHub
drops the rest silently; a summary that would be too large is cut, since GitHub refuses it whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pytest_gcguard.core.documents.document import Document, Entry
from pytest_gcguard.core.kinds import Origin
from pytest_gcguard.reports import prose, same_cut, words
from pytest_gcguard.reports.location import Locate, as_written, primary
from pytest_gcguard.reports.text import one_line, writable

Command = Literal["error", "warning", "notice"]

MOST_COMMANDS = 10  # of each kind, for one step
MOST_BYTES = 1_000_000  # of the summary of one step: less than the 1 MiB that GitHub takes


def render(document: Document, locate: Locate = as_written) -> str:
    """The workflow commands, one a line.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> render(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5))
    ''
    """
    told: dict[Command, list[Entry]] = {"error": [], "warning": [], "notice": []}
    # entries come with the worst first; the project's own go before others' here, whatever failed
    for entry in sorted(document.entries, key=lambda entry: entry.finding.origin is not Origin.OWN):
        command = _command(entry)
        if command:
            told[command].append(entry)
    lines = [_line("notice", f"gcguard: {words.PARTIAL}", title="gcguard: partial report")] if document.partial else []
    for command, entries in told.items():
        room = MOST_COMMANDS - (command == "notice" and document.partial)
        lines += _lines(command, entries, room, locate)
    return "".join(f"{writable(line)}\n" for line in lines)


def summary(document: Document, room: int = MOST_BYTES) -> str:
    """The step summary as Markdown of at most ``room`` bytes: what does not fit is counted.

    >>> from pytest_gcguard.core.documents.tally import Tally
    >>> summary(Tally("1.0").document("2030-01-31T12:00:00Z", seconds=3.5)).splitlines()[0]
    '## gcguard'
    """
    return prose.page(document, heading="##", room=room)


def _command(entry: Entry) -> Command | None:
    """The command for an entry; None for what the test tools do by themselves and for what is known: no review needs these."""
    if entry.failed:
        return "error"
    if entry.baseline or entry.finding.origin is Origin.HARNESS:
        return None
    return "warning" if entry.finding.origin is Origin.OWN else "notice"


def _lines(command: Command, entries: Sequence[Entry], room: int, locate: Locate) -> list[str]:
    lines = []
    others = same_cut.others(entries)
    # ten that say the same would be all that a reviewer sees
    for number, entry in enumerate(same_cut.different_first(entries, entries)[:room], 1):
        details = words.details_and_shape(entry, others.get(entry.finding.signature, ()))
        facts = [f"{label}: {text}" for label, text in details]
        told = [entry.finding.title, *facts, f"tests: {words.named_tests(entry.tests, limit=3)}"]
        if number == room and len(entries) > room:
            told.append(f"and {len(entries) - room} more of these, which GitHub would not show")
        place = primary(entry, locate)
        title = f"{entry.finding.kind.rule} {entry.finding.kind.value}"
        lines.append(_line(command, "\n".join(map(one_line, told)), file=place.file, line=str(place.line), title=title))
    return lines


def _line(command: Command, message: str, **properties: str) -> str:
    """A command as GitHub reads it.

    >>> _line("notice", "50% done\\nor more", file="a,b:c.py")
    '::notice file=a%2Cb%3Ac.py::50%25 done%0Aor more'
    """
    given = ",".join(f"{name}={_escaped(one_line(value), ':,')}" for name, value in properties.items())
    return f"::{command} {given}::{_escaped(message)}"


def _escaped(text: str, more: str = "") -> str:
    for character in ("%", "\r", "\n", *more):  # the percent sign first, since the others become one
        text = text.replace(character, f"%{ord(character):02X}")
    return text
