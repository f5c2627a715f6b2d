"""Alarms: what a person must look at, opened once and closed when it ends. Facts are never personal."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, select

from bridge.core.model import Json
from bridge.store.db.engine import Store
from bridge.store.db.tables import alarms
from bridge.store.db.upsert import insert_new
from bridge.store.notify.messages import ALARM_CLOSED, ALARM_OPENED, tell

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredAlarm:
    """An alarm; open while `closed_at` is None. `sent_at`: when ALARM_URL took its opening, or its closing."""

    id: int
    key: str
    facts: Mapping[str, Json]
    opened_at: datetime
    closed_at: datetime | None
    sent_at: datetime | None


def keep_alarm(
    store: Store, key: str, is_so: bool, facts: Mapping[str, Json], now: datetime, *, renew: bool = False
) -> None:
    """The alarm is open while it is so, and closed while it is not; each change is one line in the log.

    `renew`: one that is open already has these facts from now on.
    """
    renew = renew and is_so
    with store.read() as conn:
        if is_open(conn, key) == is_so and not renew:
            return
    with store.write() as conn:
        changed = open_alarm(conn, key, facts, now) if is_so else close_alarm(conn, key, now)
        if renew and not changed:
            renew_alarm(conn, key, facts)
    if changed and is_so:
        log.error("alarm opened key=%s facts=%s", key, json.dumps(dict(facts)))
    elif changed:
        log.warning("alarm closed key=%s", key)


def close_others(store: Store, kinds: Collection[str], names: Collection[str], now: datetime) -> None:
    """Close the alarms `KIND:NAME` of these kinds whose name is not among these: what it was about is gone."""
    with store.read() as conn:
        keys = [str(alarm["key"]) for alarm in list_alarms(conn)]
    for key in keys:
        kind, _, name = key.partition(":")
        if kind in kinds and name not in names:
            keep_alarm(store, key, False, {}, now)


def open_alarm(conn: Connection, key: str, facts: Mapping[str, Json], now: datetime) -> bool:
    """The alarm is open; True if it was not before."""
    new = insert_new(conn, alarms, {"key": key, "facts": dict(facts), "opened_at": now})
    if new is not None:
        tell(conn, ALARM_OPENED, {"id": new, "key": key, "facts": dict(facts), "opened_at": now.isoformat()}, now)
    return new is not None


def is_open(conn: Connection, key: str) -> bool:
    return bool(conn.execute(select(exists().where(alarms.c.key == key, alarms.c.closed_at.is_(None)))).scalar())


def renew_alarm(conn: Connection, key: str, facts: Mapping[str, Json]) -> None:
    """The alarm, if it is open, has these facts from now on; it is not sent again."""
    same = and_(alarms.c.key == key, alarms.c.closed_at.is_(None))
    conn.execute(alarms.update().where(same).values(facts=dict(facts)))


def close_alarm(conn: Connection, key: str, now: datetime) -> bool:
    """The alarm is closed; True if it was open."""
    same = and_(alarms.c.key == key, alarms.c.closed_at.is_(None))
    closing = alarms.update().where(same).values(closed_at=now, told_at=None)
    row = conn.execute(closing.returning(alarms.c.id, alarms.c.facts, alarms.c.opened_at)).first()
    if row is not None:
        opened = {"id": row.id, "key": key, "facts": row.facts, "opened_at": row.opened_at.isoformat()}
        tell(conn, ALARM_CLOSED, {**opened, "closed_at": now.isoformat()}, now)
    return row is not None


def list_alarms(conn: Connection) -> list[dict[str, Json]]:
    """Those that are open, oldest first."""
    rows = conn.execute(select(alarms).where(alarms.c.closed_at.is_(None)).order_by(alarms.c.opened_at))
    return [{"key": row.key, "opened_at": row.opened_at.isoformat(), "facts": row.facts} for row in rows]


def recent_alarms(conn: Connection, limit: int, below: int | None = None) -> list[StoredAlarm]:
    """Open and closed ones, the newest first. `below`: only those before this id."""
    query = select(alarms).order_by(alarms.c.id.desc()).limit(limit)
    if below is not None:
        query = query.where(alarms.c.id < below)
    return [StoredAlarm(*row) for row in conn.execute(query)]


def unsent_alarms(conn: Connection, limit: int) -> list[StoredAlarm]:
    """Alarms whose opening or closing ALARM_URL has not taken yet, oldest first."""
    query = select(alarms).where(alarms.c.told_at.is_(None)).order_by(alarms.c.id).limit(limit)
    return [StoredAlarm(*row) for row in conn.execute(query)]


def mark_sent(conn: Connection, alarm_id: int, closed_at: datetime | None, now: datetime) -> None:
    """ALARM_URL took it, with this `closed_at`: a closing that came meanwhile is sent too."""
    same = and_(alarms.c.id == alarm_id, alarms.c.closed_at.is_not_distinct_from(closed_at))
    conn.execute(alarms.update().where(same).values(told_at=now))
