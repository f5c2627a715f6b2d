"""Tables for people, and the small things that several commands say in the same way."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from bridge.core.model import DEFAULT_ZONE
from bridge.core.schedule import parse_since

MOST_ID = 2**63 - 1

show_phones = click.option("--show-phones", is_flag=True, help="Show whole phone numbers.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
by_source = click.option("--source", metavar="ID", help="Only of this source.")


def since_option(default: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--since, read by `read_since`."""
    help_text = "A span such as 24h or 7d, or a time with its zone."
    return click.option("--since", default=default, show_default=default is not None, metavar="SPAN", help=help_text)


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns. A cell stays on its line and sends nothing to the terminal but its text."""
    lines = [[clean(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(line[n]) for line in lines) for n in range(len(heads))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def clean(value: object) -> str:
    """A shop's text as it may be shown: one line, nothing that a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def local_time(at: str | datetime | None, zone: str = DEFAULT_ZONE) -> str:
    if not at:
        return ""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def read_since(text: str, now: datetime) -> datetime:
    """UsageError, saying what to write, where it is neither a span nor a time."""
    try:
        return parse_since(text, now)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None


def need_text(*texts: str) -> None:
    """UsageError where an argument's bytes are no text: no database holds such."""
    if any(text != text.encode("utf-8", "ignore").decode() for text in texts):
        raise click.UsageError("an argument is not UTF-8 text")


def need_known(kind: str, name: str, known: Collection[str]) -> None:
    """A ClickException that names the nearest, where `name` is not one of those known."""
    if name in known:
        return
    near = difflib.get_close_matches(name, sorted(known), 1)
    hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(sorted(known)) or 'none'}"
    raise click.ClickException(f"no {kind} is called {clean(name)}; {hint}")
