"""What people configured, as documents: sources, rules, hotlines and holidays are written, removed and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, and_, select

from bridge.core.model import Json
from bridge.store.db.encryption import Seal
from bridge.store.db.tables import deliveries, hotlines, rules, sources, state
from bridge.store.db.upsert import upsert, written

if TYPE_CHECKING:
    from bridge.store.notify.receivers import Kind


def write_source(conn: Connection, seal: Seal, document: Mapping[str, Json], credentials: Json, now: datetime) -> None:
    """Store the source that this document describes; `credentials` {secrets, settings} are sealed.

    Which order its undecided deliveries are about may be read differently from now on, so it is no longer known.
    """
    known = and_(deliveries.c.source_id == document["id"], deliveries.c.order_id.is_not(None))
    for undecided in ("stored", "fetching"):
        mine = and_(known, deliveries.c.state == written(undecided))
        conn.execute(deliveries.update().where(mine).values(order_id=None))
    upsert(
        conn,
        sources,
        {"id": document["id"]},
        {
            "platform": document["platform"],
            "enabled": document.get("enabled", True),
            "document": dict(document),
            "sealed": seal.close(credentials),
            "removed_at": None,
            "updated_at": now,
        },
    )


def write_rule(conn: Connection, position: int, document: Mapping[str, Json], now: datetime) -> None:
    upsert(
        conn,
        rules,
        {"name": document["rule"]},
        {"position": position, "document": dict(document), "updated_at": now},
    )


def write_hotline(conn: Connection, document: Mapping[str, Json]) -> None:
    limits = {key: document.get(key) for key in ("per_minute", "max_active")}
    upsert(conn, hotlines, {"code": document["code"]}, {**limits, "configured": True})


def write_holidays(conn: Connection, days: Sequence[str]) -> None:
    upsert(conn, state, {"key": "holidays"}, {"value": list(days)})


def write_group(conn: Connection, kind: str, group: Mapping[str, Json]) -> None:
    """`kind`: templates or reports."""
    upsert(conn, state, {"key": f"configured:{kind}"}, {"value": dict(group)})


def read_group(conn: Connection, kind: str) -> dict[str, Json]:
    """What files wrote under `templates` or `reports`; {} where nothing is written."""
    return dict(conn.execute(select(state.c.value).where(state.c.key == f"configured:{kind}")).scalar() or {})


def remove_source(conn: Connection, name: str, now: datetime) -> None:
    """Its deliveries stay; its credentials and its place in the catalog go."""
    conn.execute(sources.update().where(sources.c.id == name).values(removed_at=now, sealed="", enabled=False))


def remove_rule(conn: Connection, name: str) -> None:
    conn.execute(rules.delete().where(rules.c.name == name))


def remove_hotline(conn: Connection, code: str) -> None:
    values = {"configured": False, "per_minute": None, "max_active": None}
    conn.execute(hotlines.update().where(hotlines.c.code == code).values(values))


def read_documents(conn: Connection) -> dict[str, Any]:
    """The configuration as plain documents {sources, hotlines, holidays, rules}, credentials as ${NAME} or …

    Beside them, where something is written, `webhooks`, `notify`, `templates` (texts, by code) and `reports` (rates).
    """
    kept = conn.execute(select(sources).where(sources.c.removed_at.is_(None)).order_by(sources.c.id)).all()
    limits = conn.execute(select(hotlines).where(hotlines.c.configured).order_by(hotlines.c.code)).all()
    return {
        "sources": [row.document for row in kept],
        "hotlines": [_hotline(row) for row in limits],
        "holidays": [day.isoformat() for day in sorted(read_holidays(conn))],
        "rules": [row.document for row in conn.execute(select(rules).order_by(rules.c.position, rules.c.name))],
        **_receivers(conn),
        **{kind: group for kind in ("templates", "reports") if (group := read_group(conn, kind))},
    }


def _receivers(conn: Connection) -> dict[str, list[Json]]:
    """The lists of receivers that have one."""
    from bridge.store.notify.receivers import list_receivers  # noqa: PLC0415  few look-ups show them

    lists: tuple[tuple[str, Kind], ...] = (("webhooks", "webhook"), ("notify", "channel"))
    found = {name: [one.document for one in list_receivers(conn, kind)] for name, kind in lists}
    return {name: documents for name, documents in found.items() if documents}


def read_credentials(conn: Connection, seal: Seal, source_id: str) -> Json:
    """The opened credentials {secrets, settings} of a source, or None if it has none."""
    row = conn.execute(select(sources.c.sealed).where(sources.c.id == source_id)).first()
    return seal.open(row.sealed, f"source {source_id}") if row and row.sealed else None


def find_platform_of(conn: Connection, source_id: str) -> str | None:
    """The platform's name of a source, also of one that was removed; None if there never was one."""
    if "\0" in source_id or not source_id.isascii():
        return None  # a name that no source can have, and not every database can hold
    name: str | None = conn.execute(select(sources.c.platform).where(sources.c.id == source_id)).scalar()
    return name


def source_ids(conn: Connection) -> list[str]:
    """Every source that ever was, removed ones too."""
    return list(conn.execute(select(sources.c.id).order_by(sources.c.id)).scalars())


def read_holidays(conn: Connection) -> frozenset[date]:
    """Return the days on which no rule calls."""
    days = conn.execute(select(state.c.value).where(state.c.key == "holidays")).scalar()
    return frozenset(date.fromisoformat(day) for day in days or [])


def _hotline(row: Row[tuple[str, int | None, int | None, datetime | None, bool]]) -> dict[str, Json]:
    limits = {"per_minute": row.per_minute, "max_active": row.max_active}
    return {"code": row.code, **{key: value for key, value in limits.items() if value is not None}}
