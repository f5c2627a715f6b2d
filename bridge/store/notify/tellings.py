"""Which alarms a channel to people has told, and which it is still to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from bridge.store.db.tables import alarms, tellings
from bridge.store.db.upsert import upsert
from bridge.store.operation.alarms import StoredAlarm


@dataclass(frozen=True, slots=True)
class News:
    """An alarm of which a channel has something to tell: that it opened, or, where it is closed, that it is over."""

    alarm: StoredAlarm
    was_told: bool  # its opening


def untold(conn: Connection, channel: str, since: datetime, limit: int) -> list[News]:
    """The alarms that are open, or closed since then, and not told so by this channel, oldest first."""
    mine = and_(tellings.c.channel == channel, tellings.c.alarm_id == alarms.c.id)
    open_now = and_(alarms.c.closed_at.is_(None), tellings.c.opened_told_at.is_(None))
    closed_since = and_(alarms.c.closed_at >= since, tellings.c.closed_told_at.is_(None))
    query = (
        select(alarms, tellings.c.opened_told_at)
        .select_from(alarms.outerjoin(tellings, mine))
        .where(or_(open_now, closed_since))
        .order_by(alarms.c.id)
    )
    return [News(StoredAlarm(*row[:-1]), row[-1] is not None) for row in conn.execute(query.limit(limit))]


def last_told(conn: Connection, channel: str) -> datetime | None:
    """When this channel last told of an alarm."""
    query = select(func.max(tellings.c.opened_told_at), func.max(tellings.c.closed_told_at))
    row = conn.execute(query.where(tellings.c.channel == channel)).one()
    return max((at for at in row if at is not None), default=None)


def mark_told(conn: Connection, channel: str, news: Sequence[News], now: datetime) -> None:
    """The channel told these, as they were."""
    for each in news:
        told = {} if each.was_told else {"opened_told_at": now}
        if each.alarm.closed_at is not None:
            told["closed_told_at"] = now
        upsert(conn, tellings, {"channel": channel, "alarm_id": each.alarm.id}, told)
