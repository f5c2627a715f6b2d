"""A phone that is about to be rung: whether it may be, and what other calls do with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, union_all

from bridge.core.call_states import CallState
from bridge.core.model import MAY_HAVE_REACHED
from bridge.store.calls import is_in
from bridge.store.db.columns import Instant
from bridge.store.db.locks import lock_names
from bridge.store.db.tables import attempts, calls, dnc
from bridge.store.db.upsert import written

_REACHED = or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_([written(outcome) for outcome in MAY_HAVE_REACHED]))


@dataclass(frozen=True, repr=False)
class Phone:
    """A number, and what speaks against ringing it: the do-not-call list, and other calls than this one.

    last_ring  when the last request started that reached, or may have reached, the phone
    rings      how many such requests the day saw so far, those of the call that asks among them
    """

    number: str
    is_listed: bool
    in_flight: bool
    last_ring: datetime | None
    rings: int


def of_phone(number: str) -> ColumnElement[bool]:
    """The calls that ring this number, or rang it in an earlier attempt."""
    # As two looks: Postgres, for which no index serves both at once, would read all calls.
    ringing = calls.alias()
    rings = select(ringing.c.id).where(ringing.c.phone == number)
    return calls.c.id.in_(union_all(rings, select(attempts.c.call_id).where(attempts.c.phone == number)))


def lock_phone(conn: Connection, number: str) -> None:
    """Until this transaction ends nobody else looks whether this phone may ring."""
    lock_phones(conn, (number,))


def lock_phones(conn: Connection, numbers: Iterable[str]) -> None:
    """As `lock_phone`, for each of these."""
    lock_names(conn, {f"phone {number}" for number in numbers})


@dataclass(frozen=True, repr=False)
class AskedPhone:
    """The number that a call is to ring, and when that number's local day began."""

    call_id: int
    number: str
    day: datetime


def look_at_phones(conn: Connection, asked: Sequence[AskedPhone]) -> dict[int, Phone]:
    """By call, the phone as that call finds it; to whoever has locked it this stays true until the transaction ends."""
    if not asked:
        return {}
    bound: dict[str, Any] = {}
    for n, one in enumerate(asked):
        bound |= {f"call_{n}": one.call_id, f"phone_{n}": one.number, f"day_{n}": one.day}
    return {
        row.call_id: Phone(row.phone, bool(row.is_listed), bool(row.in_flight), row.last_ring, int(row.rings))
        for row in conn.execute(_looks(len(asked)), bound)
    }


@cache
def _looks(count: int) -> Select[Any]:
    each = (
        select(
            bindparam(f"call_{n}", type_=calls.c.id.type).label("call_id"),
            bindparam(f"phone_{n}", type_=calls.c.phone.type).label("phone"),
            bindparam(f"day_{n}", type_=Instant).label("day"),
        )
        for n in range(count)
    )
    asked = union_all(*each).subquery("asked").c
    listed = select(dnc.c.phone).where(dnc.c.phone == asked.phone)
    dialing = select(calls.c.id).where(
        is_in(CallState.DIALING), calls.c.phone == asked.phone, calls.c.id != asked.call_id
    )
    same = and_(attempts.c.phone == asked.phone, _REACHED)
    last_ring = select(func.max(attempts.c.started_at)).where(same, attempts.c.call_id != asked.call_id)
    rings = select(func.count()).where(same, attempts.c.started_at >= asked.day)
    return select(
        asked.call_id,
        asked.phone,
        listed.exists().label("is_listed"),
        dialing.exists().label("in_flight"),
        last_ring.scalar_subquery().label("last_ring"),
        rings.scalar_subquery().label("rings"),
    )
