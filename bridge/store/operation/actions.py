"""What people do by hand: every act is recorded, with its reason, in the transaction that carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bridge.store.db.chunks import chunks
from bridge.store.db.tables import actions

_ACT = (
    actions.c.id,
    actions.c.at,
    actions.c.who,
    actions.c.command.label("what"),
    actions.c.subject.label("on"),
    actions.c.reason,
)


@dataclass(frozen=True)
class Act:
    """What somebody did. `who`: a user of the machine, a token of the API, or the worker by a setting."""

    id: int
    at: datetime
    who: str
    what: str
    on: str
    reason: str


def record_action(conn: Connection, command: str, subject: str, reason: str, now: datetime, *, who: str) -> None:
    """`subject` names what was acted on, as "call:4711"; never a phone number or a name."""
    done = {"at": now, "who": who, "command": command, "subject": subject, "reason": reason}
    conn.execute(actions.insert().values(done))


def list_actions(
    conn: Connection,
    limit: int,
    *,
    since: datetime | None = None,
    who: str | None = None,
    what: str | None = None,
    cursor: int | None = None,
) -> list[Act]:
    """Newest first; `cursor` is the id behind which to go on."""
    query = select(*_ACT).order_by(actions.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(actions.c.at >= since)
    if who is not None:
        query = query.where(actions.c.who == who)
    if what is not None:
        query = query.where(actions.c.command == what)
    if cursor is not None:
        query = query.where(actions.c.id < cursor)
    return [Act(*row) for row in conn.execute(query)]


def actions_on(conn: Connection, subjects: Sequence[str]) -> list[Act]:
    """What was done to these, as "call:4711", oldest first."""
    found = [
        Act(*row) for some in chunks(subjects) for row in conn.execute(select(*_ACT).where(actions.c.subject.in_(some)))
    ]
    return sorted(found, key=lambda act: act.id)
