"""Requests that no secret of their source had signed, counted by reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.core.model import Json
from bridge.store.db.tables import (
    refusals,
)
from bridge.store.db.upsert import upsert


def count_refusal(conn: Connection, source_id: str, reason: str, now: datetime) -> None:
    """One more request that this source's secrets did not sign."""
    same = (refusals.c.source_id == source_id) & (refusals.c.reason == reason)
    counted = conn.execute(refusals.update().where(same).values(count=refusals.c.count + 1, last_at=now))
    if counted.rowcount == 0:
        upsert(conn, refusals, {"source_id": source_id, "reason": reason}, {"count": 1, "last_at": now})


def read_refusals(conn: Connection) -> list[dict[str, Json]]:
    """Per source and reason, how many requests its secrets had not signed."""
    rows = conn.execute(select(refusals).order_by(refusals.c.source_id, refusals.c.reason))
    return [
        {"source": row.source_id, "reason": row.reason, "count": row.count, "last_at": row.last_at.isoformat()}
        for row in rows
    ]


@dataclass(frozen=True)
class Refused:
    """All refusals of a source that ever were."""

    total: int
    last_at: datetime


def refused_so_far(conn: Connection) -> dict[str, Refused]:
    """By source."""
    query = select(
        refusals.c.source_id, func.sum(refusals.c.count).label("n"), func.max(refusals.c.last_at).label("at")
    )
    rows = conn.execute(query.group_by(refusals.c.source_id))
    return {row.source_id: Refused(int(row.n), row.at) for row in rows}
