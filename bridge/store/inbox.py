"""Deliveries as they came, what they said (events, orders), and what was decided of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, Row, Subquery, and_, bindparam, func, or_, select, union

from bridge.core.call_states import REACHED
from bridge.core.model import Event, Json, Order, Request
from bridge.store.tables import calls, decisions, deliveries, events, orders, refusals, sources, workers
from bridge.store.upsert import insert_new, upsert

Delivery = Row[tuple[Json, ...]]

ERASED = "erased"  # the reason of a delivery whose body was removed

_CLOSEDNESS = {"open": 0, "draft": 0, "completed": 2, "fulfilled": 2}
_MOST_CLOSED = 3
_ENDED = ("cancelled", "failed", "trashed", "deleted")
# Asked in every dialling transaction, and so built once.
_SOURCE = select(sources.c.id).where(sources.c.id == bindparam("id")).with_for_update()
_DELIVERY = select(deliveries).where(deliveries.c.id == bindparam("id"))
_ORDER = select(orders).where(orders.c.source_id == bindparam("source_id"), orders.c.order_id == bindparam("order_id"))
_LOCKED_ORDER = _ORDER.with_for_update()
_ORDER_OF_CALL = (
    select(orders, events.c.topic, events.c.platform_topic, events.c.occurred_at)
    .join(calls, and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id))
    .join(events, events.c.id == calls.c.event_id)
    .where(calls.c.id == bindparam("call_id"))
    .with_for_update(of=orders)
)


@dataclass(frozen=True, repr=False)
class KnownOrder:
    """The newest state of an order and where its bytes are."""

    source_id: str
    order_id: str
    number: str
    state: str
    deleted: bool
    delivery_id: int
    event_n: int


def store_delivery(
    conn: Connection, source_id: str, dedup_key: str, request: Request, state: str, now: datetime
) -> tuple[int, bool]:
    """(id, is_new): the delivery is there once; a resend counts as its repeat."""
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
    }
    new = insert_new(conn, deliveries, values)
    if new is not None:
        return new, True
    same = (deliveries.c.source_id == source_id) & (deliveries.c.dedup_key == dedup_key)
    again = deliveries.update().where(same).values(repeats=deliveries.c.repeats + 1, repeated_at=now)
    return int(conn.execute(again.returning(deliveries.c.id)).scalar_one()), False


def count_refusal(conn: Connection, source_id: str, reason: str, now: datetime) -> None:
    """One more request that this source's secrets did not sign."""
    same = (refusals.c.source_id == source_id) & (refusals.c.reason == reason)
    counted = conn.execute(refusals.update().where(same).values(count=refusals.c.count + 1, last_at=now))
    if counted.rowcount == 0:
        upsert(conn, refusals, {"source_id": source_id, "reason": reason}, {"count": 1, "last_at": now})


def lock_source(conn: Connection, source_id: str) -> None:
    """Until this transaction ends no delivery of the source is stored: its foreign key shares this row.

    SQLite has one writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(_SOURCE, {"id": source_id}).first()


def claim_delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    """The delivery, locked until the transaction ends; None if it is decided or in somebody's hands."""
    row = select(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == "stored")
    return conn.execute(row.with_for_update(skip_locked=True)).first()


def find_delivery(conn: Connection, delivery_id: int) -> Delivery | None:
    return conn.execute(_DELIVERY, {"id": delivery_id}).first()


def is_erased(row: Delivery) -> bool:
    """Its body and headers were removed, for a person asked for it or its time was over; what it said is gone."""
    return bool(row.reason == ERASED)


def request_of(row: Delivery, documents: Mapping[str, bytes] = MappingProxyType({})) -> Request:
    """The request as it came, with the shop's documents about it."""
    headers = tuple((name, value) for name, value in row.headers)
    return Request(row.method, row.path, row.query, headers, row.body, documents)


