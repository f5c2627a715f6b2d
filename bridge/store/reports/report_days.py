"""What a report counts of each day, kept: a year of orders is then added up and not counted.

A day is counted again once one of its orders was brought up to date (`standings`), but rests REST times as long as that
took. So the figures of a busy shop's today are some minutes old; `Counted.counted_at` says since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, select

from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.reports.figures import Tally
from bridge.store.db.engine import Store
from bridge.store.db.tables import orders, report_days
from bridge.store.db.upsert import insert_new
from bridge.store.reports.report import Counted, Hour, Span, count_every_way, cut, read_hours
from bridge.store.reports.standings import day_of

KEPT = timedelta(days=92)
REST = 20
NOBODY_COUNTS = timedelta(minutes=5)
_ZONE = ZoneInfo(DEFAULT_ZONE)
_D = report_days.c
_STATE = (_D.day, _D.changes, _D.counted, _D.counted_at, _D.milliseconds)
MOST_WEEKS = 100
_WEEKS: WeakKeyDictionary[Engine, dict[tuple[tuple[str, datetime], ...], Json]] = WeakKeyDictionary()


def span_of_days(now: datetime, days: int) -> Span:
    """The last so many days of Vietnam, today with them."""
    first = now.astimezone(_ZONE).date() - timedelta(days=days - 1)
    return Span(_midnight(first), now)


def read_kept(conn: Connection, span: Span, now: datetime, monotonic: Callable[[], float], until: float) -> Counted:
    """The orders of a span of whole days that ends now.

    What nobody has counted is counted here, the newest first, until about then (monotonic).
    """
    first = conn.execute(select(func.min(orders.c.first_seen_at))).scalar()
    # Of the days before the first order there is nothing to count.
    wanted = [day.isoformat() for day in _days(max(span.since, first), span.until)] if first else []
    rows = {row.day: row for row in conn.execute(select(*_STATE).where(_D.day.in_(wanted)))}
    documents = _read_weeks(conn, [row for row in rows.values() if not _must_count(row, now)])
    missing = [day for day in wanted if day not in rows or _must_count(rows[day], now)]
    old = [row.counted_at for row in rows.values() if row.changes != row.counted and row.day not in missing]
    left = None
    for n, piece in enumerate(piece for part in _join(missing, span.until) for piece in cut(conn, part)):
        if n and monotonic() >= until:
            left = piece.until
            break
        documents.append(_count(conn, piece))
    lines, hours = partial(_add_lines, documents), partial(_add_hours, documents)
    return Counted(span, lines, hours, min(old, default=None), left)


def _read_weeks(conn: Connection, rows: Iterable[Json]) -> list[Json]:
    """What is kept of these days, those of a week added up: reading a hundred documents takes longer than a page may.

    A sum is remembered by the moments at which its days were counted.
    """
    known, found = _WEEKS.setdefault(conn.engine, {}), []
    if len(known) > MOST_WEEKS:
        known.clear()
    for _, days in groupby(sorted(rows, key=_day), _week):
        week = tuple((row.day, row.counted_at) for row in days)
        document = known.get(week)
        if document is None:
            query = select(_D.day, _D.counted_at, _D.document).where(_D.day.in_([day for day, _ in week]))
            read = conn.execute(query.order_by(_D.day)).all()
            document = _sum([row.document for row in read])
            known[tuple((row.day, row.counted_at) for row in read)] = document
        found.append(document)
    return found


def _sum(documents: Sequence[Json]) -> Json:
    """What one document of all their days would hold."""
    ways = dict.fromkeys(by for document in documents for by in document["lines"])
    lines = {by: [[key, tally.as_json()] for key, tally in _add_lines(documents, by).items()] for by in ways}
    return {"lines": lines, "hours": [[each.day, each.hour, each.rung, each.reached] for each in _add_hours(documents)]}


def _day(row: Json) -> str:
    return str(row.day)


def _week(row: Json) -> tuple[int, int]:
    return date.fromisoformat(row.day).isocalendar()[:2]


def _add_lines(documents: Sequence[Json], by: str | None) -> Mapping[str | None, Tally]:
    total: dict[str | None, Tally] = {}
    for document in documents:
        for key, tally in document["lines"].get(by or "", ()):
            total.setdefault(key, Tally()).add_json(tally)
    return total


def _add_hours(documents: Sequence[Json]) -> Sequence[Hour]:
    cells: dict[tuple[int, int], list[int]] = {}
    for document in documents:
        for day, hour, rung, reached in document["hours"]:
            cell = cells.setdefault((day, hour), [0, 0])
            cell[0] += rung
            cell[1] += reached
    return [Hour(*when, *cell) for when, cell in sorted(cells.items())]


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
        rows = {row.day: row for row in conn.execute(select(*_STATE).where(_D.day >= day_of(now - KEPT)))}
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
    if row.counted_at is None:
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
    """The spans of these days, those of adjacent ones as one, up to `until`; the newest first."""
    each = [date.fromisoformat(day) for day in days]
    for n, day in reversed(list(enumerate(each))):
        if n and each[n - 1] == day - timedelta(days=1):
            continue
        last = day
        while last + timedelta(days=1) in each:
            last += timedelta(days=1)
        yield Span(_midnight(day), min(_midnight(last + timedelta(days=1)), until))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _ZONE)
