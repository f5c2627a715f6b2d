"""Says when: windows, delays, back-off, rates. No I/O, no clock, no randomness: `now` and the jitter are arguments.

Instants are aware and come back in UTC. A window is hours of the wall clock in the source's time zone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.core.model import DEFAULT_ZONE, Json

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON = timedelta(days=400)
LONGEST_SPAN = timedelta(days=365)
LAST_SECONDS = timedelta(seconds=60)


@dataclass(frozen=True)
class Window:
    """Hours in which calls may start: days with Monday 0, minutes since local midnight, the end not included."""

    days: frozenset[int]
    from_minute: int
    to_minute: int


ALWAYS = (Window(frozenset(range(7)), 0, 1440),)


def parse_duration(text: object) -> timedelta:
    """Return the length that `30s`, `10m`, `2h`, `7d` or 0 means. Errors: ValueError, saying what to write."""
    if text == 0 and not isinstance(text, bool):
        return timedelta(0)
    found = re.fullmatch(r"(?a)\s*(?:0|(\d{1,9})([smhd]))\s*", text) if isinstance(text, str) else None
    if not found:
        raise ValueError("not a duration: write a whole number and its unit, like 30s, 10m, 2h or 7d, or 0")
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found[1] else timedelta(0)
    if length > LONGEST_SPAN:
        raise ValueError("longer than a year: write at most 365d")
    return length


def parse_since(text: str, now: datetime) -> datetime:
    """The instant that "24h", "7d" or an ISO 8601 time with a zone means; ValueError says what to write."""
    try:
        return now - parse_duration(text)
    except (ValueError, OverflowError):
        pass
    at = _instant(text)
    if at is None:
        example = "2026-11-23T08:00:00+07:00"
        raise ValueError(f"write a span such as 24h or 7d, at most 365d, or a time with its zone such as {example}")
    return at


def parse_windows(document: Json) -> tuple[Window, ...]:
    """Return the windows of a rule: a mapping `{days, from, to}`, a list of them, or None for the default.

    Each key has a default: mon-sun, 08:00, 20:00. Errors: ValueError, saying what to write.
    """
    entries = [{}] if document is None else [document] if isinstance(document, Mapping) else document
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise ValueError('not a window: write {days: mon-sun, from: "08:00", to: "20:00"}, or a list of such')
    return tuple(_parse_window(entry) for entry in entries)


def next_permitted(
    at: datetime, windows: Sequence[Window], timezone: str, holidays: Collection[date] = ()
) -> datetime | None:
    """Return the earliest instant, `at` or later, at which a call may start; None if none comes within 400 days.

    Such an instant lies in a window of its local day, that day is no holiday, and 60 s later a window is open too:
    so none is in a window's last 60 s, unless the next window follows on at once.
    """
    start = at.astimezone(UTC)
    if is_permitted(start, windows, timezone, holidays):
        return start
    for moment in _openings(start, windows, ZoneInfo(timezone)):
        if moment > start + HORIZON:
            return None
        if moment > start and is_permitted(moment, windows, timezone, holidays):
            return moment
    return None


def is_permitted(at: datetime, windows: Sequence[Window], timezone: str, holidays: Collection[date] = ()) -> bool:
    """Whether a call may start at this very instant: a window is open now, and still open 60 s later."""
    zone = ZoneInfo(timezone)
    start = at.astimezone(UTC)
    return all(_is_open(moment.astimezone(zone), windows, holidays) for moment in (start, start + LAST_SECONDS))


def permitted_until(
    start: datetime, end: datetime, windows: Sequence[Window], timezone: str, holidays: Collection[date] = ()
) -> datetime:
    """Return the last instant up to `end` at which a call may start, without a break since `start`.

    `start` itself where none may start then, or `end` is no later.
    """
    if not is_permitted(start, windows, timezone, holidays):
        return start.astimezone(UTC)
    zone = ZoneInfo(timezone)
    day, last_day = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last_day:
        midnight = datetime.combine(day, time(), zone)
        for minute in sorted({*(window.to_minute for window in windows), 1440}):
            closes = (midnight + timedelta(minutes=minute)).astimezone(UTC)
            if closes > start and not is_permitted(closes - LAST_SECONDS, windows, timezone, holidays):
                return max(start, min(end, closes - LAST_SECONDS - timedelta(seconds=1))).astimezone(UTC)
        day += timedelta(days=1)
    return max(start, end).astimezone(UTC)


def promise(
    counted_from: datetime,
    occurred_at: datetime,
    now: datetime,
    after: timedelta,
    within: timedelta,
    windows: Sequence[Window],
    timezone: str,
    holidays: Collection[date] = (),
) -> tuple[datetime, datetime]:
    """Return `(not_before, not_after)`: the first permitted ring, and the instant after which none may start.

    `after` counts from the event, `within` from `counted_from`; a shop's clock ahead of ours counts as now.
    `not_before > not_after` means that the call comes too late; where no window opens at all, `not_before`
    lies beyond `not_after` by the horizon.
    """
    not_after = (min(counted_from, now) + within).astimezone(UTC)
    earliest = max(now, min(occurred_at, now) + after)
    not_before = next_permitted(earliest, windows, timezone, holidays)
    return not_before or (max(earliest, not_after) + HORIZON).astimezone(UTC), not_after


def redial_at(
    ended_at: datetime,
    now: datetime,
    every: timedelta,
    not_after: datetime,
    windows: Sequence[Window],
    timezone: str,
    holidays: Collection[date] = (),
    *,
    next_day: bool = False,
) -> datetime | None:
    """Return when to ring again after a call that ended then: `every` later, in a window; None if that is too late.

    `next_day`: not on the local day of the call that ended.
    """
    earliest = max(min(ended_at, now) + every, now)
    if next_day:
        tomorrow = datetime.combine(local_day(min(ended_at, now), timezone) + timedelta(days=1), time())
        earliest = max(earliest, tomorrow.replace(tzinfo=ZoneInfo(timezone)))
    at = next_permitted(earliest, windows, timezone, holidays)
    return at if at is not None and at <= not_after else None


def local_day(at: datetime, timezone: str) -> date:
    """Return the calendar day of this instant in this time zone."""
    return at.astimezone(ZoneInfo(timezone)).date()


def backoff(attempt: int, jitter: float) -> timedelta:
    """Return the rest after failed attempt 1, 2, …: 5 to 10 s first, doubling to at most 10 min; jitter in [0, 1)."""
    longest = min(10.0 * 2 ** min(max(attempt, 1) - 1, 6), 600.0)
    return timedelta(seconds=longest * (1 + jitter) / 2)


def retry_at(now: datetime, attempt: int, jitter: float, retry_after: float | None = None) -> datetime:
    """Return when to try again: after the back-off, and never before the `Retry-After` seconds that were wanted."""
    rest = backoff(attempt, jitter)
    if retry_after is not None and retry_after > 0:
        rest = max(rest, timedelta(seconds=min(retry_after, LONGEST_SPAN.total_seconds())))
    return now + rest


# 60 s, and 2 s more: a request may start that much later than its commit, so that the rate
# holds in any 60 s as VBot sees them. A worker that looks twice a second may be late by SLACK without loss.
SPREAD = timedelta(seconds=62.5)
SLACK = timedelta(seconds=0.5)


def gcra(next_at: datetime | None, now: datetime, per_minute: int, count: int) -> tuple[int, datetime]:
    """Return how many of `count` calls may start now, and the hotline's new `next_at`, to be stored in any case.

    Calls are spread evenly: an idle hour saves nothing up. What was refused may try again at `next_at`.
    A `next_at` further away than one call's interval comes from a wrong clock and is brought back.
    """
    interval = -(-SPREAD // per_minute)  # rounded up to a microsecond
    due = now if next_at is None else min(max(next_at, now - SLACK), now + interval)
    granted = min(count, (now - due) // interval + 1) if due <= now else 0
    return granted, due + granted * interval


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _parse_window(entry: Json) -> Window:
    if not isinstance(entry, Mapping) or not set(entry) <= {"days", "from", "to"}:
        raise ValueError('a window has days, from and to: {days: mon-sun, from: "08:00", to: "20:00"}')
    days = _parse_days(entry.get("days", "mon-sun"))
    opens, closes = _parse_minute(entry.get("from", "08:00")), _parse_minute(entry.get("to", "20:00"))
    if opens >= closes:
        raise ValueError("from must be before to: a window over midnight is two, one to 24:00 and one from 00:00")
    return Window(days, opens, closes)


def _parse_days(text: Json) -> frozenset[int]:
    days: set[int] = set()
    for part in text.lower().split(",") if isinstance(text, str) else [""]:
        names = [name.strip() for name in part.split("-")]
        if len(names) > 2 or not set(names) <= set(DAY_NAMES):
            raise ValueError("not days: write mon-sun, mon-fri or mon,wed,sat (mon tue wed thu fri sat sun)")
        first, last = DAY_NAMES.index(names[0]), DAY_NAMES.index(names[-1])
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(days)


def _parse_minute(text: Json) -> int:
    found = re.fullmatch(r"(?a)(\d{1,2}):(\d\d)", text.strip()) if isinstance(text, str) else None
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else 1441
    if minute > 1440:
        raise ValueError('not a time of day: write hours and minutes in quotes, like "08:00", at most "24:00"')
    return minute


def _is_open(local: datetime, windows: Sequence[Window], holidays: Collection[date]) -> bool:
    minute = local.hour * 60 + local.minute
    day = local.weekday()
    return local.date() not in holidays and any(
        day in window.days and window.from_minute <= minute < window.to_minute for window in windows
    )


def _openings(start: datetime, windows: Sequence[Window], zone: ZoneInfo) -> Iterator[datetime]:
    """Yield, in order, every instant of the coming days at which a window may begin to be open."""
    first = start.astimezone(zone).date()
    for number in range(HORIZON.days + 2):
        day = first + timedelta(days=number)
        midnight = datetime.combine(day, time(), zone)
        next_midnight = datetime.combine(day + timedelta(days=1), time(), zone)
        opens = midnight.astimezone(UTC)
        if midnight.utcoffset() == next_midnight.utcoffset():
            minutes: Sequence[int] = sorted({window.from_minute for window in windows if day.weekday() in window.days})
        else:
            # The clocks change: what the wall shows may jump over a window's first minute, or show it twice.
            minutes = range((next_midnight.astimezone(UTC) - opens) // timedelta(minutes=1))
        yield from (opens + timedelta(minutes=minute) for minute in minutes)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def local_time(at: str | datetime | None, zone: str = DEFAULT_ZONE) -> str:
    """An instant, or its ISO 8601 text, as day and time in this zone; "" for none."""
    if not at:
        return ""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
