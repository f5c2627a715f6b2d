"""What one of all workers does, once in a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from bridge.store.db.tables import state
from bridge.store.db.upsert import insert_new


def take_turn(conn: Connection, what: str, now: datetime, every: timedelta) -> bool:
    """True for one of all who come within `every`: it is theirs to do this, and nobody else's."""
    key = f"turn {what}"
    insert_new(conn, state, {"key": key, "value": ""})
    last = conn.execute(select(state.c.value).where(state.c.key == key).with_for_update()).scalar_one()
    if last and abs(now - datetime.fromisoformat(last)) < every:
        return False
    conn.execute(state.update().where(state.c.key == key).values(value=now.isoformat()))
    return True
