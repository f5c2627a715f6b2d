"""Deliveries as they came: stored once, claimed by who decides them, closed with what became of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, and_, bindparam, func, or_, select

from bridge.core.model import ERASED, NOT_DECIDED, Delivery, Request, Stored
from bridge.store.db.chunks import chunks
from bridge.store.db.tables import deliveries, sources
from bridge.store.db.upsert import insert_new, written
from bridge.store.operation.actions import record_action

REPLAYED = ("decided", "ignored", "failed")
AROUND = timedelta(days=1)  # how much earlier than the deliveries replayed a cancel of their orders may have come
BATCH = 200
# Asked in every dialling transaction, and so built once.
_SOURCES = (
    select(sources.c.id)
    .where(sources.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(sources.c.id)
    .with_for_update()
)
_DELIVERY = select(deliveries).where(deliveries.c.id == bindparam("id"))
_CLAIMED = (
    select(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)), deliveries.c.state == written("stored"))
    .order_by(deliveries.c.id)
    .with_for_update(skip_locked=True)
)
_LOCKED_DELIVERY = _DELIVERY.with_for_update()
_NEW_TOPIC = bindparam("new_platform_topic", type_=Text())
_CLOSE = (
    deliveries.update()
    .where(deliveries.c.id == bindparam("new_delivery_id"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "decided_at", "reason", "detail")})
    .values(platform_topic=func.coalesce(_NEW_TOPIC, deliveries.c.platform_topic))
)


@dataclass(frozen=True)
class Span:
    """Which deliveries: received since then, of one source or all, in these states."""

    since: datetime
    source: str | None = None
    states: tuple[str, ...] = REPLAYED


@dataclass(frozen=True)
class Ending:
    """What becomes of a delivery; the platform's topic stays what it was where it is None."""

    delivery_id: int
    state: str
    reason: str | None = None
    detail: str | None = None
    platform_topic: str | None = None


def from_row(row: Any) -> Delivery | None:
    """The delivery of a whole row; None of none."""
    return Delivery(*row) if row is not None else None


def store_delivery(
    conn: Connection,
    source_id: str,
    dedup_key: str,
    request: Request,
    state: str,
    now: datetime,
    order_id: str | None = None,
) -> Stored:
    """Store the delivery once; a resend counts as its repeat.

    order_id   of the one order that it is about, if that is known
    """
    values = {
        "source_id": source_id,
        "dedup_key": dedup_key,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": [list(pair) for pair in request.headers],
        "body": request.body,
        "state": state,
        "reason": "source_disabled" if state == "ignored" else None,
        "received_at": now,
        "order_id": order_id,
    }
    new = insert_new(conn, deliveries, values)
    if new is not None:
        return Stored(new, is_new=True)
    same = (deliveries.c.source_id == source_id) & (deliveries.c.dedup_key == dedup_key)
    again = deliveries.update().where(same).values(repeats=deliveries.c.repeats + 1, repeated_at=now)
    return Stored(int(conn.execute(again.returning(deliveries.c.id)).scalar_one()), is_new=False)


def recover(
    conn: Connection, source_id: str, dedup_key: str, request: Request, now: datetime, ignored: str | None = None
) -> bool:
    """Store a delivery that was never sent; return False if it was recovered before.

    `ignored`: the reason code why it is kept and not decided, unless a person replays it.
    """
    values = {
        "source_id": source_id,
        "dedup_key": dedup_key,
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": [list(pair) for pair in request.headers],
        "body": request.body,
        "state": "ignored" if ignored else "stored",
        "reason": ignored,
        "received_at": now,
        "recovered": True,
    }
    return insert_new(conn, deliveries, values) is not None


def lock_sources(conn: Connection, source_ids: Collection[str]) -> None:
    """Until this transaction ends no delivery of these sources is stored: its foreign key shares their rows.

    SQLite has one writer anyway.
    """
    if source_ids and conn.dialect.name == "postgresql":
        conn.execute(_SOURCES, {"ids": sorted(source_ids)}).all()


def claim_deliveries(conn: Connection, delivery_ids: Collection[int]) -> list[Delivery]:
    """Those of these that are neither decided nor in another worker's hands, oldest first, locked until the
    transaction ends."""
    return [Delivery(*row) for row in conn.execute(_CLAIMED, {"ids": list(delivery_ids)})]


def large_deliveries(conn: Connection, ids: Sequence[int], size: int) -> list[int]:
    """Those of these deliveries that are not decided, and whose body has more bytes than this."""
    large = and_(deliveries.c.id.in_(ids), deliveries.c.state == "stored", func.length(deliveries.c.body) > size)
    return list(conn.execute(select(deliveries.c.id).where(large)).scalars())


