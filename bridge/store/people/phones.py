"""A phone that is about to be rung: whether it may be, and what other calls do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, or_, select

from bridge.core.call_states import CallState
from bridge.core.model import MAY_HAVE_REACHED
from bridge.store.calls import is_in
from bridge.store.db.columns import Instant
from bridge.store.db.locks import lock_names
from bridge.store.db.tables import attempts, calls, dnc
from bridge.store.db.upsert import written

_REACHED = or_(attempts.c.outcome.is_(None), attempts.c.outcome.in_([written(outcome) for outcome in MAY_HAVE_REACHED]))
_IN_FLIGHT = select(calls.c.id).where(
    is_in(CallState.DIALING), calls.c.phone == bindparam("phone"), calls.c.id != bindparam("but")
)
_LAST_RING = select(func.max(attempts.c.started_at)).where(
    attempts.c.phone == bindparam("phone"),
    attempts.c.call_id != bindparam("but"),
    _REACHED,
)
_RINGS = select(func.count()).where(
    attempts.c.phone == bindparam("phone"), attempts.c.started_at >= bindparam("since", type_=Instant), _REACHED
)
_LISTED = select(dnc.c.phone).where(dnc.c.phone == bindparam("phone"))
_LOOK = select(
    _LISTED.exists().label("is_listed"),
    _IN_FLIGHT.exists().label("in_flight"),
    _LAST_RING.scalar_subquery().label("last_ring"),
    _RINGS.scalar_subquery().label("rings"),
)


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
    return or_(calls.c.phone == number, calls.c.id.in_(select(attempts.c.call_id).where(attempts.c.phone == number)))


def lock_phone(conn: Connection, number: str) -> None:
    """Until this transaction ends nobody else looks whether this phone may ring."""
    lock_phones(conn, (number,))


def lock_phones(conn: Connection, numbers: Iterable[str]) -> None:
    """As `lock_phone`, for each of these."""
    lock_names(conn, {f"phone {number}" for number in numbers})


def look_at_phone(conn: Connection, number: str, but: int, day: datetime) -> Phone:
    """The phone as the call `but` finds it; to whoever has locked it this stays true until the transaction ends.

    day  when the phone's local day began
    """
    row = conn.execute(_LOOK, {"phone": number, "but": but, "since": day}).one()
    return Phone(number, bool(row.is_listed), bool(row.in_flight), row.last_ring, int(row.rings))
