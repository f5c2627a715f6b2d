"""A template's custom fields to check words by: as VBot tells them now, else as it told them last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bridge.core.model import Json
from bridge.vbot import VBotError
from bridge.vbot.client import Client

NOT_CHECKED = "no custom fields of it are known, so its rules are not checked"


@dataclass(frozen=True)
class Heard:
    """A template's custom fields to check by; None: nobody knows them.

    told     what VBot said now; None: nothing
    warning  why that is not what to check by
    error    why VBot said nothing
    """

    fields: list[Json] | None
    told: list[Json] | None = None
    warning: str | None = None
    error: VBotError | None = None


def hear(client: Client, code: str, known: Mapping[str, Any], now: datetime, deadline: float) -> Heard:
    """The template's fields from VBot or, where it does not tell them, those of `known` (`read_templates`)."""
    last = known.get(code)
    fields = last.fields if last is not None and last.fields else None
    serve = f"the last known custom fields serve {told_ago(last, now)}" if fields else NOT_CHECKED
    try:
        told = client.custom_fields(code, deadline)
    except VBotError as error:
        return Heard(fields, None, f"{error.message}; {serve}", error)
    if not told:
        # Nothing known before either: it may be a script without any.
        return Heard(fields, told, f"VBot lists no custom field for it now; {serve}" if fields else None)
    return Heard(told, told)


def told_ago(row: Any, now: datetime) -> str:
    """How old a row of `read_templates` is."""
    return f"(told {_age(row.fetched_at, now)} ago)"


def _age(then: datetime, now: datetime) -> str:
    seconds = max(int((now - then).total_seconds()), 0)
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if count := seconds // length:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
