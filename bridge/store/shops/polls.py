"""When each source is polled, how far that came, and what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select

from bridge.store.db.tables import events, orders, polls
from bridge.store.db.upsert import insert_new

POLL_LEASE = timedelta(minutes=2)
REST = timedelta(seconds=30)


@dataclass(frozen=True)
class SeenOrder:
    """What is known of an order: the update time of its newest state, and whether its `order.created` was seen."""

    state_at: datetime | None
    created: bool


@dataclass(frozen=True, slots=True)
class SourcePoll:
    """How far a source's orders were polled. `position` is the platform's own words for "since then".

    failures   in a row; `reason`: of the last one
    recovered  orders that no webhook had sent, of all time
    """

    source_id: str
    position: Mapping[str, Any]
    wake_at: datetime
    looked_at: datetime | None
    failures: int
    reason: str | None
    recovered: int


def keep_polls(conn: Connection, wanted: Mapping[str, Any], now: datetime) -> None:
    """Poll exactly these sources, a new one from its first position on."""
    known = set(conn.execute(select(polls.c.source_id)).scalars())
    for source_id in wanted.keys() - known:
        insert_new(conn, polls, {"source_id": source_id, "position": wanted[source_id], "wake_at": now})
    gone = sorted(known - wanted.keys())
    if gone:
        conn.execute(polls.delete().where(polls.c.source_id.in_(gone)))


def known_polls(conn: Connection) -> set[str]:
    return set(conn.execute(select(polls.c.source_id)).scalars())


def due_polls(conn: Connection, now: datetime) -> list[SourcePoll]:
    """Longest due first."""
    rows = conn.execute(select(polls).where(polls.c.wake_at <= now).order_by(polls.c.wake_at))
    return [SourcePoll(*row) for row in rows]


def claim_poll(conn: Connection, row: SourcePoll, until: datetime) -> bool:
    """The look is ours until then; False if another worker was faster."""
    same = (polls.c.source_id == row.source_id) & (polls.c.wake_at == row.wake_at)
    return conn.execute(polls.update().where(same).values(wake_at=until)).rowcount == 1


def hold_poll(conn: Connection, source_id: str, lease: datetime) -> bool:
    """The claimed look is still ours, and stays so until the transaction ends."""
    same = (polls.c.source_id == source_id) & (polls.c.wake_at == lease)
    return conn.execute(select(polls.c.source_id).where(same).with_for_update()).first() is not None


def write_poll(conn: Connection, source_id: str, values: Mapping[str, Any]) -> None:
    conn.execute(polls.update().where(polls.c.source_id == source_id).values(values))


def hasten_poll(conn: Connection, source_id: str, now: datetime) -> None:
    """The next look is made at once; not if one is being made, or the last was a moment ago, or was one too many."""
    rested = or_(polls.c.looked_at.is_(None), polls.c.looked_at <= now - REST)
    is_asked_for = or_(polls.c.reason.is_(None), polls.c.reason != "poll_rate_limited")
    idle = and_(polls.c.source_id == source_id, polls.c.wake_at > now + POLL_LEASE, rested, is_asked_for)
    conn.execute(polls.update().where(idle).values(wake_at=now))


def drop_source_keys(conn: Connection, source_id: str, now: datetime) -> None:
    """Drop the keys that a shop showed, until it is polled again: it may be another shop's source."""
    row = conn.execute(select(polls).where(polls.c.source_id == source_id).with_for_update()).first()
    if row is not None and "keys" in row.position:
        position = {name: value for name, value in row.position.items() if name != "keys"}
        write_poll(conn, source_id, {"position": position, "wake_at": now})


def seen_orders(conn: Connection, source_id: str, order_ids: Collection[str]) -> dict[str, SeenOrder]:
    """Of each of these orders that is known."""
    same = (events.c.source_id == orders.c.source_id) & (events.c.order_id == orders.c.order_id)
    created = exists().where(same, events.c.topic == "order.created")
    query = select(orders.c.order_id, orders.c.state_at, created.label("created"))
    rows = conn.execute(query.where(orders.c.source_id == source_id, orders.c.order_id.in_(order_ids)))
    return {row.order_id: SeenOrder(row.state_at, bool(row.created)) for row in rows}


def read_polls(conn: Connection) -> dict[str, SourcePoll]:
    """By source: how far its orders were compared with what it sent."""
    return {row.source_id: SourcePoll(*row) for row in conn.execute(select(polls))}
