"""The events of deliveries, and the newest known state of each order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, and_, bindparam, false, or_, select, tuple_, union

from bridge.core.call_states import REACHED
from bridge.core.model import Delivery, Event, Json, KnownOrder, Occasion, Order, OrderKey, Source
from bridge.core.model.order_states import UNSOLD, closedness
from bridge.core.vietnamese.regions import region_of
from bridge.store.db.columns import cut_key
from bridge.store.db.locks import lock_names
from bridge.store.db.tables import calls, deliveries, events, orders, sources
from bridge.store.db.upsert import insert_all
from bridge.store.people.names import change_words, names_of, write_words

NAMED_ONLY = -1  # the closedness of an order of which only the id is known
_KEY = (orders.c.source_id, orders.c.order_id)
_EVENT_KEY = (events.c.id, events.c.delivery_id, events.c.n)
_ORDER = select(orders).where(orders.c.source_id == bindparam("source_id"), orders.c.order_id == bindparam("order_id"))
_LOCKED_ORDER = _ORDER.with_for_update()
_ORDERS_OF_CALLS = (
    select(
        calls.c.id.label("call_id"),
        orders,
        events.c.topic,
        events.c.platform_topic,
        events.c.occurred_at,
        events.c.parcel,
        deliveries.c.decided_at,
    )
    .join(calls, and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id))
    .join(events, events.c.id == calls.c.event_id)
    .join(deliveries, deliveries.c.id == orders.c.delivery_id)
    .where(calls.c.id.in_(bindparam("call_ids", expanding=True)))
)
_LOCK_ORDERS_OF_CALLS = (
    select(orders.c.order_id)
    .join(calls, and_(calls.c.source_id == orders.c.source_id, calls.c.order_id == orders.c.order_id))
    .where(calls.c.id.in_(bindparam("call_ids", expanding=True)))
    .order_by(*_KEY)
    .with_for_update(of=orders)
)


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """The nth event of a delivery, and whose order it is about."""

    source: Source
    delivery: Delivery
    n: int
    event: Event


@dataclass(frozen=True, slots=True, repr=False)
class OrderOfCall:
    """A call's order, and the event that made the call.

    decided_at   when the delivery that holds the order's newest state was decided last
    parcel       of a carrier's status, the carrier's code of the parcel
    """

    order: KnownOrder
    topic: str
    platform_topic: str
    occurred_at: datetime
    decided_at: datetime | None
    parcel: str | None


def record_events(conn: Connection, told: Sequence[Told]) -> list[int]:
    """The events' ids; the same row, as it reads today, when the delivery is decided again."""
    rows = [
        {
            "delivery_id": one.delivery.id,
            "n": one.n,
            "source_id": one.source.id,
            "order_id": one.event.order_id,
            "topic": one.event.topic,
            "platform_topic": one.event.platform_topic,
            "occurred_at": one.event.occurred_at,
            "parcel": one.event.parcel.code if one.event.parcel else None,
        }
        for one in told
    ]
    made = insert_all(conn, events, rows, *_EVENT_KEY)
    new = {(row["delivery_id"], row["n"]): int(row["id"]) for row in made}
    return [new.get((row["delivery_id"], row["n"])) or _record_again(conn, row) for row in rows]


def recorded_events(conn: Connection, delivery_id: int) -> frozenset[int]:
    """The numbers of the events of this delivery that are decided."""
    return frozenset(conn.execute(select(events.c.n).where(events.c.delivery_id == delivery_id)).scalars())


def _record_again(conn: Connection, row: Mapping[str, Any]) -> int:
    same = (events.c.delivery_id == row["delivery_id"]) & (events.c.n == row["n"])
    return int(conn.execute(events.update().where(same).values(row).returning(events.c.id)).scalar_one())


def was_created_before(conn: Connection, source_id: str, order_id: str, delivery_id: int, n: int) -> bool:
    """Whether an earlier delivery, or an earlier event of this one, was this order's `order.created`."""
    earlier = or_(events.c.delivery_id < delivery_id, and_(events.c.delivery_id == delivery_id, events.c.n < n))
    same = and_(events.c.source_id == source_id, events.c.order_id == order_id, events.c.topic == "order.created")
    return conn.execute(select(events.c.id).where(same, earlier).limit(1)).first() is not None


def order_before(conn: Connection, known: KnownOrder, delivery_id: int, n: int) -> KnownOrder | None:
    """The order with its bytes in the event that came before this one from its own shop, not from a carrier."""
    source_id, order_id = known.source_id, known.order_id
    earlier = or_(events.c.delivery_id < delivery_id, and_(events.c.delivery_id == delivery_id, events.c.n < n))
    same = and_(events.c.source_id == source_id, events.c.order_id == order_id)
    query = select(events.c.delivery_id, events.c.n).join(deliveries, deliveries.c.id == events.c.delivery_id)
    query = query.where(same, earlier, deliveries.c.source_id == source_id)
    row = conn.execute(query.order_by(events.c.delivery_id.desc(), events.c.n.desc()).limit(1)).first()
    return replace(known, delivery_id=row.delivery_id, event_n=row.n) if row is not None else None


