"""What a worker asks again and again, each with one statement: what its loop sees, and what its jobs have to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Integer, Select, and_, bindparam, func, null, select, true
from sqlalchemy.types import TypeEngine

from bridge.store.db.columns import Instant
from bridge.store.db.tables import calls, deliveries, fetches, messages, results, write_backs
from bridge.store.db.upsert import ONE, written


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in the tables now.

    at         Postgres' own clock, so that one machine's wrong clock rings nobody at night; None on SQLite
    undecided  the oldest deliveries that can be decided
    first_due  when the first call needs attention: it is due, or its lease is over
    """

    at: datetime | None
    undecided: list[int]
    first_due: datetime | None


@cache
def _look(dialect: str) -> Select[Any]:
    clock = func.clock_timestamp(type_=Instant) if dialect == "postgresql" else null()
    first = select(calls.c.wake_at).where(calls.c.wake_at.is_not(None)).order_by(calls.c.wake_at).limit(ONE)
    stored = select(deliveries.c.id).where(deliveries.c.state == written("stored")).order_by(deliveries.c.id)
    oldest = stored.limit(bindparam("most", type_=Integer())).subquery()
    told = select(clock.label("at"), first.scalar_subquery().label("first_due"), oldest.c.id)
    always = select(ONE.label("one")).subquery()  # a row, also where no delivery waits
    return told.select_from(always.outerjoin(oldest, true())).order_by(oldest.c.id)


def look(conn: Connection, most: int) -> Seen:
    """`most`: so many undecided deliveries at most."""
    rows = conn.execute(_look(conn.dialect.name), {"most": most}).all()
    return Seen(rows[0].at, [row.id for row in rows if row.id is not None], rows[0].first_due)


def _is_due(wake_at: Column[datetime]) -> ColumnElement[bool]:
    kind: TypeEngine[datetime] = wake_at.type
    return and_(wake_at.is_not(None), wake_at <= bindparam("now", type_=kind))


_WORK = {
    "settle": select(results.c.id).where(results.c.state == written("stored")),
    "fetch": select(fetches.c.delivery_id).where(_is_due(fetches.c.wake_at)),
    "write_back": select(write_backs.c.id).where(_is_due(write_backs.c.wake_at)),
    "webhooks": select(messages.c.id).where(_is_due(messages.c.wake_at)),
}
_DUE = select(*(rows.exists().label(name) for name, rows in _WORK.items()))


def find_due(conn: Connection, now: datetime) -> set[str]:
    """Of `settle`, `fetch`, `write_back` and `webhooks`, those with a row that waits for them by now."""
    found = conn.execute(_DUE, {"now": now}).mappings().one()
    return {name for name, has_rows in found.items() if has_rows}
