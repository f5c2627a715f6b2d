"""What a report counts of each day, kept: a year of orders is then added up and not counted.

A day is counted again once one of its orders was brought up to date (`standings`), but rests REST times as long as that
took. So the figures of a busy shop's today are some minutes old; `KeptReport.counted_at` says since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.reports.figures import Tally
from bridge.store.db.engine import Store
from bridge.store.db.tables import orders, report_days
from bridge.store.db.upsert import insert_new
from bridge.store.reports.report import Counted, Hour, Span, count_every_way, count_ledger, read_hours
from bridge.store.reports.standings import day_of

KEPT = timedelta(days=92)
REST = 20
NOBODY_COUNTS = timedelta(minutes=5)
_ZONE = ZoneInfo(DEFAULT_ZONE)
_D = report_days.c


@dataclass(frozen=True)
class KeptReport:
    """`counted_at`: since when the oldest figures of a day that has changed are; None where all are of this moment."""

    counted: Counted
    counted_at: datetime | None


def span_of_days(now: datetime, days: int) -> Span:
    """The last so many days of Vietnam, today with them."""
    first = now.astimezone(_ZONE).date() - timedelta(days=days - 1)
    return Span(_midnight(first), now)


def read_kept(conn: Connection, span: Span, now: datetime) -> KeptReport:
    """The orders of a span of whole days that ends now. A day that nobody has counted is counted here."""
    first = conn.execute(select(func.min(orders.c.first_seen_at))).scalar()
    # Of the days before the first order there is nothing to count.
    wanted = [day.isoformat() for day in _days(max(span.since, first), span.until)] if first else []
    rows = {row.day: row for row in conn.execute(select(report_days).where(_D.day.in_(wanted)))}
    kept = [row.document for row in rows.values() if not _must_count(row, now)]
    found = [day for day in wanted if day not in rows or _must_count(rows[day], now)]
    live = [count_ledger(conn, part) for part in _join(found, span.until)]
    old = [row.counted_at for row in rows.values() if row.changes != row.counted and row.day not in found]

    def lines(by: str | None) -> Mapping[str | None, Tally]:
        total: dict[str | None, Tally] = {}
        for document in kept:
            for key, tally in document["lines"].get(by or "", ()):
                total.setdefault(key, Tally()).add_json(tally)
        for part in live:
            for key, tally in part.lines(by).items():
                total.setdefault(key, Tally()).add(tally)
        return total

    def hours() -> Sequence[Hour]:
        cells: dict[tuple[int, int], list[int]] = {}
        for day, hour, rung, reached in (
            *(each for document in kept for each in document["hours"]),
            *((each.day, each.hour, each.rung, each.reached) for part in live for each in part.hours()),
        ):
            cell = cells.setdefault((day, hour), [0, 0])
            cell[0] += rung
            cell[1] += reached
        return [Hour(*when, *cell) for when, cell in sorted(cells.items())]

    return KeptReport(Counted(span, lines, hours), min(old, default=None))


def count_days(store: Store, now: datetime, monotonic: Callable[[], float], until: float) -> int:
    """Count the days that have changed, the newest first, until about then (monotonic); return how many it was."""
    patient, done = store.patient, 0
    for day in _due(patient, now):
        if monotonic() >= until:
            break
        _count_day(patient, day, now, monotonic)
        done += 1
    return done


def _due(store: Store, now: datetime) -> list[date]:
    with store.read() as conn:
        first = conn.execute(select(func.min(orders.c.first_seen_at))).scalar()
        columns = (_D.day, _D.changes, _D.counted, _D.counted_at, _D.milliseconds)
        rows = {row.day: row for row in conn.execute(select(*columns).where(_D.day >= day_of(now - KEPT)))}
    if first is None:
        return []
    found = []
    for day in _days(max(first, now - KEPT), now):
        row = rows.get(day.isoformat())
        is_rested = row is None or row.counted_at is None or now - row.counted_at >= _rest(row.milliseconds)
        if row is None or (row.changes != row.counted and is_rested):
            found.append(day)
    return found[::-1]


def _count_day(store: Store, day: date, now: datetime, monotonic: Callable[[], float]) -> None:
    same = _D.day == day.isoformat()
    with store.write() as conn:
        insert_new(conn, report_days, {"day": day.isoformat(), "changes": 0, "milliseconds": 0})
    with store.read() as conn:
        changes = conn.execute(select(_D.changes).where(same)).scalar()
        begun = monotonic()
        document = _count(conn, Span(_midnight(day), _midnight(day + timedelta(days=1))))
        took = round(1000 * (monotonic() - begun))
    values = {"document": document, "counted": changes, "counted_at": now, "milliseconds": took}
    with store.write() as conn:
        conn.execute(report_days.update().where(same).values(values))


def _count(conn: Connection, span: Span) -> Json:
    every = count_every_way(conn, span)
    lines = {by or "": [[key, tally.as_json()] for key, tally in found.items()] for by, found in every.items()}
    hours = [[each.day, each.hour, each.rung, each.reached] for each in read_hours(conn, span)]
    return {"lines": lines, "hours": hours}


def _must_count(row: Json, now: datetime) -> bool:
    """Whether what is kept of this day is not worth showing: nothing, or old, for no worker is there."""
    if row.document is None:
        return True
    old = now - row.counted_at >= max(NOBODY_COUNTS, 2 * _rest(row.milliseconds))
    return bool(row.changes != row.counted and old)


def _rest(milliseconds: int) -> timedelta:
    return REST * timedelta(milliseconds=milliseconds)


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day, last = (date.fromisoformat(day_of(at)) for at in (since, until))
    while day <= last:
        yield day
        day += timedelta(days=1)


def _join(days: Sequence[str], until: datetime) -> Iterator[Span]:
    """The spans of these days, those of adjacent ones as one, up to `until`."""
    each = [date.fromisoformat(day) for day in days]
    for n, day in enumerate(each):
        if n and each[n - 1] == day - timedelta(days=1):
            continue
        last = day
        while last + timedelta(days=1) in each:
            last += timedelta(days=1)
        yield Span(_midnight(day), min(_midnight(last + timedelta(days=1)), until))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _ZONE)
