"""The stop button: no call of what is paused begins to be dialled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bridge.store.configuration.catalog import touch_catalog
from bridge.store.db.tables import pauses
from bridge.store.db.upsert import upsert
from bridge.store.operation.actions import record_action


@dataclass(frozen=True)
class Pause:
    """`until`: when it ends by itself; None: when a person ends it."""

    kind: str
    name: str
    reason: str
    paused_at: datetime
    until: datetime | None


def pause(
    conn: Connection, kind: str, name: str, reason: str, now: datetime, *, who: str, until: datetime | None = None
) -> None:
    """No call of this rule, hotline or source ("all": no call at all) begins to be dialled from this commit on.

    until   when a worker ends it by itself
    """
    write_pause(conn, kind, name, reason, now, until)
    touch_catalog(conn)
    record_action(conn, "pause", _subject(kind, name), reason, now, who=who)


def resume(conn: Connection, kind: str, name: str, reason: str, now: datetime, *, who: str) -> bool:
    """This pause is over; False if there was none."""
    if not remove_pause(conn, kind, name):
        return False
    touch_catalog(conn)
    record_action(conn, "resume", _subject(kind, name), reason, now, who=who)
    return True


def list_pauses(conn: Connection) -> list[Pause]:
    """Those that hold."""
    return [Pause(*row) for row in conn.execute(select(pauses).order_by(pauses.c.kind, pauses.c.name))]


def _subject(kind: str, name: str) -> str:
    return f"{kind}:{name}" if name else kind


def write_pause(
    conn: Connection, kind: str, name: str, reason: str, now: datetime, until: datetime | None = None
) -> None:
    upsert(conn, pauses, {"kind": kind, "name": name}, {"reason": reason, "paused_at": now, "until": until})


def remove_pause(conn: Connection, kind: str, name: str) -> bool:
    """True if there was one."""
    where = (pauses.c.kind == kind) & (pauses.c.name == name)
    return conn.execute(pauses.delete().where(where)).rowcount > 0
