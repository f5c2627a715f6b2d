"""VBot's numbers that ring: how many calls each may have at once, and how many it may start in a minute.

Where one request carries several calls each costs a token, and they start at one instant. GCRA spreads calls evenly; a
batch takes the tokens of its later calls in advance. No 60 s see more than the rate then if the calls started in SPREAD
before the batch, and those of the batch, are together no more: counted from rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select

from bridge.core.call_states import CallState
from bridge.core.schedule import SPREAD, gcra
from bridge.store.calls import is_in
from bridge.store.db.tables import attempts, calls, hotlines

RATE_RETRY = timedelta(seconds=1)  # the rate is full: look again after this
TALK_ASSUMED = timedelta(minutes=5)  # a placed call without a result holds its place this long
_CODES = select(hotlines.c.code).order_by(hotlines.c.code)
_HOTLINE = select(hotlines).where(hotlines.c.code == bindparam("code"))
_FREE_HOTLINE = _HOTLINE.with_for_update(skip_locked=True)
_LIMITED_HOTLINE = _HOTLINE.where(hotlines.c.per_minute.is_not(None)).with_for_update()
_LIMITED_HOTLINES = (
    select(hotlines.c.code)
    .where(hotlines.c.code.in_(bindparam("codes", expanding=True)), hotlines.c.per_minute.is_not(None))
    .order_by(hotlines.c.code)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class Hotline:
    """One of VBot's numbers. Limits are None where there is none.

    per_minute  so many calls may start in a minute; next_at: when the next one may
    max_active  so many may be under way at once
    """

    code: str
    per_minute: int | None
    max_active: int | None
    next_at: datetime | None
    configured: bool


def list_hotlines(conn: Connection) -> list[str]:
    return list(conn.execute(_CODES).scalars())


def lock_hotline(conn: Connection, code: str) -> Hotline | None:
    """The hotline, ours until the transaction ends; None while another worker has it."""
    row = conn.execute(_FREE_HOTLINE, {"code": code}).first()
    return Hotline(*row) if row is not None else None


def lock_hotlines(conn: Connection, codes: Collection[str]) -> set[str]:
    """Those of these hotlines that have a rate; nobody else takes a token of them until the transaction ends."""
    return set(conn.execute(_LIMITED_HOTLINES, {"codes": sorted(codes)}).scalars()) if codes else set()


def find_hotline(conn: Connection, code: str) -> Hotline | None:
    row = conn.execute(_HOTLINE, {"code": code}).first()
    return Hotline(*row) if row is not None else None


def count_active(conn: Connection, hotline: str, now: datetime) -> int:
    """Calls of this hotline that are queued or dialing, or placed so lately that they may still talk."""
    same = calls.c.hotline == hotline
    each = (
        select(func.count()).where(same, is_in(CallState.QUEUED)),
        select(func.count()).where(same, is_in(CallState.DIALING)),
        select(func.count()).where(same, is_in(CallState.PLACED), calls.c.placed_at > now - TALK_ASSUMED),
    )
    return sum(int(conn.execute(query).scalar_one()) for query in each)


def take_token(conn: Connection, hotline: str, now: datetime) -> datetime | None:
    """None when this hotline may ring now, its next instant moved on; else when to come back."""
    limits = conn.execute(_LIMITED_HOTLINE, {"code": hotline}).first()
    if limits is None:
        return None  # without a limit there is nothing to wait for
    next_at: datetime | None = limits.next_at
    if paid_ahead(conn, hotline, limits.per_minute, next_at, now):
        return next_at  # by a batch
    granted, next_at = gcra(next_at, now, limits.per_minute, 1)
    conn.execute(hotlines.update().where(hotlines.c.code == hotline).values(next_at=next_at))
    return None if granted else next_at


def take_another(conn: Connection, hotline: str, now: datetime) -> datetime | None:
    """The token of one more call in a request that has one already: None when it is taken, else when to come back."""
    limits = conn.execute(select(hotlines).where(hotlines.c.code == hotline).with_for_update()).first()
    if limits is None or limits.per_minute is None:
        return None
    next_at: datetime = max(limits.next_at or now, now)
    if count_started(conn, hotline, now - SPREAD) >= limits.per_minute:
        return max(next_at, now + RATE_RETRY)
    moved = next_at + interval(limits.per_minute)
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
