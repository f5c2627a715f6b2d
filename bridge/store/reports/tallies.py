"""Kept counts of the ledger's rows, each counted once when it no longer changes: read in an instant at any size.

A row is counted in the order of its id, SETTLED after it was made, so that a transaction that commits late is not
passed over. One that has not ended by then holds up those behind it for LONGEST, and then counts as `open`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, func, select

from bridge.core.model import MAY_HAVE_REACHED
from bridge.store.db.engine import Store
from bridge.store.db.tables import attempts, calls, decisions, deliveries, results, tallies
from bridge.store.db.upsert import count_up, insert_new

SETTLED = timedelta(seconds=60)
LONGEST = timedelta(minutes=5)
AT_ONCE = 2000
OPEN = "open"
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)  # seconds; longer ones count in the last, +Inf
RINGS = "rings"  # attempts by the hour of UTC in which they started
HOOK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_UPTO = "upto"
_HOUR = "%Y-%m-%d %H"

# A kind of count -> each combination of label values -> how many.
Tallies = Mapping[str, Mapping[tuple[str, ...], int]]
_Counted = tuple[str, tuple[str, ...], int]


@dataclass(frozen=True)
class _Walk:
    """One table: when a row was made, whether it has ended, and what it counts as: (name, labels, count).

    name   by which it is known up to where it is counted
    """

    name: str
    table: Table
    made_at: Column[datetime]
    columns: tuple[ColumnElement[Any], ...]
    is_open: Callable[[Any], bool]
    count: Callable[[Any], Iterable[_Counted]]


def _delivery(row: Any) -> Iterable[_Counted]:
    is_open = row.decided_at is None and row.state != "ignored"
    yield "deliveries", (row.source_id, OPEN if is_open else row.state, row.reason or ""), 1
    if row.decided_at is not None:
        yield from _lasted("decided", row.decided_at - row.received_at)


def _attempt(row: Any) -> Iterable[_Counted]:
    yield "attempts", (str(row.outcome or OPEN),), 1
    if row.ended_at is not None:
        yield from _lasted("attempted", row.ended_at - row.started_at)


def _result(row: Any) -> Iterable[_Counted]:
    yield "results", (OPEN if row.state == "stored" else row.state, (row.told or {}).get("end") or ""), 1


def _ring(row: Any) -> Iterable[_Counted]:
    reached = "reached" if row.outcome is None or row.outcome in MAY_HAVE_REACHED else ""
    yield RINGS, (f"{row.started_at:{_HOUR}}", row.hotline, row.rule, row.source_id or "", reached), 1


def _lasted(name: str, time: timedelta) -> Iterable[_Counted]:
    """One observation of a histogram: in its bucket, and its milliseconds."""
    seconds = max(time.total_seconds(), 0.0)
    yield f"{name}_buckets", (bucket_of(seconds, BUCKETS),), 1
    yield f"{name}_milliseconds", (), round(seconds * 1000)


_RULE, _SOURCE = (
    select(column).where(calls.c.id == attempts.c.call_id).scalar_subquery()
    for column in (calls.c.rule, calls.c.source_id)
)
_D, _A, _R = deliveries.c, attempts.c, results.c
_WALKS = (
    _Walk(
        "deliveries",
        deliveries,
        _D.received_at,
        (_D.id, _D.source_id, _D.state, _D.reason, _D.received_at, _D.decided_at),
        lambda row: row.state in ("stored", "fetching"),
        _delivery,
    ),
    _Walk(
        "decisions",
        decisions,
        decisions.c.decided_at,
        (decisions.c.id, decisions.c.decided_at, decisions.c.decision, decisions.c.reason),
        lambda row: False,
        lambda row: [("decisions", (row.decision, row.reason), 1)],
    ),
    _Walk(
        "calls",
        calls,
        calls.c.created_at,
        (calls.c.id, calls.c.created_at, calls.c.rule),
        lambda row: False,
        lambda row: [("calls", (row.rule,), 1)],
    ),
    _Walk(
        "attempts",
        attempts,
        _A.started_at,
        (_A.id, _A.outcome, _A.started_at, _A.ended_at),
        lambda row: row.outcome is None,
        _attempt,
    ),
    _Walk(
        RINGS,
        attempts,
        _A.started_at,
        (_A.id, _A.outcome, _A.started_at, _A.hotline, _RULE.label("rule"), _SOURCE.label("source_id")),
        lambda row: row.outcome is None,
        _ring,
    ),
    _Walk(
        "results",
        results,
        _R.received_at,
        (_R.id, _R.received_at, _R.state, _R.told),
        lambda row: row.state == "stored",
        _result,
    ),
)


@dataclass(frozen=True)
class Rings:
    """So many attempts of one hour of UTC that are alike. `reached`: they reached VBot, or may have."""

    hour: datetime
    hotline: str
    rule: str
    source: str | None
    reached: bool
    count: int


def advance_tallies(store: Store, now: datetime, most: int) -> int:
    """Count the rows that can be counted now, at most so many of each table; return how many were counted."""
    return sum(_advance(store, walk, now, most) for walk in _WALKS)


def read_tallies(conn: Connection) -> Tallies:
    """Every count that is kept, but those of RINGS, of which there are some for each hour."""
    found: dict[str, dict[tuple[str, ...], int]] = {}
    columns = (tallies.c.name, tallies.c.labels, tallies.c.count.label("total"))
    query = select(*columns).where(tallies.c.name.not_in((_UPTO, RINGS))).order_by(tallies.c.name, tallies.c.labels)
    for row in conn.execute(query):
        found.setdefault(row.name, {})[tuple(json.loads(row.labels))] = int(row.total)
    return found


def count_calls(conn: Connection, kept: Tallies) -> int:
    """All calls that there ever were: those counted, and the newest ones."""
    upto = counted_upto(conn, "calls")
    newest = conn.execute(select(func.count()).select_from(calls).where(calls.c.id > upto)).scalar_one()
    return int(sum(kept.get("calls", {}).values()) + newest)


def bucket_of(seconds: float, limits: Sequence[float]) -> str:
    """The least of these limits that holds it, else +Inf."""
    return next((str(limit) for limit in limits if seconds <= limit), "+Inf")


def count_times(conn: Connection, name: str, buckets: Mapping[str, int], seconds: float) -> None:
    """So many more observations of the histogram of this name, by bucket; `seconds` are all of them together."""
    for bucket, count in sorted(buckets.items()):
        count_up(conn, tallies, _row(f"{name}_buckets", (bucket,)), count)
    count_up(conn, tallies, _row(f"{name}_milliseconds", ()), round(seconds * 1000))


def read_rings(conn: Connection, since: datetime) -> Sequence[Rings]:
    """The attempts that started since then, which is a full hour: those counted, and the newest ones."""
    name, upto = tallies.c.name == RINGS, counted_upto(conn, RINGS)
    behind = tallies.c.labels >= json.dumps([f"{since.astimezone(UTC):{_HOUR}}"])[:-1]
    counts = Counter(
        {tuple(json.loads(row.labels)): row.count for row in conn.execute(select(tallies).where(name, behind))}
    )
    (walk,) = (walk for walk in _WALKS if walk.name == RINGS)
    # Without a condition on their time, for which all of the span would be read.
    for row in conn.execute(select(*walk.columns).where(_A.id > upto)):
        if row.started_at >= since:
            ((_, labels, _),) = _ring(row)
            counts[labels] += 1
    return [
        Rings(datetime.strptime(at, _HOUR).replace(tzinfo=UTC), hotline, rule, source or None, bool(reached), count)
        for (at, hotline, rule, source, reached), count in counts.items()
    ]


def counted_upto(conn: Connection, walk: str) -> int:
    """The id of the last row that is counted; 0 if none is."""
    return conn.execute(select(tallies.c.count).where(_key(_UPTO, (walk,)))).scalar() or 0


def _advance(store: Store, walk: _Walk, now: datetime, most: int) -> int:
    counted = 0
    while counted < most:
        with store.read() as conn:
            upto = conn.execute(select(tallies.c.count).where(_key(_UPTO, (walk.name,)))).scalar()
            rows = _settled(conn, walk, upto or 0, now)
        if not rows:
            break
        counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
        for row in rows:
            for name, labels, count in walk.count(row):
                counts[name, labels] += count
        with store.write() as conn:
            if not _move(conn, walk.name, upto, rows[-1].id):
                break  # another worker counts them
            for (name, labels), count in sorted(counts.items()):
                count_up(conn, tallies, _row(name, labels), count)
        counted += len(rows)
    return counted


def _settled(conn: Connection, walk: _Walk, upto: int, now: datetime) -> list[Any]:
    """The next rows to count, in the order of their ids."""
    query = select(*walk.columns).where(walk.table.c.id > upto).order_by(walk.table.c.id).limit(AT_ONCE)
    rows: list[Any] = []
    for row in conn.execute(query):
        age = now - getattr(row, walk.made_at.name)
        if age < SETTLED or (walk.is_open(row) and age < LONGEST):
            break
        rows.append(row)
    return rows


def _move(conn: Connection, walk: str, before: int | None, upto: int) -> bool:
    if before is None:
        return insert_new(conn, tallies, {**_row(_UPTO, (walk,)), "count": upto}) is not None
    same = and_(_key(_UPTO, (walk,)), tallies.c.count == before)
    return conn.execute(tallies.update().where(same).values(count=upto)).rowcount == 1


def _row(name: str, labels: tuple[str, ...]) -> dict[str, str]:
    return {"name": name, "labels": json.dumps(labels, ensure_ascii=False)}


def _key(name: str, labels: tuple[str, ...]) -> Any:
    row = _row(name, labels)
    return and_(tallies.c.name == row["name"], tallies.c.labels == row["labels"])