def named_orders(order: str) -> Subquery:
    """The keys of the orders with this id or number. As two looks: no index serves both at once."""
    number = order.removeprefix("#")
    keys = select(orders.c.source_id, orders.c.order_id)
    by_id = keys.where(orders.c.source_id.in_(select(sources.c.id)), orders.c.order_id == order)
    by_number = keys.where(orders.c.number.in_((order, number, f"#{number}")))
    return union(by_id, by_number).subquery()


def was_created_before(conn: Connection, source_id: str, order_id: str, delivery_id: int, n: int) -> bool:
    """Whether an earlier delivery, or an earlier event of this one, was this order's `order.created`."""
    earlier = or_(events.c.delivery_id < delivery_id, and_(events.c.delivery_id == delivery_id, events.c.n < n))
    same = and_(events.c.source_id == source_id, events.c.order_id == order_id, events.c.topic == "order.created")
    return conn.execute(select(events.c.id).where(same, earlier).limit(1)).first() is not None


def find_number(conn: Connection, source_id: str, order_id: str) -> str | None:
    """The number of this order; None if nothing was received of it."""
    row = conn.execute(_ORDER, {"source_id": source_id, "order_id": order_id}).first()
    return row.number if row is not None else None


def is_closed_unrung(conn: Connection, source_id: str, order_id: str) -> bool:
    """Whether this order is closed without a completed sale, and no call for it may have rung."""
    row = conn.execute(_ORDER, {"source_id": source_id, "order_id": order_id}).first()
    if row is None or (row.deleted_at is None and row.state not in _ENDED):
        return False
    same = and_(calls.c.source_id == source_id, calls.c.order_id == order_id, calls.c.state.in_(REACHED))
    return conn.execute(select(calls.c.id).where(same).limit(1)).first() is None


def close_delivery(
    conn: Connection,
    delivery_id: int,
    state: str,
    now: datetime,
    platform_topic: str | None = None,
    reason: str | None = None,
    detail: str | None = None,
) -> None:
    values = {"state": state, "decided_at": now, "reason": reason, "detail": detail}
    if platform_topic is not None:
        values["platform_topic"] = platform_topic
    conn.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(values))


def record_event(conn: Connection, delivery_id: int, n: int, source_id: str, event: Event) -> int:
    """The event's id; the same row, as it reads today, when the delivery is decided again."""
    said = {
        "source_id": source_id,
        "order_id": event.order_id,
        "topic": event.topic,
        "platform_topic": event.platform_topic,
        "occurred_at": event.occurred_at,
    }
    new: int | None = insert_new(conn, events, {"delivery_id": delivery_id, "n": n, **said})
    if new is not None:
        return new
    same = (events.c.delivery_id == delivery_id) & (events.c.n == n)
    return int(conn.execute(events.update().where(same).values(said).returning(events.c.id)).scalar_one())


def learn_order(
    conn: Connection, source_id: str, event: Event, delivery_id: int, n: int, received_at: datetime, now: datetime
) -> KnownOrder:
    """The order's newest state once this event is known, its row locked until the transaction ends.

    By the platform's update time; at equal times the more closed state wins, and an older state
    never overwrites a newer one; all equal, the later delivery. Where the platform gives no time,
    the later delivery, but it never opens what is closed, nor unpays what is paid. A deletion
    stays until the platform restores the order.
    """
    fresh = _state_of(event, delivery_id, n, received_at)
    key = {"source_id": source_id, "order_id": event.order_id}
    insert_new(conn, orders, {**key, **fresh, "first_seen_at": now})
    row = conn.execute(_LOCKED_ORDER, key).one()
    changes: dict[str, Json] = {}
    if event.order is not None and _is_newer(event.order, event, fresh, row, received_at):
        changes = {**fresh, "state_at": max(fresh["state_at"], row.state_at)}
    if event.topic == "order.deleted":
        changes["deleted_at"] = received_at
    elif event.restored:
        changes["deleted_at"] = None
    if changes:
        same = (orders.c.source_id == source_id) & (orders.c.order_id == event.order_id)
        conn.execute(orders.update().where(same).values(changes))
    return _known(conn.execute(_ORDER, key).one())


