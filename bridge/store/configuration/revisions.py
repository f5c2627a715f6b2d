"""Revisions: the configuration as it stood after each change of it, who made it and why; and what files said last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from bridge.core.model import Json, Revision
from bridge.store.db.tables import revisions, state
from bridge.store.db.upsert import upsert

_NEWEST = select(func.max(revisions.c.number))


def store_revision(
    conn: Connection, documents: Mapping[str, Sequence[Json]], origin: str, who: str, reason: str, now: datetime
) -> int:
    """Keep the configuration as it stands now, and return its number."""
    values = {"origin": origin, "who": who, "reason": reason, "at": now, "documents": dict(documents)}
    number: int = conn.execute(revisions.insert().values(values).returning(revisions.c.number)).scalar_one()
    return number


def newest_revision(conn: Connection) -> int | None:
    """The number of the configuration of now; None before the first change."""
    number: int | None = conn.execute(_NEWEST).scalar()
    return number


def find_revision(conn: Connection, number: int) -> Revision | None:
    row = conn.execute(select(revisions).where(revisions.c.number == number)).first()
    return Revision(*row) if row is not None else None


def find_before(conn: Connection, number: int) -> Revision | None:
    """The revision before this one; None where it is the first."""
    query = select(revisions).where(revisions.c.number < number).order_by(revisions.c.number.desc()).limit(1)
    row = conn.execute(query).first()
    return Revision(*row) if row is not None else None


def list_revisions(conn: Connection, limit: int, below: int | None = None) -> list[Revision]:
    """Newest first. `below`: only those before this number."""
    query = select(revisions).order_by(revisions.c.number.desc()).limit(limit)
    if below is not None:
        query = query.where(revisions.c.number < below)
    return [Revision(*row) for row in conn.execute(query)]


def read_applied(conn: Connection) -> dict[str, dict[str, Json]]:
    """What files said last of each entry, by kind and name; {} before the first apply."""
    return dict(conn.execute(select(state.c.value).where(state.c.key == "applied")).scalar() or {})


def write_applied(conn: Connection, applied: Mapping[str, Mapping[str, Json]]) -> None:
    upsert(conn, state, {"key": "applied"}, {"value": {kind: dict(named) for kind, named in applied.items()}})
