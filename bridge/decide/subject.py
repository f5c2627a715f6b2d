"""What an event is about: an order of its own source, or the order that a carrier's parcel belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bridge.core.model import Event, KnownOrder, OrderKey, Source
from bridge.decide.rule_input import newest_event
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog
from bridge.store.orders import Told, find_order, learn_orders, lock_order
from bridge.store.shops.parcels import (
    decide_waiting,
    find_parcel,
    learn_parcel,
    lock_references,
    orders_of_reference,
    take_over,
)


@dataclass(frozen=True, repr=False)
class Subject:
    """An event, told of its order.

    source    whose order it is: the shop's; the carrier's own where no shop's order is known
    order     the order's newest state, its row locked until the transaction ends
    carrier   the source that told it, of a parcel's status
    unjoined  the reason code why nobody can be called about the parcel
    """

    source: Source
    event: Event
    order: KnownOrder
    carrier: Source | None = None
    unjoined: str | None = None


def learn_subjects(conn: Connection, catalog: Catalog, told: Sequence[Told], now: datetime) -> list[Subject]:
    """What these events are about, once they are known: one status of a parcel, or shops' orders, each another one.

    1. An order of a shop: its newest state; what waits for this order of a carrier is decided again.
    2. A parcel whose order is known: that order, of which the carrier says nothing but where it is.
    3. A parcel that the carrier gives a buyer to: an order of the carrier's own.
    4. A parcel of no order that is known: kept by the shop's word for it, until the order comes.
    """
    if told[0].event.parcel is not None:
        return [_learn_parcel(conn, catalog, one, now) for one in told]
    subjects = []
    for one, known in zip(told, learn_orders(conn, told, now), strict=True):
        carriers = catalog.carriers_of(one.source.id)
        if carriers:
            names = (known.order_id, known.number)
            lock_references(conn, names)
            decide_waiting(conn, carriers, names)
        subjects.append(Subject(one.source, one.event, known))
    return subjects


def _learn_parcel(conn: Connection, catalog: Catalog, told: Told, now: datetime) -> Subject:
    source, event = told.source, told.event
    assert event.parcel is not None  # noqa: S101 - asked by who calls it
    keys = joined_keys(conn, catalog, source, event)
    if not keys and event.order is None and event.parcel.reference:
        lock_references(conn, [event.parcel.reference])
        keys = joined_keys(conn, catalog, source, event)
    shop = catalog.sources.get(keys[0][0]) if len(keys) == 1 else None
    if shop is not None and keys[0] != (source.id, event.order_id):
        return _joined(conn, told, shop, keys[0])
    (known,) = learn_orders(conn, [told], now)
    mine = OrderKey(source.id, event.order_id)
    own = mine if event.order is not None or keys[:1] == [mine] else None
    learn_parcel(conn, source.id, event, told.delivery.id, told.n, own)
    unjoined = None if own else "parcel_ambiguous" if len(keys) > 1 else "parcel_unjoined"
    return Subject(source, event, known, source, unjoined)


def joined_keys(conn: Connection, catalog: Catalog, carrier: Source, event: Event) -> list[OrderKey]:
    """The order that this carrier's parcel belongs to, as found before; else those that its reference may mean."""
    parcel = event.parcel
    if parcel is None:
        return []
    known = find_parcel(conn, carrier.id, parcel.code)
    if known is not None and known.source_id and known.order_id:
        return [OrderKey(known.source_id, known.order_id)]
    reference = parcel.reference or (known.reference if known else None)
    shops = catalog.shops_of(carrier.id)
    found = orders_of_reference(conn, shops, reference) if reference and shops else []
    return [OrderKey(order.source_id, order.order_id) for order in found]


def _joined(conn: Connection, told: Told, shop: Source, key: OrderKey) -> Subject:
    carrier, event = told.source, told.event
    order = lock_order(conn, *key)
    if order is None:
        raise LookupError("the order of a parcel is gone")
    parcel = learn_parcel(conn, carrier.id, event, told.delivery.id, told.n, key)
    take_over(conn, parcel, event.order_id)
    return Subject(shop, replace(event, order_id=order.order_id, order=None, incomplete=False), order, carrier)


def known_subject(conn: Connection, catalog: Catalog, source: Source, event: Event) -> tuple[Source, Event]:
    """Whose order the event is about, as far as that is known by now; nothing is stored.

    A parcel whose order is known has that order's newest state.
    """
    keys = joined_keys(conn, catalog, source, event)
    shop = catalog.sources.get(keys[0][0]) if len(keys) == 1 else None
    order = find_order(conn, *keys[0]) if shop is not None and keys[0] != (source.id, event.order_id) else None
    newest = newest_event(conn, catalog, order) if order is not None else None
    if shop is None or order is None or newest is None:
        return source, event
    told = replace(newest, topic=event.topic, platform_topic=event.platform_topic, occurred_at=event.occurred_at)
    return shop, replace(told, parcel=event.parcel)
