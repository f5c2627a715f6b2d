"""Tables, times and JSON, printed safely."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bridge.cli.shared.language import text
from bridge.core.model import DEFAULT_ZONE
from bridge.core.model.texts import Text


def print_table(heads: Sequence[Text], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns. A cell stays on its line and sends nothing to the terminal but its text."""
    lines = [[clean(cell) for cell in row] for row in [[text(*head) for head in heads], *rows]]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def clean(value: object) -> str:
    """A shop's text as it may be shown: one line, nothing that a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def local_time(at: str | datetime | None, zone: str = DEFAULT_ZONE) -> str:
    if not at:
        return ""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
