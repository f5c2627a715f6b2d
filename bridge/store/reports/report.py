"""A report out of the ledger: the orders of a span, each counted once in every line that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    Text,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
)

from bridge.core.model import DEFAULT_ZONE, MANUAL, AttemptOutcome
from bridge.core.reports.best_hour import LEAST_CALLS
from bridge.core.reports.figures import (
    OF_CALLS,
    OF_RINGS,
    REACHED,
    Figures,
    Group,
    Report,
    Tally,
    Terms,
    Timing,
)
from bridge.core.schedule import DAY_NAMES
from bridge.core.words import UNREACHABLE
from bridge.store.db.tables import attempts, calls, orders, results, rules, sources
from bridge.store.db.upsert import written
from bridge.store.reports.balance import GROUPS, rank_of_call
from bridge.store.reports.best_hour import find_learned, read_gain

_CALLED, _SKIPPED = GROUPS.index("called"), GROUPS.index("skipped")
# The more telling of an order's calls counts: one that was answered in words, then any answer, then none; of two alike
# the newer one. One number holds it all: how telling, the call's id, and which result.
_CODES = ("", "unknown", *UNREACHABLE, "no_key", "answered", "confirmed", "declined", "agent")
_TELLING = {**dict.fromkeys(_CODES, 0), **dict.fromkeys(UNREACHABLE, 1), **dict.fromkeys(REACHED, 3)}
_TELLING |= {"no_key": 2, "answered": 2}
_ONE_ID, _ONE_WEIGHT = 16, 16 * 2**44
# Counted by one statement: one that counts a million orders would outlive its limit of time on Postgres, which reads
# whole tables for many more than these and takes three times as long for each.
AT_ONCE = 2_500

Keyed = Callable[[Any], str | None]


@dataclass(frozen=True)
class Span:
    """Orders that came since then, and before `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Hour:
    """How the rings of one hour of the week fared. `day`: Monday is 0."""

    day: int
    hour: int
    rung: int
    reached: int


@dataclass(frozen=True, slots=True)
class Charged:
    """So many attempts of one line of a report for which VBot says the same. `cost`: dong; `seconds`: of talk."""

    source_id: str | None
    line: Any
    end: str | None
    cost: str | None
    seconds: int | None
    attempts: int


@dataclass(frozen=True)
class Counted:
    """The orders of a span as they are counted.

    lines             by a member of DIMENSIONS, or None, to each value of it -> its tally
    hours             how the rings of each hour of the week fared, in the time zones of their sources
    counted_at        since when the oldest figures of a day that has changed are; None where all are of this moment
    uncounted_before  orders that came before it are not all counted yet; None where all are
    """

    span: Span
    lines: Callable[[str | None], Mapping[str | None, Tally]]
    hours: Callable[[], Sequence[Hour]]
    counted_at: datetime | None = None
    uncounted_before: datetime | None = None


def count_ledger(conn: Connection, span: Span) -> Counted:
    """Counted from the ledger itself, order by order."""
    return Counted(span, lambda by: _tallies(conn, span, by)[by], lambda: read_hours(conn, span))


def cut(conn: Connection, span: Span) -> Iterator[Span]:
    """The span in pieces of about AT_ONCE orders, the newest first."""
    until = span.until
    while True:
        query = select(orders.c.first_seen_at).where(*_within(Span(span.since, until)))
        since = conn.execute(query.order_by(orders.c.first_seen_at.desc()).offset(AT_ONCE - 1).limit(1)).scalar()
        yield Span(since or span.since, until)
        if since is None:
            return
        until = since


def read_report(conn: Connection, span: Span, by: str | None, terms: Terms, counted: Counted | None = None) -> Report:
    """The whole span, and a line for each value of `by` (a member of DIMENSIONS, or None).

    counted   of this span, where it is counted already

    By rule, template and hotline an order counts in the line of each that called it; by hour and weekday in each hour
    in which it was rung; so these lines may add up to more than the total.
    """
    counted = counted or count_ledger(conn, span)
    (total,) = counted.lines(None).values() or (Tally(),)
    groups = [] if by is None else read_groups(counted, by, terms)
    manual, timings = _manual(conn, span, terms), _timings(conn, span)
    return Report(span.since, span.until, by, groups, total.figures(terms), manual, timings)


def _timings(conn: Connection, span: Span) -> list[Timing]:
    documents = conn.execute(select(rules.c.document).order_by(rules.c.position)).scalars()
    timed = [document["rule"] for document in documents if document.get("hour") == "best"]
    if not timed:
        return []
    known = find_learned(conn).calls
    return [Timing(rule, known, LEAST_CALLS, read_gain(conn, rule, span.since, span.until)) for rule in timed]


def read_groups(counted: Counted, by: str, terms: Terms) -> list[Group]:
    """A line for each value: times in their order, everything else by its number of orders; what has none is last."""
    found = [Group(key, tally.figures(terms)) for key, tally in counted.lines(by).items()]
    if by == "weekday":
        return sorted(found, key=lambda group: (group.key is None, DAY_NAMES.index(group.key or "mon")))
    if by in ("hour", "day"):
        return sorted(found, key=lambda group: (group.key is None, group.key or ""))
    return sorted(found, key=lambda group: (group.key is None, -group.figures.orders, group.key or ""))


def read_hours(conn: Connection, span: Span) -> list[Hour]:
    """The hours of the week in which orders of the span were rung, in the time zones of their sources."""
    zones = _zones(conn)
    counted: dict[tuple[int, int], list[int]] = {}
    for row in chain.from_iterable(_units(conn, _seen(piece), "hour") for piece in cut(conn, span)):
        if row.line is not None and row.rank == _CALLED:
            at = _local(row, zones)
            cell = counted.setdefault((at.weekday(), at.hour), [0, 0])
            cell[0] += row.orders
            cell[1] += row.orders if _CODES[row.code] in REACHED else 0
    return [Hour(*when, *cell) for when, cell in sorted(counted.items())]


def count_every_way(conn: Connection, span: Span) -> Mapping[str | None, Mapping[str | None, Tally]]:
    """By None and each member of DIMENSIONS, to each value of it -> its tally. What can be, is counted together."""
    found: dict[str | None, Mapping[str | None, Tally]] = {}
    for dimensions in (("province", "source", None), ("hour", "weekday"), *((each,) for each in ("day", *OF_CALLS))):
        found |= _tallies(conn, span, *dimensions)
    return found


def _tallies(
    conn: Connection, span: Span, by: str | None, *others: str | None
) -> dict[str | None, dict[str | None, Tally]]:
    """By `by`, and by others whose values each row of it tells too."""
    keyed = {each: _keyed(conn, each, is_own=each == by) for each in (by, *others)}
    found: dict[str | None, dict[str | None, Tally]] = {each: {} for each in keyed}
    for piece in cut(conn, span):
        _add_piece(conn, _seen(piece), by, keyed, found)
    return found


def _add_piece(
    conn: Connection,
    seen: CTE,
    by: str | None,
    keyed: Mapping[str | None, Keyed],
    found: Mapping[str | None, dict[str | None, Tally]],
) -> None:
    for row in _units(conn, seen, by):
        for each, key in keyed.items():
            tally = found[each].setdefault(key(row), Tally())
            tally.orders += row.orders
            if row.rank == _CALLED:
                tally.results[_CODES[row.code]] += row.orders
                if row.minutes is not None and _CODES[row.code] in REACHED:
                    tally.minutes[row.minutes] += row.orders
    mine = and_(calls.c.source_id == seen.c.source_id, calls.c.order_id == seen.c.order_id)
    for one in read_charges(conn, seen.join(calls, mine), seen.c.source_id, _key(conn, seen, by)):
        for each, key in keyed.items():
            found[each].setdefault(key(one), Tally()).charges[one.end, one.cost, one.seconds] += one.attempts


def _manual(conn: Connection, span: Span, terms: Terms) -> Figures | None:
    made = and_(calls.c.rule == written(MANUAL), calls.c.created_at >= span.since, calls.c.created_at < span.until)
    minutes = case((calls.c.result.in_(REACHED), _minutes(conn, calls.c.placed_at, calls.c.created_at)))
    each = select(rank_of_call().label("rank"), calls.c.result, minutes.label("minutes")).where(made).subquery()
    query = select(each, func.count().label("calls")).group_by(*each.c)
    tally = Tally()
    for row in conn.execute(query):
        tally.orders += row.calls
        if row.rank == _CALLED:
            tally.results[row.result or ""] += row.calls
            if row.minutes is not None:
                tally.minutes[row.minutes] += row.calls
    hand = select(calls).where(made).subquery()
    for one in read_charges(conn, hand, literal_column("NULL"), literal_column("NULL"), hand):
        tally.charges[one.end, one.cost, one.seconds] += one.attempts
    return tally.figures(terms) if tally.orders else None


def _seen(span: Span) -> CTE:
    """The orders of the span. Read first: grouped by order, a join would be read in the order of all there are."""
    query = select(orders.c.source_id, orders.c.order_id, orders.c.first_seen_at, orders.c.region)
    return query.where(*_within(span)).cte("seen").prefix_with("MATERIALIZED")


def _within(span: Span) -> tuple[ColumnElement[bool], ...]:
    return orders.c.first_seen_at >= span.since, orders.c.first_seen_at < span.until


def _units(conn: Connection, seen: CTE, by: str | None) -> Iterator[Row[Any]]:
    """Rows of (source_id, line, rank, code, minutes, orders): how many orders are alike in these."""
    same = and_(calls.c.source_id == seen.c.source_id, calls.c.order_id == seen.c.order_id)
    joined: FromClause = seen.outerjoin(calls, same)
    rank: ColumnElement[int] = rank_of_call()
    result: ColumnElement[str | None] = calls.c.result
    answered_at: ColumnElement[datetime | None] = calls.c.placed_at
    if by in OF_RINGS:
        rang = and_(attempts.c.call_id == calls.c.id, attempts.c.outcome == AttemptOutcome.ACCEPTED)
        joined = joined.outerjoin(attempts, rang)
        # An attempt that another one followed reached nobody.
        earlier = and_(attempts.c.id.is_not(None), attempts.c.id != calls.c.attempt_id)
        result = case((earlier, literal_column("'no_answer'")), else_=result)
        rank = case((attempts.c.id.is_not(None), _CALLED), else_=rank)
        answered_at = attempts.c.started_at
    reached = result.in_(REACHED)
    telling = case(_weights(), value=result, else_=0) + func.coalesce(calls.c.id, 0) * _ONE_ID
    delay = case((reached, _minutes(conn, answered_at, seen.c.first_seen_at)))
    key = _key(conn, seen, by).label("line")
    each = (
        select(
            seen.c.source_id,
            key,
            func.coalesce(func.min(rank), _SKIPPED).label("rank"),
            func.max(telling).label("telling"),
            func.min(delay).label("minutes"),
        )
        .select_from(joined)
        .group_by(seen.c.source_id, seen.c.order_id, key)
        .subquery()
    )
    alike = (each.c.source_id, each.c.line, each.c.rank, (each.c.telling % _ONE_ID).label("code"), each.c.minutes)
    counted = select(*alike, func.count().label("orders"))
    yield from conn.execute(counted.group_by(literal_column("1"), *map(literal_column, "2345")))


def read_charges(
    conn: Connection, joined: FromClause, source: ColumnElement[Any], key: ColumnElement[Any], made: Any = calls
) -> Iterator[Charged]:
    """What VBot reports of attempts of these calls."""
    later = results.alias()
    newest = select(func.max(later.c.id)).where(later.c.attempt_id == attempts.c.id, later.c.kind == "log")
    told = results.c.told
    seconds = func.coalesce(told["billed"].as_integer(), told["duration"].as_integer())
    each = (
        select(
            source.label("source_id"),
            key.label("line"),
            told["end"].as_string().label("end"),
            told["cost"].as_string().label("cost"),
            seconds.label("seconds"),
        )
        .select_from(
            joined.join(attempts, attempts.c.call_id == made.c.id).join(results, results.c.attempt_id == attempts.c.id)
        )
        .where(results.c.id == newest.correlate(attempts).scalar_subquery())
        .subquery()
    )
    for row in conn.execute(select(each, func.count()).group_by(*each.c)):
        yield Charged(*row)


def _weights() -> dict[str, int]:
    return {code: _TELLING[code] * _ONE_WEIGHT + n for n, code in enumerate(_CODES) if code}


def _key(conn: Connection, seen: CTE, by: str | None) -> ColumnElement[Any]:
    """What an order is grouped by; a time as the ten minutes in which it lies."""
    if by in OF_CALLS:
        return calls.c[by]
    match by:
        case "source":
            return seen.c.source_id
        case "province":
            return seen.c.region
        case "day":
            return _ten_minutes(conn, seen.c.first_seen_at)
        case "hour" | "weekday":
            return _ten_minutes(conn, attempts.c.started_at)
    return cast(literal_column("''"), Text)  # a bare text may not stand in GROUP BY


def _keyed(conn: Connection, by: str | None, *, is_own: bool) -> Keyed:
    """What a row's key is in the report: local hours "08", weekdays "mon", days "2026-11-23".

    is_own   whether the row's line is of `by`
    """
    if not is_own and by in (None, "source"):
        return (lambda row: row.source_id) if by else (lambda row: "")
    shown = {"hour": "%H", "day": "%Y-%m-%d"}.get(by or "")
    if shown is None and by != "weekday":
        return lambda row: row.line
    zones = _zones(conn)

    def keyed(row: Row[Any]) -> str | None:
        if row.line is None:
            return None
        at = _local(row, zones)
        return at.strftime(shown) if shown else DAY_NAMES[at.weekday()]

    return keyed


def _zones(conn: Connection) -> Mapping[str, ZoneInfo]:
    rows = conn.execute(select(sources.c.id, sources.c.document))
    return {row.id: ZoneInfo(row.document.get("timezone", DEFAULT_ZONE)) for row in rows}


def _local(row: Row[Any], zones: Mapping[str, ZoneInfo]) -> datetime:
    at = datetime.strptime(f"{row.line}0", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return at.astimezone(zones.get(row.source_id) or ZoneInfo(DEFAULT_ZONE))


def _ten_minutes(conn: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """In UTC, "2026-11-23 03:4". Whole hours would not do: some time zones are half an hour off."""
    text: Any = column
    if conn.dialect.name == "postgresql":
        utc = func.timezone(literal_column("'UTC'"), column)
        text = func.to_char(utc, literal_column("'YYYY-MM-DD HH24:MI'"))
    return func.substr(text, literal_column("1"), literal_column("15"))


def _minutes(conn: Connection, until: ColumnElement[Any], since: ColumnElement[Any]) -> ColumnElement[int]:
    if conn.dialect.name == "postgresql":
        return cast(func.floor(func.date_part(literal_column("'epoch'"), until - since) / 60), Integer)
    seconds = [cast(func.strftime(literal_column("'%s'"), at), Integer) for at in (until, since)]
    return (seconds[0] - seconds[1]) // 60
