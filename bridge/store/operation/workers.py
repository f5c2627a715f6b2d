"""Which workers are alive: each writes its heartbeat."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bridge.store.db.tables import workers
from bridge.store.db.upsert import upsert

WORKER_SILENCE = timedelta(seconds=60)  # after so long without a heartbeat no worker counts as alive


def beat(conn: Connection, worker_id: str, now: datetime) -> None:
    """Write this worker's heartbeat."""
    seen = conn.execute(workers.update().where(workers.c.id == worker_id).values(beat_at=now))
    if seen.rowcount == 0:
        upsert(conn, workers, {"id": worker_id}, {"started_at": now, "beat_at": now})


def retire(conn: Connection, worker_id: str) -> None:
    """This worker has stopped."""
    conn.execute(workers.delete().where(workers.c.id == worker_id))


def last_beat(conn: Connection) -> datetime | None:
    """The newest heartbeat of any worker."""
    return conn.execute(select(func.max(workers.c.beat_at))).scalar()


def is_worker_alive(conn: Connection, now: datetime) -> bool:
    """Whether any worker wrote a heartbeat within WORKER_SILENCE."""
    beat_at = last_beat(conn)
    return beat_at is not None and now - beat_at <= WORKER_SILENCE
