"""Arguments and options that several commands take, and the checks of what a person wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

import click

from bridge.cli.shared.command import option
from bridge.cli.shared.language import current_language, failure, misuse, text
from bridge.cli.shared.printing import clean
from bridge.core.reasons import cause
from bridge.core.schedule import parse_since

MOST_ID = 2**63 - 1


class Id(click.IntRange):
    """The id of a call or a delivery, as it is shown: 17, #17, or call:17."""

    name = "id"

    def __init__(self, kind: str) -> None:
        super().__init__(1, MOST_ID)
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        written: Any = value
        if isinstance(value, str):
            written = value.strip().removeprefix(f"{self.kind}:").removeprefix("#")
        return super().convert(written, param, ctx)


CALL_ID, DELIVERY_ID = Id("call"), Id("delivery")
COUNTRY = "VN"
MOST_DIGITS = 17  # of one number, however it is written; more are two numbers, of which one would be lost
show_phones = option("--show-phones", is_flag=True, help=("Hiện đầy đủ số điện thoại.", "Show whole phone numbers."))
as_json = option("--json", "as_json", is_flag=True, help=("In dạng JSON.", "Print JSON."))
by_source = option("--source", metavar="ID", help=("Chỉ của nguồn này.", "Only of this source."))


def since_option(default: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--since, read by `read_since`."""
    help_text = (
        "Một khoảng như 24h hoặc 7d, hoặc một thời điểm kèm múi giờ.",
        "A span such as 24h or 7d, or a time with its zone.",
    )
    return option("--since", default=default, show_default=default is not None, metavar="SPAN", help=help_text)


def read_since(written: str, now: datetime, name: str = "--since") -> datetime:
    """UsageError, saying what to write, where it is neither a span nor a time."""
    try:
        return parse_since(written, now)
    except ValueError as error:
        raise click.BadParameter(
            text("hãy viết một khoảng như 24h hoặc 7d, dài nhất 365d, hoặc một thời điểm kèm múi giờ", str(error)),
            param_hint=name,
        ) from None


def need_text(*texts: str) -> None:
    """UsageError where an argument's bytes are no text: no database holds such."""
    if any(text != text.encode("utf-8", "ignore").decode() for text in texts):
        raise misuse("có đối số không phải văn bản UTF-8", "an argument is not UTF-8 text")


def need_known(kind: str, name: str, known: Collection[str]) -> None:
    """A ClickException that names the nearest, where `name` is not one of those known."""
    if name in known:
        return
    hint = nearest_hint(name, known)
    kinds = {"rule": "quy tắc", "source": "nguồn", "hotline": "đầu số", "batch": "danh sách"}
    shown = clean(name)
    raise failure(f"không có {kinds[kind]} nào tên là {shown}; {hint}", f"no {kind} is called {shown}; {hint}")


def nearest_hint(name: str, known: Collection[str]) -> str:
    """Which of those known is probably meant; where none is near, all of them."""
    from difflib import get_close_matches  # noqa: PLC0415  for names that are wrong alone

    near = get_close_matches(name, sorted(known), 1, 0.75)
    if near:
        return text(f"có phải là {near[0]}?", f"did you mean {near[0]}?")
    there = ", ".join(sorted(known)) or text("không có gì", "none")
    return text(f"hiện có: {there}", f"there is {there}")


def phone_argument(argument: str) -> str:
    """The number that a person wrote, or standard input holds; ClickException says why it is none."""
    written = sys.stdin.read() if argument == "-" else argument
    need_text(written)
    number, problem = read_number(written)
    if number is None:
        raise click.ClickException(problem)
    return number


def read_number(written: str) -> tuple[str | None, str]:
    """The number as calls hold it, or why there is none, which never quotes it."""
    if sum(letter.isdigit() for letter in written) > MOST_DIGITS:
        return None, text(
            "đây là nhiều hơn một số: hãy viết riêng từng số", "this is more than one number: write each by itself"
        )
    from bridge.core.phone import read_phone  # noqa: PLC0415  the number plan takes long to load

    phone = read_phone(written, COUNTRY, abroad=True)
    if phone.number is None:
        return None, f"{cause(phone.reason or 'phone_missing', current_language())}."
    return phone.number, ""
