"""How far a new installation has come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select

from bridge.core.model import OrderKey
from bridge.store.db.tables import attempts, deliveries, orders, rules, sources


@dataclass(frozen=True)
class Beginnings:
    """What is there at all: `order` is one that arrived, by which the words can be tried."""

    source: bool
    rule: bool
    delivery: bool
    attempt: bool
    order: OrderKey | None


def read_beginnings(conn: Connection) -> Beginnings:
    """Each by the first row that is found."""
    source, rule, delivery, attempt = (
        bool(conn.execute(select(exists().select_from(table))).scalar())
        for table in (sources, rules, deliveries, attempts)
    )
    newest = select(orders.c.source_id, orders.c.order_id).order_by(orders.c.first_seen_at.desc()).limit(1)
    order = conn.execute(newest).first()
    return Beginnings(source, rule, delivery, attempt, OrderKey(order[0], order[1]) if order else None)