def was_delivered(conn: Connection, source_id: str, order_id: str, since: datetime) -> bool:
    """Whether a carrier said, at that time or later, that this parcel was delivered or is back."""
    query = select(events.c.id).where(
        events.c.source_id == source_id,
        events.c.order_id == order_id,
        events.c.topic.in_(("delivery.delivered", "delivery.returned")),
        events.c.occurred_at >= since,
    )
    return conn.execute(query.limit(1)).first() is not None


def topic_since(
    conn: Connection, source_id: str, order_id: str, delivery_id: int, topics: Collection[str]
) -> str | None:
    """One of these topics that a later delivery had for this order."""
    query = select(events.c.topic).where(
        events.c.source_id == source_id,
        events.c.order_id == order_id,
        events.c.delivery_id > delivery_id,
        events.c.topic.in_(topics),
    )
    return conn.execute(query.order_by(events.c.delivery_id).limit(1)).scalar()


def learn_orders(conn: Connection, told: Sequence[Told], now: datetime) -> list[KnownOrder]:
    """The newest state of each order once these events are known, its row locked until the transaction ends.

    By the platform's update time; at equal times the more closed state wins, and an older state
    never overwrites a newer one; all equal, the later delivery. Where the platform gives no time,
    the later delivery, but it never opens what is closed, nor unpays what is paid. A deletion
    stays until the platform restores the order.

    told   each of another order
    """
    rows = [_row_of(one, now) for one in told]
    new = {(row["source_id"], row["order_id"]) for row in insert_all(conn, orders, rows, *_KEY)}
    write_words(conn, [row for row in rows if (row["source_id"], cut_key(row["order_id"])) in new])
    return [
        order_of_row(row) if (row["source_id"], cut_key(row["order_id"])) in new else _learn_known(conn, one, row)
        for one, row in zip(told, rows, strict=True)
    ]


def _row_of(told: Told, now: datetime) -> dict[str, Json]:
    """The order's row by this event alone."""
    received_at = told.delivery.received_at
    return {
        "source_id": told.source.id,
        "order_id": told.event.order_id,
        **state_of(told.event, told.delivery.id, told.n, received_at),
        "deleted_at": received_at if told.event.topic == "order.deleted" else None,
        "first_seen_at": now,
    }


def _learn_known(conn: Connection, told: Told, fresh: Mapping[str, Json]) -> KnownOrder:
    """What this event changes in the row that there is. `fresh`: the row by this event alone."""
    event, received_at = told.event, told.delivery.received_at
    key = {name: fresh[name] for name in ("source_id", "order_id")}
    row = conn.execute(_LOCKED_ORDER, key).one()
    changes: dict[str, Json] = {}
    if event.order is not None and is_newer(event.order, event, fresh, row, received_at):
        state = state_of(event, told.delivery.id, told.n, received_at)
        kept = {name: fresh[name] or getattr(row, name) for name in ("region", "names")}
        changes = {**state, "state_at": max(fresh["state_at"], row.state_at), **kept}
        if kept["names"] != row.names:
            change_words(conn, dict(row._mapping), kept["names"])
    if event.topic == "order.deleted":
        changes["deleted_at"] = received_at
    elif event.restored:
        changes["deleted_at"] = None
    if changes:
        same = (orders.c.source_id == key["source_id"]) & (orders.c.order_id == key["order_id"])
        conn.execute(orders.update().where(same).values(changes))
    return order_of_row({**row._mapping, **changes})


def state_of(event: Event, delivery_id: int, n: int, received_at: datetime) -> dict[str, Json]:
    """The order's row by this event alone."""
    order = event.order
    return {
        "number": order.number if order else event.order_id,
        "state": order.state if order else "open",
        "state_at": ((order.updated_at or event.occurred_at) if order else received_at),
        "closedness": closedness(order.state, order.payment.paid) if order else NAMED_ONLY,
        "delivery_id": delivery_id,
        "event_n": n,
        "region": _region(order) if order else None,
        "names": names_of(order),
    }


def _region(order: Order) -> str | None:
    to = order.shipping
    return region_of(to.province, to.city, to.text)


def is_newer(order: Order, event: Event, fresh: Mapping[str, Json], row: Any, received_at: datetime) -> bool:
    """Whether the state in this event comes after the one of `row`, by the order of `learn_orders`."""
    if row.closedness == NAMED_ONLY:
        return True
    closed, delivery_id = fresh["closedness"], fresh["delivery_id"]
    if order.updated_at is None and event.occurred_at == received_at:
        return bool((closed, delivery_id) > (row.closedness, row.delivery_id))
    return bool((fresh["state_at"], closed, delivery_id) > (row.state_at, row.closedness, row.delivery_id))


