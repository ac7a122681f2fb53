"""A picture as inline SVG: boxes one below the other, arrows between them, the arrow that closes a cycle at the side.

Rules of this file: everything is escaped here; colours come from the page, by class names, so that it can be dark or light;
what is to be cut is told by its dashes and its word, not by colour alone.
"""

from __future__ import annotations

import html

from pytest_gcguard.reports.picture import Arrow, Picture

CHARACTER = 7.3  # the width of a character of the page's monospaced font
BOX, GAP, SIDE = 26, 34, 12  # the height of a box, the space between two, the margin


def render(picture: Picture, label: str) -> str:
    """The picture as an element of a page; ``label`` is what is read out in its place."""
    width = round(max(len(node) for node in picture.nodes) * CHARACTER) + 24
    back = [arrow for arrow in picture.arrows if arrow.target <= arrow.source]
    beside = max((len(_text(arrow)) for arrow in picture.arrows if arrow not in back), default=0) * CHARACTER + width / 2 + 17
    turn = round(max(width + 26, beside + 14))  # where the arrow that goes back up runs
    total = turn + max((len(_text(arrow)) for arrow in back), default=0) * CHARACTER + 12 if back else max(width, beside)
    height = len(picture.nodes) * (BOX + GAP) - GAP
    width_all, height_all = round(total) + 2 * SIDE, height + 2 * SIDE
    size = f'viewBox="-{SIDE} -{SIDE} {width_all} {height_all}" width="{width_all}" height="{height_all}"'
    parts = [f'<svg role="img" aria-label="{html.escape(label)}" {size}>']
    for number, node in enumerate(picture.nodes):
        top = number * (BOX + GAP)
        parts.append(f'<rect y="{top}" width="{width}" height="{BOX}" rx="5"/>')
        parts.append(f'<text x="{width / 2:g}" y="{top + 17}" class="n">{html.escape(node)}</text>')
    parts += [_back(arrow, width, turn) if arrow in back else _down(arrow, width) for arrow in picture.arrows]
    return "".join([*parts, "</svg>"])


def _down(arrow: Arrow, width: int) -> str:
    middle, y = width / 2, arrow.source * (BOX + GAP) + BOX
    line = f'<path d="M{middle:g} {y}v{GAP - 2}"{_class(arrow)}/>'
    return f'{line}<text x="{middle + 14:g}" y="{y + 21}"{_mark(arrow)}>{_label(arrow)}</text>'


def _back(arrow: Arrow, width: int, turn: int) -> str:
    y, top = arrow.source * (BOX + GAP) + 13, arrow.target * (BOX + GAP) + 13
    if arrow.source == arrow.target:  # an object that refers to itself
        path, middle = f"M{width} {y - 6}h{turn - width - 8}q8 0 8 6t-8 6H{width + 2}", y
    else:
        path, middle = f"M{width} {y}h{turn - width - 8}q8 0 8 -8V{top + 8}q0 -8 -8 -8H{width + 2}", (y + top) // 2
    return f'<path d="{path}"{_class(arrow)}/><text x="{turn + 8}" y="{middle + 4}"{_mark(arrow)}>{_label(arrow)}</text>'


def _text(arrow: Arrow) -> str:
    return f"✂ cut {arrow.label}" if arrow.cut else arrow.label


def _label(arrow: Arrow) -> str:
    return html.escape(_text(arrow))


def _class(arrow: Arrow) -> str:
    return ' class="e cut"' if arrow.cut else ' class="e"'


def _mark(arrow: Arrow) -> str:
    return ' class="cut"' if arrow.cut else ""
