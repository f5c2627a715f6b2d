"""Requests that were refused, counted by source and reason; and those that reached no source at all, by address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from bridge.core.model import Json
from bridge.store.db.locks import lock_name
from bridge.store.db.tables import refusals
from bridge.store.db.upsert import count_up

# Reasons of requests that never reached a source's verification: a wrong address, or no POST.
MISADDRESSED = ("unknown_source", "wrong_address", "wrong_method")

# Anybody can ask for any address: those beyond this many are counted as one.
MOST_ADDRESSES = 100
OTHERS = "…"


def count_refusal(conn: Connection, source_id: str, reason: str, now: datetime, count: int = 1) -> None:
    """So many more requests that this source's secrets did not sign."""
    count_up(conn, refusals, {"source_id": source_id, "reason": reason}, count, last_at=now)


def read_refusals(conn: Connection) -> list[dict[str, Json]]:
    """Per source and reason, how many requests its secrets had not signed."""
    return _read(conn, refusals.c.reason.not_in(MISADDRESSED))


def count_misaddressed(conn: Connection, name: str, reason: str, now: datetime, count: int = 1) -> None:
    """So many more requests under /hooks/ that reached no source. `name`: what stood there for the source's id."""
    if reason == "unknown_source":
        lock_name(conn, reason)  # or each web process would fill the table with names of its own
        known = select(refusals.c.source_id).where(refusals.c.reason == reason)
        names = set(conn.execute(known.limit(MOST_ADDRESSES + 1)).scalars())
        name = name if name in names or len(names) < MOST_ADDRESSES else OTHERS
    count_refusal(conn, name, reason, now, count)


def read_misaddressed(conn: Connection) -> list[dict[str, Json]]:
    """Per address and reason, how many requests reached no source, the most frequent first."""
    found = _read(conn, refusals.c.reason.in_(MISADDRESSED))
    return sorted(found, key=lambda row: -row["count"])


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
    rows = conn.execute(query.where(refusals.c.reason.not_in(MISADDRESSED)).group_by(refusals.c.source_id))
    return {row.source_id: Refused(int(row.n), row.at) for row in rows}


def _read(conn: Connection, which: ColumnElement[bool]) -> list[dict[str, Json]]:
    rows = conn.execute(select(refusals).where(which).order_by(refusals.c.source_id, refusals.c.reason))
    return [
        {"source": row.source_id, "reason": row.reason, "count": row.count, "last_at": row.last_at.isoformat()}
        for row in rows
    ]