def find_delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    return from_row(conn.execute(_DELIVERY, {"id": delivery_id}).first())


def lock_delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    """The delivery, ours until the transaction ends."""
    return from_row(conn.execute(_LOCKED_DELIVERY, {"id": delivery_id}).first())


def close_deliveries(conn: Connection, endings: Sequence[Ending], now: datetime) -> None:
    names = [field.name for field in fields(Ending)]
    rows = [{f"new_{name}": getattr(one, name) for name in names} | {"new_decided_at": now} for one in endings]
    if rows:
        conn.execute(_CLOSE, rows)


def note_undecided(conn: Connection, delivery_id: int, problem: str, given_up_at: datetime | None = None) -> None:
    """Say of a delivery that waits why it could not be decided: it `is_stuck` until it is, or fails where given up."""
    waits = deliveries.update().where(deliveries.c.id == delivery_id, deliveries.c.state == "stored")
    end = {"state": "failed", "decided_at": given_up_at} if given_up_at else {}
    conn.execute(waits.values(reason=NOT_DECIDED, detail=problem, **end))


def acknowledge(conn: Connection, delivery_id: int, reason: str, now: datetime, *, who: str) -> str | None:
    """Let a delivery that failed, or is stuck, count as explained; return its state, or None: none has this id."""
    row = lock_delivery(conn, delivery_id)
    if row is None:
        return None
    if row.is_stuck:
        close_deliveries(conn, [Ending(delivery_id, "failed", row.reason, row.detail)], now)
    elif row.state != "failed":
        return row.state
    if row.acknowledged_at is None:
        conn.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(acknowledged_at=now))
        record_action(conn, "acknowledge", f"delivery:{delivery_id}", reason, now, who=who)
    return "failed"


def last_before(conn: Connection, at: datetime) -> int:
    """The id of the newest delivery received before then; 0 if there is none."""
    newest = select(deliveries.c.id).where(deliveries.c.received_at < at).order_by(deliveries.c.received_at.desc())
    return int(conn.execute(newest.limit(1)).scalar() or 0)


def ids_of_span(conn: Connection, span: Span) -> list[int]:
    """Oldest first."""
    query = select(deliveries.c.id).where(deliveries.c.received_at >= span.since, deliveries.c.state.in_(span.states))
    if span.source is not None:
        query = query.where(deliveries.c.source_id == span.source)
    return list(conn.execute(query.order_by(deliveries.c.id)).scalars())


def newest_decided(conn: Connection, source_id: str, limit: int) -> list[Delivery]:
    """The newest decided deliveries of this source, with their bytes, newest first."""
    query = select(deliveries).where(deliveries.c.source_id == source_id, deliveries.c.state == "decided")
    return [Delivery(*row) for row in conn.execute(query.order_by(deliveries.c.id.desc()).limit(limit))]


def states_of(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    """The state of each of these deliveries that exists."""
    found: dict[int, str] = {}
    for batch in chunks(ids):
        rows = conn.execute(select(deliveries.c.id, deliveries.c.state).where(deliveries.c.id.in_(batch)))
        found |= {row.id: row.state for row in rows}
    return found


def read_deliveries(conn: Connection, ids: Sequence[int]) -> list[Delivery]:
    """With their bytes, oldest first."""
    rows = conn.execute(select(deliveries).where(deliveries.c.id.in_(ids)).order_by(deliveries.c.id))
    return [Delivery(*row) for row in rows]


def list_missed(conn: Connection, ids: Sequence[int]) -> list[int]:
    """Ignored and failed deliveries of the same sources, that may name the same orders."""
    named: set[str] = set()
    earliest: datetime | None = None
    for batch in chunks(ids):
        for row in conn.execute(
            select(deliveries.c.source_id, deliveries.c.received_at).where(deliveries.c.id.in_(batch))
        ):
            named.add(row.source_id)
            earliest = min(earliest or row.received_at, row.received_at)
    if earliest is None:
        return []
    off = and_(deliveries.c.state == "ignored", deliveries.c.reason == "source_disabled")
    query = select(deliveries.c.id).where(
        deliveries.c.source_id.in_(named),
        deliveries.c.received_at >= earliest - AROUND,
        or_(off, deliveries.c.state == "failed"),
        deliveries.c.reason.is_distinct_from(ERASED),
    )
    return list(conn.execute(query.order_by(deliveries.c.id)).scalars())
