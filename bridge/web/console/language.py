"""The language of a page, and how it writes times and numbers. Every text stands where it is said, in both languages.

`text` takes the Vietnamese and the English, as the commands' `text` does: no text can lack one of the two.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import flask_babel  # type: ignore[import-untyped]
from flask import Flask, g, request, session

from bridge.core.model import DEFAULT_ZONE
from bridge.core.model.texts import Language
from bridge.core.words import TOPICS

LANGUAGES: tuple[Language, ...] = ("vi", "en")
TITLES = {"vi": "Tiếng Việt", "en": "English"}


def register(app: Flask) -> None:
    """Pages speak the language that was chosen, else the browser's, else Vietnamese."""
    flask_babel.Babel(
        app,
        default_locale="vi",
        locale_selector=current_language,
        timezone_selector=lambda: DEFAULT_ZONE,
    )
    app.jinja_env.globals["text"] = text
    app.jinja_env.filters |= {"instant": instant, "clock": clock, "number": number, "topic": topic}


def current_language() -> Language:
    """Of this request."""
    if "language" not in g:
        browsers = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
        chosen = session.get("language") or next((tag for tag in browsers if tag in LANGUAGES), "vi")
        g.language = "en" if chosen == "en" else "vi"
    known: Language = g.language
    return known


def text(vietnamese: str, english: str, /, **facts: object) -> str:
    """One of the two texts; where there are facts, its {names} are filled with them."""
    chosen = vietnamese if current_language() == "vi" else english
    return chosen.format(**facts) if facts else chosen


def topic(code: str) -> str:
    """What has happened, in words."""
    return TOPICS.get(code, code) if current_language() == "vi" else code.replace(".", " ")


def instant(at: datetime | str | None, zone: str = DEFAULT_ZONE) -> str:
    """Day and time in this zone, as the language writes them; "" for none."""
    local = _local(at, zone)
    if local is None:
        return ""
    form = "HH:mm dd/MM/yyyy" if current_language() == "vi" else "d MMM yyyy, HH:mm"
    return str(flask_babel.format_datetime(local, form, rebase=False))


def clock(at: datetime | str | None, zone: str = DEFAULT_ZONE) -> str:
    """The time of day alone."""
    local = _local(at, zone)
    return f"{local:%H:%M}" if local else ""


def ago(at: datetime, now: datetime) -> str:
    """How long it was before now, in one unit: "5 minutes ago"."""
    span = min(at - now, timedelta(seconds=-1))
    return str(flask_babel.format_timedelta(span, add_direction=True, threshold=1))


def duration(span: timedelta) -> str:
    """In one unit: "30 minutes"."""
    return str(flask_babel.format_timedelta(span))


def number(count: int | Decimal | None) -> str:
    return "" if count is None else str(flask_babel.format_decimal(count))


def _local(at: datetime | str | None, zone: str) -> datetime | None:
    if not at:
        return None
    aware = datetime.fromisoformat(at) if isinstance(at, str) else at
    return aware.astimezone(ZoneInfo(zone))
