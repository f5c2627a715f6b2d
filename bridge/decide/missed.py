"""Deliveries that were never decided: their source was switched off, or they could not be read.

A replay learns from them what they hold of the orders that it decides again, so that a cancel among them prevents
the ring, whichever of them is replayed first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bridge.core.model import Delivery, Event, OrderKey
from bridge.decide.subject import learn_subjects
from bridge.receive.stored import open_delivery
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import BATCH, list_missed, read_deliveries
from bridge.store.orders import Told


@dataclass(frozen=True, repr=False)
class Missed:
    """What the deliveries that were never decided hold of the orders of those that are replayed.

    of_delivery  id of a delivery, replayed or missed -> its orders
    of_order     order -> the missed deliveries that name it, and the topic in each
    """

    of_delivery: Mapping[int, frozenset[OrderKey]]
    of_order: Mapping[OrderKey, tuple[tuple[int, str], ...]]

    def beside(self, delivery_id: int) -> list[int]:
        """The missed deliveries, other than this one, that name an order of this one."""
        orders = self.of_delivery.get(delivery_id, frozenset())
        return sorted({other for order in orders for other, _ in self.of_order.get(order, ())} - {delivery_id})


def find_missed(store: Store, catalogs: Catalogs, ids: Sequence[int]) -> Missed:
    """The missed deliveries of the same sources as these, read by today's adapters."""
    with store.read() as conn:
        missed = set(list_missed(conn, ids))
    of_delivery: dict[int, frozenset[OrderKey]] = {}
    of_order: dict[OrderKey, list[tuple[int, str]]] = {}
    every = sorted(missed | set(ids)) if missed else []
    for n in range(0, len(every), BATCH):
        with store.read() as conn:
            catalog = catalogs.read(conn)
            read = [(row, _try_to_read(conn, catalog, row)) for row in read_deliveries(conn, every[n : n + BATCH])]
        for row, events in read:
            of_delivery[row.id] = frozenset(OrderKey(row.source_id, event.order_id) for event in events)
            for event in events if row.id in missed else ():
                of_order.setdefault(OrderKey(row.source_id, event.order_id), []).append((row.id, event.topic))
    return Missed(of_delivery, {order: tuple(found) for order, found in of_order.items()})


def learn_missed(
    conn: Connection, catalog: Catalog, missed: Missed, row: Delivery, ids: Sequence[int], now: datetime
) -> None:
    """Learn from these missed deliveries the newest state of each order that this one names."""
    mine, source = missed.of_delivery.get(row.id, frozenset()), catalog.sources.get(row.source_id)
    if source is None:
        return
    found = [
        (event.order_id, other.id, n, other, event)
        for start in range(0, len(ids), BATCH)
        for other in read_deliveries(conn, ids[start : start + BATCH])
        for n, event in enumerate(_try_to_read(conn, catalog, other))
        if (row.source_id, event.order_id) in mine
    ]
    own = [(event.order_id, row.id, n, row, event) for n, event in enumerate(_try_to_read(conn, catalog, row)) if found]
    # All orders of this transaction are locked in one order of ids, as by `decide`.
    for _, _, n, other, event in sorted([*found, *own], key=lambda one: one[:3]):
        learn_subjects(conn, catalog, [Told(source, other, n, event)], now)


def _try_to_read(conn: Connection, catalog: Catalog, row: Delivery) -> tuple[Event, ...]:
    if row.is_erased:
        return ()
    try:
        stored = open_delivery(conn, catalog, row)
        return stored.read().events if stored else ()
    except Exception:
        # Reported when the delivery itself is replayed; here it only adds nothing to an order.
        return ()
