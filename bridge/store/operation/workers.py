"""Which workers live: each writes its heartbeat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.store.db.tables import workers
from bridge.store.db.upsert import upsert


def beat(conn: Connection, worker_id: str, now: datetime) -> None:
    """This worker lives; rows of those that were silent for a day go."""
    seen = conn.execute(workers.update().where(workers.c.id == worker_id).values(beat_at=now))
    if seen.rowcount == 0:
        upsert(conn, workers, {"id": worker_id}, {"started_at": now, "beat_at": now})


def retire(conn: Connection, worker_id: str) -> None:
    conn.execute(workers.delete().where(workers.c.id == worker_id))


def last_beat(conn: Connection) -> datetime | None:
    return conn.execute(select(func.max(workers.c.beat_at))).scalar()
