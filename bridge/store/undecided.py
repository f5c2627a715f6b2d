"""Deliveries that nobody decided yet: which they are, and whether one of them may tell of an order."""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, Connection, LargeBinary, and_, func, literal, or_, select, true

from bridge.store.tables import deliveries
from bridge.store.upsert import written

UNDECIDED = ("stored", "fetching")
CROWD = 50  # undecided deliveries of one source: to look into more would cost more than to wait

_STORED = deliveries.c.state == written("stored")
_FETCHING = deliveries.c.state == written("fetching")


def undecided(conn: Connection, limit: int) -> list[int]:
    """The oldest deliveries that nobody decided yet."""
    waiting = select(deliveries.c.id).where(_STORED)
    return list(conn.execute(waiting.order_by(deliveries.c.id).limit(limit)).scalars())


def has_undecided(conn: Connection, source_id: str, order_id: str) -> bool:
    """Whether this order may be told of by a delivery of its source that nobody decided yet.

    Such a delivery's bytes hold the order's id, plainly or as JSON may escape it; where a crowd waits, nobody looks.
    """
    waiting = (deliveries.c.source_id == source_id) & (_STORED | _FETCHING)
    found = conn.execute(select(_may_name(conn, order_id)).where(waiting).limit(CROWD)).scalars().all()
    return len(found) == CROWD or any(found)


def id_runs(order_id: str) -> list[str]:
    """The parts of an order's id that stand as they are in the bytes of each delivery that tells of the order."""
    # A run without a digit may be a word of ours before the shop's id.
    return re.findall("[A-Za-z]*[0-9][0-9A-Za-z]*", order_id)


def _may_name(conn: Connection, order_id: str) -> ColumnElement[bool]:
    named = and_(true(), *(_holds(conn, run.encode()) for run in id_runs(order_id)))
    return or_(named, *(_holds(conn, f"\\u00{high}".encode()) for high in "34567"))


def _holds(conn: Connection, part: bytes) -> ColumnElement[bool]:
    if conn.dialect.name == "postgresql":
        return func.position(literal(part, LargeBinary).op("IN")(deliveries.c.body)) > 0
    return func.instr(deliveries.c.body, literal(part, LargeBinary)) > 0
