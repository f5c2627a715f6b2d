"""Instants as programs and people write them: ISO 8601, Unix time, day/month/year, the names of months.

What may mean two days is refused. A text is read whole: whatever is neither a day, a clock, a zone nor a word that
usually stands beside them makes it no time.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from bridge.core.model import Json
from bridge.lib.strictjson import clean_text
from bridge.platforms.shared.values import YEARS, parse_instant, to_text

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TIME_CHARACTERS = 80  # characters of a time: "Wed Nov 25 2026 14:05:33 GMT+0700 (Indochina Time)" has 51

_UNIX = re.compile(r"[0-9]{9,13}(\.[0-9]{1,9})?")
_DOTNET = re.compile(r"\\?/date\(([0-9]{1,14})(?:[+-][0-9]{4})?\)\\?/")
_COMPACT = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:t([0-9]{2})([0-9]{2})([0-9]{2})?|([0-9]{2})([0-9]{2})([0-9]{2}))"
)
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), 1)}
_MONTH = rf"(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?"
_DAYS = tuple(
    re.compile(rf"(?<![0-9])(?:{pattern})(?![0-9])")
    for pattern in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        r"(?P<first>[0-9]{1,2})[-/.](?P<second>[0-9]{1,2})[-/.](?P<year>[0-9]{4})",
        r"(?P<day>[0-9]{1,2}) (?:thang|thg) ?(?P<month>[0-9]{1,2}),? (?:nam )?(?P<year>[0-9]{4})",
        rf"(?P<day>[0-9]{{1,2}})[ -]{_MONTH},?[ -](?P<year>[0-9]{{4}})",
        rf"{_MONTH} (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? (?P<year>[0-9]{{4}})",
    )
)
_CLOCK = re.compile(
    r"(?<![0-9:])(?P<hour>[0-9]{1,2}) ?(?::|h|gio) ?(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]{1,9}))?)?(?![0-9:])"
    r"(?: ?(?P<half>am|pm|sa|ch|sang|chieu|toi)\b)?"
)
_ZONE = re.compile(
    r"(?:\b(?:gmt|utc) ?)?(?P<sign>[+-])(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?(?![0-9])|\b(?:utc|gmt|z)\b"
)
_AFTER_NOON = ("pm", "ch", "chieu", "toi")
_WORDS = (
    "t luc ngay vao at on phut thu hai ba tu nam sau bay chu nhat cn t2 t3 t4 t5 t6 t7 mon tue tues wed thur thurs fri "
    "sat sun monday tuesday wednesday thursday friday saturday sunday"
)
_BESIDE = frozenset(_WORDS.split())


def parse_time(value: Json, zone: tzinfo, *, day_first: bool = False) -> datetime | None:
    """Return the instant in UTC, read in `zone` where it names none; None for a blank, 0 or a year out of YEARS.

    Shapes   value: text, or a number of seconds or milliseconds since 1970; `/Date(1795590333000)/` too.
             day_first: 05/11/2026 is 5 November, as in Vietnam; without it that may mean two days.
    Errors   ValueError: anything else
    """
    text = (clean_text(value[: TIME_CHARACTERS + 1]) or "") if isinstance(value, str) else to_text(value)
    if text is None or len(text) > TIME_CHARACTERS or (isinstance(value, str) and len(value) > TIME_CHARACTERS):
        raise ValueError("not a time")
    if text in ("", "0"):
        return None
    if _UNIX.fullmatch(text):
        number = Decimal(text)
        return EPOCH + timedelta(microseconds=int(number * (1_000_000 if number < 10**11 else 1_000)))
    try:
        return parse_instant(text, zone)
    except ValueError:
        return _written(_plain(text), zone, day_first)


def _plain(text: str) -> str:
    """Lower case without accents, every blank one space."""
    letters = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "d")).casefold()
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def _written(text: str, zone: tzinfo, day_first: bool) -> datetime | None:
    if dotnet := _DOTNET.fullmatch(text):
        return EPOCH + timedelta(milliseconds=int(dotnet[1]))
    text = _COMPACT.sub(_spaced, text, count=1) if text[:8].isdigit() else text
    found = next((match for pattern in _DAYS if (match := pattern.search(text))), None)
    if found is None:
        raise ValueError("no day, month and year")
    year, month, day = _day_of(found.groupdict(), day_first)
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    clock = _CLOCK.search(rest)
    if clock:
        rest = f"{rest[: clock.start()]} {rest[clock.end() :]}"
    named = _ZONE.search(rest)
    if named:
        rest = f"{rest[: named.start()]} {rest[named.end() :]}"
        zone = _zone_of(named)
    words = re.findall(r"[^\s,.'()-]+", re.sub(r"\([a-z ]*\)", "", rest))
    if not _BESIDE.issuperset(words):
        raise ValueError("something else beside a time")
    if year not in YEARS:
        return None
    hour, minute, second = _clock_of(clock)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)


def _spaced(found: re.Match[str]) -> str:
    year, month, day, *clock = (part for part in found.groups() if part)
    return f"{year}-{month}-{day} {':'.join(clock)}"


def _day_of(found: dict[str, str | None], day_first: bool) -> tuple[int, int, int]:
    year = int(found["year"] or 0)
    if found.get("first"):
        first, second = int(found["first"] or 0), int(found["second"] or 0)
        if first != second and first <= 12 and second <= 12 and not day_first:
            raise ValueError("may mean two days")
        month, day = (first, second) if second > 12 else (second, first)
        return year, month, day
    name = found.get("name")
    return year, _MONTHS[name] if name else int(found["month"] or 0), int(found["day"] or 0)


def _clock_of(found: re.Match[str] | None) -> tuple[int, int, int]:
    if found is None:
        return 0, 0, 0
    hour, half = int(found["hour"]), found["half"]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in _AFTER_NOON else 0)
    return hour, int(found["minute"]), int(found["second"] or 0)


def _zone_of(found: re.Match[str]) -> tzinfo:
    if not found["sign"]:
        return UTC
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(ahead if found["sign"] == "+" else -ahead)  # ValueError beyond a day
