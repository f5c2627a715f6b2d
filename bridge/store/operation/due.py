"""Whether there is anything to do for what a worker does as soon as there is: one question for all of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, and_, bindparam, select
from sqlalchemy.types import TypeEngine

from bridge.store.db.tables import fetches, messages, results, write_backs
from bridge.store.db.upsert import written


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
