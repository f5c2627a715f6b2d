"""How sources fare: what each sent since the last look, and the row with its usual gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bridge.store.db.tables import deliveries, health, state
from bridge.store.db.upsert import insert_new, upsert

_MARK = "health"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source fares.

    gaps      the longest silence of each of the last days, in seconds: {"2026-11-23": 3600}
    failures  refused in a row; `refused`: of all time, when it was last looked at
    """

    source_id: str
    last_delivery_at: datetime | None
    gaps: Mapping[str, Any]
    failures: int
    last_failure_at: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that a source sent."""

    source_id: str
    at: datetime


def take_mark(conn: Connection, first: datetime) -> datetime | None:
    """Up to when deliveries were looked at, ours until the transaction ends; None while another worker looks."""
    insert_new(conn, state, {"key": _MARK, "value": first.isoformat()})
    mine = select(state.c.value).where(state.c.key == _MARK).with_for_update(skip_locked=True)
    found = conn.execute(mine).scalar()
    return datetime.fromisoformat(found) if found else None


def write_mark(conn: Connection, until: datetime) -> None:
    conn.execute(state.update().where(state.c.key == _MARK).values(value=until.isoformat()))


def sent_between(conn: Connection, since: datetime, until: datetime) -> list[Sent]:
    """Each request that was taken, resends too, oldest first. What was polled was not sent."""
    sent: list[Sent] = []
    for at in (deliveries.c.received_at, deliveries.c.repeated_at):
        query = select(deliveries.c.source_id, at).where(at.is_not(None), at > since, at <= until)
        sent += [Sent(*row) for row in conn.execute(query.where(deliveries.c.recovered.is_(False)))]
    return sorted(sent, key=lambda one: one.at)


def read_health(conn: Connection) -> dict[str, SourceHealth]:
    """By source."""
    return {row.source_id: SourceHealth(*row) for row in conn.execute(select(health))}


def write_health(conn: Connection, source_id: str, values: Mapping[str, Any]) -> None:
    upsert(conn, health, {"source_id": source_id}, values)
