"""A run in Markdown, for the Markdown report and GitHub's step summary alike.

Rules of this file: what comes from the program that was tested is either in a code span or escaped, so that it can be no
markup; every picture has its text beside it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from pytest_gcguard.core.documents.document import Document, Entry
from pytest_gcguard.core.kinds import Kind, Origin
from pytest_gcguard.core.objects.texts import shorten
from pytest_gcguard.reports import picture, same_cut, words
from pytest_gcguard.reports.closing import counted
from pytest_gcguard.reports.rules import RULES
from pytest_gcguard.reports.text import one_line, writable

NAMED_TESTS = 20
LONGEST = 400  # characters of a text in a table
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")
# what ends a label of a mermaid picture, or starts a character code or markup in it
_MERMAID = str.maketrans(
    {'"': "”", "'": "’", "`": "’", "<": "‹", ">": "›", "#": "♯", ";": "；", "&": "＆", "\\": "＼", "|": "¦"}
)
_TAIL = "\n*{} more {} not shown here: the page would be too large.*\n"
_TAIL_ROOM = 200


def page(document: Document, heading: str, room: int | None = None) -> str:
    """The run as Markdown below a heading; with ``room`` of at most so many bytes, and the number of parts that do not fit."""
    parts = [_head(document, heading), *_sections(document, heading)]
    if room is None:
        return writable("".join(parts))
    kept, size = [], 0
    for number, part in enumerate(parts):
        size += len(writable(part).encode())
        if size > room - _TAIL_ROOM:
            left = len(parts) - number
            kept.append(_TAIL.format(left, "part is" if left == 1 else "parts are"))
            break
        kept.append(part)
    text = writable("".join(kept))
    return text if len(text.encode()) <= room else ""


def _head(document: Document, heading: str) -> str:
    lines = [f"{heading} gcguard", "", _escaped(words.last_line(document).removeprefix("gcguard: ")), ""]
    if document.partial:
        lines += [f"> **Partial:** {words.PARTIAL}.", ""]
    lines += [f"Python {_escaped(document.python)}, {_escaped(document.started)}, {document.seconds:.1f} s", ""]
    return "\n".join(lines)


def _sections(document: Document, heading: str) -> Iterator[str]:
    near = [entry for entry in document.entries if entry.failed or (_is_own(entry) and not entry.baseline)]
    known = [entry for entry in document.entries if entry.baseline and not entry.failed]
    apart = [entry for entry in document.entries if not (entry.failed or entry.baseline or _is_own(entry))]
    if document.entries:
        yield _table(_COUNTS, ((whose, *map(str, numbers)) for whose, numbers in words.counts(document.entries)))
    if near:
        yield f"\n{heading}# To look at\n\n" + _table(_COLUMNS, map(_row, near[:_LISTED]))
        others = same_cut.others(near)
        yield from (_finding(entry, others.get(entry.finding.signature, ())) for entry in near)
    for title, entries in (("In the baseline", known), ("Of libraries and test tools", apart)):
        if entries:
            yield f"\n{heading}# {title}\n\n{_rolled(counted(len(entries), 'finding'), entries)}"


_COUNTS = ("", *(kind.value for kind in Kind))
_COLUMNS = ("rule", "finding", "tests", "outcome", "signature")
_LISTED = 100  # rows of a table


def _is_own(entry: Entry) -> bool:
    return entry.finding.origin is Origin.OWN


def _table(columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(entry: Entry) -> tuple[str, ...]:
    finding, outcome = entry.finding, words.outcome(entry)
    told = f"**{outcome}**" if entry.failed else outcome
    subject = cell(finding.title)
    return f"{finding.kind.rule} {finding.kind.value}", subject, str(len(entry.tests)), told, _code(finding.signature)


def cell(text: str) -> str:
    """A code span in a cell of a table.

    >>> cell("list | None")
    '`list \\\\| None`'
    """
    # the bar ends a cell even in a code span, unless it is escaped
    return _code(shorten(text, LONGEST)).replace("|", "\\|")


def _finding(entry: Entry, others: Sequence[Entry]) -> str:
    finding = entry.finding
    facts = [f"- **{label}** {_fact(label, text)}" for label, text in words.details_and_shape(entry, others)]
    lines = [
        "\n<details>",
        f"<summary>{_summary(entry)}</summary>",
        "",
        _escaped(RULES[finding.kind].short) + ".",
        "",
        *facts,
        f"- **signature** {_code(finding.signature)}",
        "",
        *_mermaid(entry),
        *_block("text", picture.lines(finding)),
        *_tests(entry),
        "",
        "</details>",
    ]
    return "\n".join(lines) + "\n"


def _summary(entry: Entry) -> str:
    finding = entry.finding
    tests = counted(len(entry.tests), "test")
    mark = "❌" if entry.failed else "⚠️" if _is_own(entry) else "ℹ️"
    title = html.escape(shorten(one_line(words.title(finding)), LONGEST))
    return f"{mark} <code>{title}</code> {tests}"


def _fact(label: str, text: str) -> str:
    """Sentences are text, everything else is code."""
    return _escaped(text) if label in words.SENTENCES else _code(text)


def _tests(entry: Entry) -> Iterator[str]:
    yield f"{counted(len(entry.tests), 'test')}:"
    yield ""
    for test in entry.tests[:NAMED_TESTS]:
        yield f"- {_code(test.nodeid)} {test.outcome}"
    if len(entry.tests) > NAMED_TESTS:
        yield f"- and {len(entry.tests) - NAMED_TESTS} more"


def _rolled(title: str, entries: Sequence[Entry]) -> str:
    rows = _table(_COLUMNS, map(_row, entries[:_LISTED]))
    more = f"\nand {len(entries) - _LISTED} more\n" if len(entries) > _LISTED else ""
    return f"<details>\n<summary>{title}</summary>\n\n{rows}{more}\n</details>\n"


def _mermaid(entry: Entry) -> list[str]:
    drawn = picture.draw(entry.finding)
    if drawn is None:
        return []
    lines = ["flowchart TD", *(f'  n{number}["{_label(label)}"]' for number, label in enumerate(drawn.nodes))]
    for number, arrow in enumerate(drawn.arrows):
        text = f"✂ cut {arrow.label}" if arrow.cut else arrow.label
        label = f'|"{_label(text)}"|' if text else ""
        lines.append(f"  n{arrow.source} {'-.->' if arrow.cut else '-->'}{label} n{arrow.target}")
        if arrow.cut:
            lines.append(f"  linkStyle {number} stroke:#d1242f,stroke-width:3px")
    return _block("mermaid", lines)


def _label(text: str) -> str:
    return text.translate(_MERMAID)


def _block(language: str, lines: Iterator[str] | Sequence[str]) -> list[str]:
    """A fenced block whose fence is longer than any in it."""
    inner = list(lines)
    if not inner:
        return []
    fence = _fence(inner, least=3)
    return [f"{fence}{language}", *inner, fence, ""]


def _code(text: str) -> str:
    """A code span that shows a text as it is.

    >>> _code("list[int]"), _code("a`b")
    ('`list[int]`', '``a`b``')
    """
    shown = one_line(text)
    fence = _fence([shown], least=1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _fence(lines: Sequence[str], least: int) -> str:
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    return "`" * max(least, longest + 1)


def _escaped(text: str) -> str:
    """Text that is no markup, whatever is in it.

    >>> _escaped("<b>*x*</b>")
    '\\\\<b\\\\>\\\\*x\\\\*\\\\</b\\\\>'
    """
    # an address must not become a link by itself
    return _MARKUP.sub(r"\\\1", one_line(text)).replace("://", "\\://")
