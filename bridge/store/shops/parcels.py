"""Parcels: the newest status of each that carriers told of, and the shop's order that it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from bridge.core.model import Event, KnownOrder, KnownParcel, OrderKey
from bridge.core.model.parcel_states import finality
from bridge.store.db.locks import lock_names
from bridge.store.db.tables import deliveries, events, orders, parcels
from bridge.store.db.upsert import insert_new
from bridge.store.orders import NAMED_ONLY, order_of_row

MOST_JOINED = 50  # parcels of one order


@dataclass(frozen=True, slots=True)
class Joined:
    """Of a carrier's parcels with a status since then: how many there are, and of how many the order is known."""

    parcels: int
    joined: int


def find_parcel(conn: Connection, carrier: str, code: str, *, lock: bool = False) -> KnownParcel | None:
    query = select(parcels).where(parcels.c.carrier == carrier, parcels.c.code == code)
    return _known(conn.execute(query.with_for_update() if lock else query).first())


def lock_references(conn: Connection, names: Collection[str]) -> None:
    """Until the transaction ends nobody else looks for, or makes, an order of these names: a parcel that waits for its
    order and the order that comes at the same moment would miss one another."""
    lock_names(conn, {f"parcel {name.removeprefix('#')}" for name in names})


def orders_of_reference(conn: Connection, sources: Collection[str], reference: str) -> list[KnownOrder]:
    """These sources' orders with this id or number, with or without its #. Two are enough to be unsure."""
    theirs = select(orders).where(orders.c.source_id.in_(sources))
    bare = reference.removeprefix("#")
    named = or_(orders.c.order_id == reference, orders.c.number.in_((reference, bare, f"#{bare}")))
    return [order_of_row(dict(row)) for row in conn.execute(theirs.where(named).limit(2)).mappings()]


def learn_parcel(
    conn: Connection, carrier: str, event: Event, delivery_id: int, n: int, key: OrderKey | None
) -> KnownParcel:
    """The parcel's newest status once this event of it is known, its row locked until the transaction ends.

    By the carrier's time; of two of one instant the one that is further along. An order that was found stays.
    key   the order's source and id, where it is known
    """
    parcel = event.parcel
    if parcel is None:
        raise ValueError("an event without a parcel")
    at, place = event.occurred_at, {"topic": event.topic, "status_at": event.occurred_at}
    place |= {"delivery_id": delivery_id, "event_n": n}
    owner = {"source_id": key[0], "order_id": key[1]} if key else {"source_id": None, "order_id": None}
    same = {"carrier": carrier, "code": parcel.code}
    if insert_new(conn, parcels, {**same, "reference": parcel.reference, **owner, **place}) is not None:
        return KnownParcel(**same, reference=parcel.reference, **owner, **place)  # type: ignore[arg-type]
    known = find_parcel(conn, carrier, parcel.code, lock=True)
    if known is None:
        raise LookupError("the parcel that was there is gone")
    changes: dict[str, Any] = {}
    order = (at, finality(event.topic), delivery_id)
    if order >= (known.status_at, finality(known.topic), known.delivery_id):
        changes = dict(place)
    if known.order_id is None:
        changes |= owner
    if known.reference is None and parcel.reference is not None:
        changes["reference"] = parcel.reference
    if changes:
        mine = and_(parcels.c.carrier == carrier, parcels.c.code == parcel.code)
        conn.execute(parcels.update().where(mine).values(changes))
    return replace(known, **changes)


def parcels_of(conn: Connection, source_id: str, order_id: str) -> tuple[KnownParcel, ...]:
    """The parcels of this order."""
    mine = and_(parcels.c.source_id == source_id, parcels.c.order_id == order_id)
    rows = conn.execute(select(parcels).where(mine).order_by(parcels.c.carrier, parcels.c.code))
    return tuple(KnownParcel(*row) for row in rows)


def codes_of(conn: Connection, source_id: str, order_ids: Collection[str]) -> dict[str, str]:
    """Code of each parcel of these orders -> the order's id."""
    mine = and_(parcels.c.source_id == source_id, parcels.c.order_id.in_(order_ids))
    return {row.code: row.order_id for row in conn.execute(select(parcels.c.order_id, parcels.c.code).where(mine))}


def decide_waiting(conn: Connection, carriers: Sequence[str], names: Collection[str]) -> list[int]:
    """Let the newest statuses of parcels that wait for an order of this id or number be decided again.

    Returns  the ids of their deliveries, which count as undecided until they are
    """
    wanted = {spelling for name in names for spelling in (name, name.removeprefix("#"), f"#{name}")}
    waiting = select(parcels.c.delivery_id).where(
        parcels.c.carrier.in_(carriers), parcels.c.order_id.is_(None), parcels.c.reference.in_(wanted)
    )
    # Who holds one of them decides it again himself, or has just been handed it: nobody waits for that.
    free = select(deliveries.c.id).where(deliveries.c.id.in_(waiting), deliveries.c.state == "decided")
    free = free.order_by(deliveries.c.id).limit(MOST_JOINED).with_for_update(skip_locked=True)
    ids = list(conn.execute(free).scalars())
    if ids:
        conn.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(state="stored", reason=None))
    return ids


def take_over(conn: Connection, parcel: KnownParcel, order_id: str) -> None:
    """What was told of this parcel before its order was known belongs to that order: `order_id` was its name till then.

    The name was no order, and stands no longer for one, unless other parcels wait under it.
    """
    told = and_(events.c.source_id == parcel.carrier, events.c.order_id == order_id)
    owner = {"source_id": parcel.source_id, "order_id": parcel.order_id}
    conn.execute(events.update().where(told, events.c.parcel == parcel.code).values(owner))
    mine = and_(orders.c.source_id == parcel.carrier, orders.c.order_id == order_id, orders.c.closedness == NAMED_ONLY)
    conn.execute(orders.delete().where(mine, ~select(events.c.id).where(told).exists()))


def count_joined(conn: Connection, since: datetime) -> Mapping[str, Joined]:
    """By carrier."""
    query = (
        select(parcels.c.carrier, func.count().label("n"), func.count(parcels.c.order_id).label("joined"))
        .where(parcels.c.status_at >= since)
        .group_by(parcels.c.carrier)
    )
    return {row.carrier: Joined(row.n, row.joined) for row in conn.execute(query)}


def _known(row: Any) -> KnownParcel | None:
    return KnownParcel(*row) if row is not None else None
