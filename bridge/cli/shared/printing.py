"""Tables, times and JSON, printed safely."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

import click

from bridge.cli.shared.language import text
from bridge.core import schedule
from bridge.core.call_states import LIVE, CallState
from bridge.core.model.texts import Text
from bridge.settings import wants_colours

GAP = "  "
LEAST_WIDTH = 6
MOST_FILLED = 100  # characters of a cell to which the others of its column are filled up
local_time = schedule.local_time
COLOURS: dict[str, str] = {
    **dict.fromkeys(("ok", CallState.PLACED, CallState.FINISHED), "green"),
    **dict.fromkeys(("warn", *LIVE, CallState.EXPIRED, CallState.CANCELLED), "yellow"),
    **dict.fromkeys(("bad", CallState.UNSURE, CallState.REFUSED), "red"),
}


def print_table(heads: Sequence[Text], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns. A cell stays on its line and sends nothing to the terminal but its text.

    On a terminal the table fits its width: the widest columns are cut, with …, and states have their colour. Elsewhere
    every cell is whole and plain; one of more than MOST_FILLED characters moves its own line alone.
    """
    lines = [[clean(cell) for cell in row] for row in [[text(*head) for head in heads], *rows]]
    columns = list(zip(*lines, strict=True))
    if is_terminal():
        widths = fit([max(map(len, column)) for column in columns], shutil.get_terminal_size().columns)
        lines = [[cut(cell, width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    else:
        widths = [max(len(cell) for cell in column if len(cell) <= MOST_FILLED) for column in columns]
    for number, (line, row) in enumerate(zip(lines, zip(*columns, strict=True), strict=True)):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        shown = [coloured(cell, "head" if number == 0 else row[n]) for n, cell in enumerate(cells)]
        click.echo(GAP.join(shown).rstrip())


def fit(widths: Sequence[int], columns: int) -> list[int]:
    """The widths with the widest made less until all fit into so many columns; none less than 6 for it."""
    found = list(widths)
    while sum(found) + len(GAP) * (len(found) - 1) > columns and max(found) > LEAST_WIDTH:
        found[found.index(max(found))] -= 1
    return found


def cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else f"{cell[: width - 1]}…"


def is_terminal() -> bool:
    return sys.stdout.isatty()


def coloured(shown: str, word: str) -> str:
    """The text in the colour of this word (a state, a standing, or `head`), on a terminal that is to have colours."""
    if not is_terminal() or not wants_colours():
        return shown
    if word == "head":
        return click.style(shown, bold=True)
    return click.style(shown, fg=COLOURS[word]) if word in COLOURS else shown


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def clean(value: object) -> str:
    """A shop's text as it may be shown: one line, nothing that a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)
