"""A hotline's rate where one request carries several calls: each costs a token, and they start at one instant.

GCRA spreads calls evenly; a batch takes the tokens of its later calls in advance. No 60 s see more than the rate then
if the calls started in SPREAD before the batch, and those of the batch, are together no more: counted from rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bridge.core.schedule import SPREAD
from bridge.store.tables import attempts, hotlines

SOON = timedelta(seconds=1)


def take_another(conn: Connection, hotline: str, now: datetime) -> datetime | None:
    """The token of one more call in a request that has one already: None when it is taken, else when to come back."""
    line = conn.execute(select(hotlines).where(hotlines.c.code == hotline).with_for_update()).first()
    if line is None or line.per_minute is None:
        return None
    next_at: datetime = max(line.next_at or now, now)
    if count_started(conn, hotline, now - SPREAD) >= line.per_minute:
        return max(next_at, now + SOON)
    moved = next_at + interval(line.per_minute)
    conn.execute(hotlines.update().where(hotlines.c.code == hotline).values(next_at=moved))
    return None


def paid_ahead(conn: Connection, hotline: str, per_minute: int, next_at: datetime | None, now: datetime) -> bool:
    """Whether this `next_at`, further away than one call's interval, comes from batches and not from a wrong clock."""
    if next_at is None or next_at <= now + interval(per_minute):
        return False
    return next_at <= now + count_started(conn, hotline, now - SPREAD) * interval(per_minute)


def count_started(conn: Connection, hotline: str, since: datetime) -> int:
    """Requests of this hotline that were started after this, whatever became of them."""
    started = select(func.count()).where(attempts.c.started_at > since, attempts.c.hotline == hotline)
    return int(conn.execute(started).scalar_one())


def interval(per_minute: int) -> timedelta:
    """Between two calls, rounded up to a microsecond."""
    return -(-SPREAD // per_minute)


def read_limits(conn: Connection, hotline: str) -> tuple[int | None, int | None]:
    """How many calls this hotline may start in a minute, and have at once; None without a limit."""
    line = conn.execute(select(hotlines).where(hotlines.c.code == hotline)).first()
    return (line.per_minute, line.max_active) if line is not None else (None, None)
