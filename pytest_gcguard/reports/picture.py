"""A finding's path as boxes and arrows, before anyone draws it.

Rules of this file: at most twelve boxes, the middle of a longer path becomes one; which arrow is to be cut is decided here and
nowhere else; labels are one line each and not escaped.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from pytest_gcguard.core.kinds import Kind
from pytest_gcguard.core.model import Finding, Step
from pytest_gcguard.core.objects.texts import shorten
from pytest_gcguard.reports.text import one_line

MOST_NODES = 12
LABEL = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Arrow:
    """A reference from one box to another, by their numbers."""

    source: int
    target: int
    label: str
    cut: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """Boxes by their labels, in the order of the path, and the arrows between them."""

    nodes: tuple[str, ...]
    arrows: tuple[Arrow, ...]


def draw(finding: Finding) -> Picture | None:
    """The picture of a finding; None where it has no path.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> from pytest_gcguard.core.model import Cut
    >>> path = (Step("app.Node", ".kids"), Step("list", "[0]"))
    >>> cut = Cut("list", "[0]")
    >>> draw(Finding("GCG002-00000000", Kind.CYCLE, Origin.OWN, "", (), path=path, cut=cut)).arrows
    (Arrow(source=0, target=1, label='.kids', cut=False), Arrow(source=1, target=0, label='[0]', cut=True))
    """
    if not finding.path:
        return None
    boxes = _boxes(finding.path, cuts_at(finding))
    last = len(boxes) - 1
    arrows = [Arrow(at, 0 if at == last else at + 1, edge, cut) for at, (_, edge, cut) in enumerate(boxes)]
    return Picture(tuple(label for label, _, _ in boxes), tuple(arrows if is_circle(finding) else arrows[:-1]))


def lines(finding: Finding) -> Iterator[str]:
    """The same in words: a line for each reference of the whole path.

    >>> from pytest_gcguard.core.kinds import Origin
    >>> path = (Step("app.Node", ".kids", "app/node.py", 7), Step("list", "[0]"))
    >>> list(lines(Finding("GCG002-00000000", Kind.CYCLE, Origin.OWN, "", (), path=path)))
    ['app.Node (app/node.py:7)', '  .kids → list', '  [0] → app.Node, the first again']
    """
    marked = cuts_at(finding)
    for number, step in enumerate(finding.path):
        where = f" ({one_line(step.file)}:{step.line})" if step.file and step.line else ""
        if number == 0:
            yield one_line(step.type) + where
        else:
            before = finding.path[number - 1]
            yield f"  {_edge(before)} → {one_line(step.type)}{where}{_cut(number - 1 in marked)}"
    if finding.path and is_circle(finding):
        last = len(finding.path) - 1
        yield f"  {_edge(finding.path[last])} → {one_line(finding.path[0].type)}, the first again{_cut(last in marked)}"


def is_circle(finding: Finding) -> bool:
    """Whether the last step of a finding's path leads back to the first; else the path is a holder's chain."""
    return finding.kind in (Kind.CYCLE, Kind.UNCOLLECTABLE)


def _edge(step: Step) -> str:
    return one_line(step.edge) or "…"


def _cut(here: bool) -> str:
    return "   ✂ cut here" if here else ""


def cuts_at(finding: Finding) -> frozenset[int]:
    """The steps whose references are to be cut; of a holder's chain the last that fits, which is nearest to the leak.

    A cut of an attribute also cuts what leads on by what is in it: ``.kids`` where the step is ``.kids[0]``.
    """
    if finding.cut is None:
        return frozenset()
    wanted = {(part.type, part.edge) for part in finding.cut.parts}
    fitting = [at for at, step in enumerate(finding.path) if (step.type, step.edge) in wanted]
    if not fitting:
        fitting = [at for at, step in enumerate(finding.path) if any(_leads_by(step, *each) for each in wanted)]
    return frozenset(fitting if is_circle(finding) else fitting[-1:])


def _leads_by(step: Step, kind: str, edge: str) -> bool:
    rest = step.edge[len(edge) :]
    return step.type == kind and bool(edge) and step.edge.startswith(edge) and rest[:1] in ("", ".", "[", "<")


def _boxes(path: Sequence[Step], cuts: frozenset[int]) -> list[tuple[str, str, bool]]:
    """The boxes: each a label, the reference that leads on, and whether that is to be cut.

    Of a long path, the boxes near its ends and near the cut are kept, and each gap between them becomes one box.
    """
    first = min(cuts, default=0)
    anchors = (0, first, min(first + 1, len(path) - 1), len(path) - 1)
    near = sorted(range(len(path)), key=lambda at: min(abs(at - anchor) for anchor in anchors))
    kept = sorted(near if len(path) <= MOST_NODES else near[: MOST_NODES - 2])  # there are two gaps at most
    boxes: list[tuple[str, str, bool]] = []
    for at, before in zip(kept, [-1, *kept], strict=False):
        if at > before + 1:
            boxes.append((f"… {at - before - 1} more …", "", False))
        boxes.append((_label(path[at].type), _label(path[at].edge), at in cuts))
    return boxes


def _label(text: str) -> str:
    return shorten(one_line(text), LABEL)