def _state_of(event: Event, delivery_id: int, n: int, received_at: datetime) -> dict[str, Json]:
    order = event.order
    closedness = _CLOSEDNESS.get(order.state, _MOST_CLOSED) if order else -1
    if order and order.state in ("open", "draft") and order.payment.paid:
        closedness = 1
    return {
        "number": order.number if order else event.order_id,
        "state": order.state if order else "open",
        "state_at": ((order.updated_at or event.occurred_at) if order else received_at),
        "closedness": closedness,
        "delivery_id": delivery_id,
        "event_n": n,
    }


def _is_newer(
    order: Order, event: Event, fresh: Mapping[str, Json], row: Row[tuple[Json, ...]], received_at: datetime
) -> bool:
    if row.closedness < 0:
        return True  # only an id was known
    closedness, delivery_id = fresh["closedness"], fresh["delivery_id"]
    if order.updated_at is None and event.occurred_at == received_at:
        return bool((closedness, delivery_id) > (row.closedness, row.delivery_id))
    return bool((fresh["state_at"], closedness, delivery_id) > (row.state_at, row.closedness, row.delivery_id))


def lock_order_of(conn: Connection, call_id: int) -> tuple[KnownOrder, Row[tuple[Json, ...]]] | None:
    """The newest known state of this call's order, which nobody changes until the transaction ends.

    And a row with topic, platform_topic and occurred_at of the event that made the call; None for a call by hand.
    """
    row = conn.execute(_ORDER_OF_CALL, {"call_id": call_id}).first()
    return (_known(row), row) if row is not None else None


def record_decision(
    conn: Connection,
    event_id: int,
    rule: str | None,
    decision: str,
    reason: str,
    facts: Mapping[str, Json],
    call_id: int | None,
    now: datetime,
) -> None:
    conn.execute(
        decisions.insert().values(
            event_id=event_id,
            rule=rule,
            decision=decision,
            reason=reason,
            facts=dict(facts),
            call_id=call_id,
            decided_at=now,
        )
    )


def orders_covered(conn: Connection, call_ids: list[int]) -> dict[int, list[str]]:
    """By call: the numbers of the other orders for which it rings too, as their own decisions say."""
    same = and_(orders.c.source_id == events.c.source_id, orders.c.order_id == events.c.order_id)
    query = (
        select(decisions.c.call_id, orders.c.number)
        .join(events, events.c.id == decisions.c.event_id)
        .join(orders, same)
        .join(calls, calls.c.id == decisions.c.call_id)
        .where(decisions.c.call_id.in_(call_ids), decisions.c.reason == "already_called")
        .where(or_(orders.c.order_id != calls.c.order_id, orders.c.source_id != calls.c.source_id))
        .distinct()
        .order_by(orders.c.number)
    )
    covered: dict[int, list[str]] = {call_id: [] for call_id in call_ids}
    for row in conn.execute(query):
        covered[row.call_id].append(row.number)
    return covered


def beat(conn: Connection, worker_id: str, now: datetime) -> None:
    """This worker lives; rows of those that were silent for a day go."""
    seen = conn.execute(workers.update().where(workers.c.id == worker_id).values(beat_at=now))
    if seen.rowcount == 0:
        upsert(conn, workers, {"id": worker_id}, {"started_at": now, "beat_at": now})


def retire(conn: Connection, worker_id: str) -> None:
    conn.execute(workers.delete().where(workers.c.id == worker_id))


def last_beat(conn: Connection) -> datetime | None:
    return conn.execute(select(func.max(workers.c.beat_at))).scalar()


def _known(row: Row[tuple[Json, ...]]) -> KnownOrder:
    return KnownOrder(
        row.source_id,
        row.order_id,
        row.number,
        row.state,
        row.deleted_at is not None,
        row.delivery_id,
        row.event_n,
    )