def lock_orders(conn: Connection, keys: Collection[OrderKey]) -> None:
    """Until the transaction ends nobody else decides on these orders, known or new, or dials their calls.

    For one alone `learn_orders` is enough, and SQLite has one writer anyway.
    """
    if len(keys) < 2 or conn.dialect.name != "postgresql":
        return
    ordered = sorted(keys)
    lock_names(conn, [f"order {source_id} {order_id}" for source_id, order_id in ordered])
    which = tuple_(orders.c.source_id, orders.c.order_id).in_(ordered)
    conn.execute(select(orders.c.order_id).where(which).order_by(*_KEY).with_for_update()).all()


def lock_orders_of(conn: Connection, call_ids: Collection[int]) -> dict[int, OrderOfCall]:
    """By call: the newest known state of its order, which nobody changes until the transaction ends.

    Without manual calls, which have none.
    """
    ids = {"call_ids": list(call_ids)}
    if conn.dialect.name == "postgresql":
        # Not in one statement with the delivery: where the order moved to another one while this waited for its lock,
        # Postgres joins the new order to the old delivery, finds that they do not match, and leaves the row out.
        conn.execute(_LOCK_ORDERS_OF_CALLS, ids).all()
    rows = conn.execute(_ORDERS_OF_CALLS, ids)
    return {
        row.call_id: OrderOfCall(
            order_of_row(dict(row._mapping)), row.topic, row.platform_topic, row.occurred_at, row.decided_at, row.parcel
        )
        for row in rows
    }


def lock_order(conn: Connection, source_id: str, order_id: str) -> KnownOrder | None:
    """The newest known state of this order, which nobody changes until the transaction ends."""
    row = conn.execute(_LOCKED_ORDER, {"source_id": source_id, "order_id": order_id}).first()
    return order_of_row(dict(row._mapping)) if row is not None else None


def find_order(conn: Connection, source_id: str, order_id: str) -> KnownOrder | None:
    """As `lock_order`, without a lock."""
    row = conn.execute(_ORDER, {"source_id": source_id, "order_id": order_id}).first()
    return order_of_row(dict(row._mapping)) if row is not None else None


def newest_orders(conn: Connection, limit: int) -> list[KnownOrder]:
    """The orders that came last, newest first."""
    rows = conn.execute(select(orders).order_by(orders.c.first_seen_at.desc()).limit(limit))
    return [order_of_row(dict(row._mapping)) for row in rows]


def occasions_of(conn: Connection, source_id: str, order_id: str) -> list[Occasion]:
    """What each event of this order is about, newest first."""
    query = select(events.c.topic, events.c.platform_topic, events.c.occurred_at, events.c.parcel)
    mine = and_(events.c.source_id == source_id, events.c.order_id == order_id)
    return [Occasion(*row) for row in conn.execute(query.where(mine).order_by(events.c.id.desc()))]


def find_number(conn: Connection, source_id: str, order_id: str) -> str | None:
    """The number of this order; None if nothing was received of it."""
    found = find_order(conn, source_id, order_id)
    return found.number if found is not None else None


def is_closed_unrung(conn: Connection, source_id: str, order_id: str) -> bool:
    """Whether this order is closed without a completed sale, and no call for it may have rung."""
    row = conn.execute(_ORDER, {"source_id": source_id, "order_id": order_id}).first()
    if row is None or (row.deleted_at is None and row.state not in UNSOLD):
        return False
    same = and_(calls.c.source_id == source_id, calls.c.order_id == order_id, calls.c.state.in_(REACHED))
    return conn.execute(select(calls.c.id).where(same).limit(1)).first() is None


def named_orders(order: str) -> Subquery:
    """The keys of the orders with this id or number. As two looks: no index serves both at once."""
    number = order.removeprefix("#")
    keys = select(orders.c.source_id, orders.c.order_id)
    by_id = keys.where(orders.c.source_id.in_(select(sources.c.id)), orders.c.order_id == order)
    by_number = keys.where(orders.c.number.in_((order, number, f"#{number}")))
    return union(by_id, by_number).subquery()


def of_orders(table: Any, keys: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    """The rows of these orders, (source's id, order's id), source by source: SQLite finds no pairs by an index."""
    by_source: dict[str, list[str]] = {}
    for source_id, order_id in keys:
        by_source.setdefault(source_id, []).append(order_id)
    each = [and_(table.c.source_id == source_id, table.c.order_id.in_(ids)) for source_id, ids in by_source.items()]
    return or_(false(), *each)


def order_of_row(row: Mapping[str, Json]) -> KnownOrder:
    """The order of a whole row."""
    return KnownOrder(
        row["source_id"],
        row["order_id"],
        row["number"],
        row["state"],
        row["deleted_at"] is not None,
        row["delivery_id"],
        row["event_n"],
        row["state_at"],
    )
