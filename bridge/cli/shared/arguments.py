"""Arguments and options that several commands take, and the checks of what a person wrote."""

from __future__ import annotations

import difflib
import os
import pwd
import sys
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import click

from bridge.cli.shared.printing import clean
from bridge.core.phone import read_phone
from bridge.core.reasons import sentence
from bridge.core.schedule import parse_since

MOST_ID = 2**63 - 1
COUNTRY = "VN"
MOST_DIGITS = 17  # of one number, however it is written; more are two numbers, of which one would be lost
show_phones = click.option("--show-phones", is_flag=True, help="Show whole phone numbers.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
by_source = click.option("--source", metavar="ID", help="Only of this source.")


def since_option(default: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--since, read by `read_since`."""
    help_text = "A span such as 24h or 7d, or a time with its zone."
    return click.option("--since", default=default, show_default=default is not None, metavar="SPAN", help=help_text)


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


def phone_argument(text: str) -> str:
    written = sys.stdin.read() if text == "-" else text
    need_text(written)
    number, problem = read_number(written)
    if number is None:
        raise click.ClickException(problem)
    return number


def read_number(text: str) -> tuple[str | None, str]:
    """The number as calls hold it, or why there is none; the text itself is never said."""
    if sum(letter.isdigit() for letter in text) > MOST_DIGITS:
        return None, "this is more than one number: write each by itself"
    phone = read_phone(text, COUNTRY, abroad=True)
    if phone.number is None:
        return None, sentence(phone.reason or "phone_missing", "en").removeprefix("Not called: ")
    return phone.number, ""


def current_user() -> str:
    """Who gives this command, as the machine knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "cli"
