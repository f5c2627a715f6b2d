"""A phone that is about to be rung: what other calls do with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, or_, select

from bridge.store.tables import attempts, calls
from bridge.store.upsert import written

_IN_FLIGHT = (
    select(calls.c.id)
    .where(calls.c.state == written("dialing"), calls.c.phone == bindparam("phone"), calls.c.id != bindparam("but"))
    .limit(1)
)
_LAST_RING = select(func.max(attempts.c.started_at)).where(
    attempts.c.phone == bindparam("phone"),
    attempts.c.call_id != bindparam("but"),
    or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_((written("accepted"), written("unsure")))),
)
_RESTS = select(_IN_FLIGHT.exists().label("in_flight"), _LAST_RING.scalar_subquery().label("last_ring"))


def look_at_phone(conn: Connection, phone: str, but: int) -> tuple[bool, datetime | None]:
    """Of other calls than this: whether one of this phone is dialing, and when the last request started.

    That which reached, or may have reached, the phone.
    """
    row = conn.execute(_RESTS, {"phone": phone, "but": but}).one()
    return bool(row.in_flight), row.last_ring
