"""Charts as SVG and HTML text: no script, no network, no inline style, so that every page, mail and printer has them.

Lengths are shares of the width they are given, so that text keeps its size on a small screen. What a chart shows by
colour it says in text too. Colours are classes, `tone-NAME` and `heat-0` to `heat-9`, of the page's own style.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

BAR_HEIGHT, COLUMN_HEIGHT, LABEL_HEIGHT = 26, 180, 22
MOST_LABELS = 6
HEATS = 10


@dataclass(frozen=True)
class Part:
    """A piece of a bar: what it is, how much, and the name of its colour."""

    label: str
    value: int
    tone: str


@dataclass(frozen=True)
class Column:
    """A column of several parts, the first at the bottom. `note` is shown where a pointer rests."""

    label: str
    parts: Sequence[Part]
    note: str

    @property
    def height(self) -> int:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True)
class Cell:
    """A cell of a heat map. `share` 0 to 1, or None where there is nothing to say; `few`: too few to build on."""

    text: str
    share: float | None
    note: str
    few: bool = False


def bar(parts: Sequence[Part], whole: int, name: str) -> str:
    """One bar: the parts side by side, out of the whole; `name` is for who cannot see it."""
    rects: list[str] = []
    before = 0
    for part in parts:
        if part.value:
            label = f"<title>{escape(part.label)}</title>"
            where = f'x="{_percent(before, whole)}" width="{_percent(part.value, whole)}"'
            rects.append(f'<rect class="tone-{part.tone}" {where} height="{BAR_HEIGHT}">{label}</rect>')
        before += part.value
    track = f'<rect class="tone-track" width="100%" height="{BAR_HEIGHT}"/>'
    shown = "".join(rects)
    size = f'height="{BAR_HEIGHT}" width="100%"'
    return f'<svg class="gauge" {size} role="img" aria-label="{escape(name)}">{track}{shown}</svg>'


def columns(found: Sequence[Column], name: str) -> str:
    """Columns side by side, with a line and a number at the top of the scale and at its half."""
    top = _scale(max((column.height for column in found), default=0))
    wide = 100 / max(len(found), 1)
    each = "".join(_column(column, n * wide, wide, top) for n, column in enumerate(found))
    lines = "".join(_line(value, top) for value in (top, top // 2) if value)
    step = -(-len(found) // MOST_LABELS) or 1
    labels = "".join(_label(column.label, n * wide + wide / 2) for n, column in enumerate(found) if n % step == 0)
    size = f'height="{COLUMN_HEIGHT + LABEL_HEIGHT}" width="100%"'
    return f'<svg class="columns" {size} role="img" aria-label="{escape(name)}">{each}{lines}{labels}</svg>'


def heat_map(heads: Sequence[str], rows: Sequence[tuple[str, Sequence[Cell]]], corner: str) -> str:
    """A table whose cells are the warmer the larger their share."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(label)}</th>{"".join(map(_cell, cells))}</tr>' for label, cells in rows
    )
    return f'<table class="heat"><thead><tr><th>{escape(corner)}</th>{head}</tr></thead><tbody>{body}</tbody></table>'


def legend(parts: Sequence[Part]) -> str:
    """The parts by colour, label and number."""
    items = "".join(
        f'<li><svg class="swatch" width="12" height="12" aria-hidden="true"><rect class="tone-{part.tone}" width="12" '
        f'height="12"/></svg> {escape(part.label)}</li>'
        for part in parts
    )
    return f'<ul class="legend">{items}</ul>'


def _column(column: Column, left: float, wide: float, top: int) -> str:
    drawn, y = "", float(COLUMN_HEIGHT)
    for part in column.parts:
        height = COLUMN_HEIGHT * part.value / top
        y -= height
        if part.value:
            where = f'x="{left + wide * 0.1:.3f}%" width="{wide * 0.8:.3f}%" y="{y:.1f}" height="{height:.1f}"'
            drawn += f'<rect class="tone-{part.tone}" {where}/>'
    return f"<g><title>{escape(column.note)}</title>{drawn}</g>"


def _line(value: int, top: int) -> str:
    y = COLUMN_HEIGHT - COLUMN_HEIGHT * value / top + 0.5
    number = f'<text class="scale" x="0" y="{y + 13:.1f}">{value}</text>'
    return f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>{number}'


def _label(text: str, middle: float) -> str:
    anchor = "start" if middle < 8 else "end" if middle > 92 else "middle"
    return f'<text x="{middle:.2f}%" y="{COLUMN_HEIGHT + 16}" text-anchor="{anchor}">{escape(text)}</text>'


def _cell(cell: Cell) -> str:
    if cell.share is None:
        return "<td></td>"
    heat = min(int(cell.share * HEATS), HEATS - 1)
    few = " few" if cell.few else ""
    return f'<td class="heat-{heat}{few}" title="{escape(cell.note)}">{escape(cell.text)}</td>'


def _scale(most: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= most:
                return factor * step
        step *= 10


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3f}%" if whole else "0%"
