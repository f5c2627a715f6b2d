"""What is known of each source's webhooks at its shop: where they lead, and for which topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.store.db.tables import deliveries, state
from bridge.store.db.upsert import upsert

_PREFIX = "hooks "


@dataclass(frozen=True)
class KnownHooks:
    """`address`: "" where the shop does not say where they lead."""

    address: str
    topics: tuple[str, ...]


def known_hooks(conn: Connection) -> Mapping[str, KnownHooks]:
    """By source, those that were registered here or seen at the shop."""
    rows = conn.execute(select(state.c.key, state.c.value).where(state.c.key.startswith(_PREFIX, autoescape=True)))
    found = {row.key.removeprefix(_PREFIX): row.value for row in rows}
    return {source: KnownHooks(each["address"], tuple(each["topics"])) for source, each in found.items()}


def remember_hooks(conn: Connection, source_id: str, address: str, topics: Iterable[str]) -> None:
    value = {"address": address, "topics": sorted(topics)}
    upsert(conn, state, {"key": f"{_PREFIX}{source_id}"}, {"value": value})


def received_since(conn: Connection, source_id: str, since: datetime) -> datetime | None:
    """When the source's first delivery from then on came; None: there is none yet."""
    first: datetime | None = conn.execute(
        select(func.min(deliveries.c.received_at)).where(
            deliveries.c.source_id == source_id, deliveries.c.received_at >= since
        )
    ).scalar_one()
    return first
