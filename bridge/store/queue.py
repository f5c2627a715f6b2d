"""Calls that are due: admitted under a lease, and what time alone ends or returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, Integer, and_, bindparam, or_, select

from bridge.core.call_states import CallState, Transition
from bridge.core.model import AttemptOutcome, Json
from bridge.store.attempts import End, end_attempts
from bridge.store.calls import LEASE, PHONE_DAILY_LIMIT, find_call, is_in, move, move_all
from bridge.store.db.columns import Instant
from bridge.store.db.tables import calls, hotlines
from bridge.store.db.upsert import written
from bridge.store.hotlines import count_active, lock_hotline
from bridge.store.undecided import UNDECIDED_DELIVERY

_OVER = [
    select(calls.c.id).where(calls.c.state == written(state), column <= bindparam("now")).exists()
    for state, column in (
        (CallState.DIALING, calls.c.wake_at),
        (CallState.QUEUED, calls.c.wake_at),
        (CallState.WAITING, calls.c.not_after),
    )
]
_IS_OVER = select(or_(*_OVER))
# Built once, as all that each look asks: to build a statement costs as much as to run it.
_DUE = (
    select(calls.c.id)
    .where(
        is_in(CallState.WAITING),
        calls.c.hotline == bindparam("hotline"),
        calls.c.wake_at <= bindparam("now"),
        calls.c.not_after >= bindparam("now"),
        calls.c.rule.not_in(bindparam("rules", expanding=True)),
        or_(calls.c.source_id.is_(None), calls.c.source_id.not_in(bindparam("sources", expanding=True))),
        or_(
            calls.c.reason.is_distinct_from(UNDECIDED_DELIVERY),
            calls.c.source_id.not_in(bindparam("crowded", expanding=True)),
        ),
    )
    .order_by(calls.c.wake_at, calls.c.id)
    .limit(bindparam("most", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_ADMIT = (
    calls.update()
    .where(calls.c.id.in_(bindparam("ids", expanding=True)), is_in(*Transition.ADMIT.any_of))
    .values(
        state=Transition.ADMIT.to, wake_at=bindparam("lease", type_=Instant), updated_at=bindparam("now", type_=Instant)
    )
)
_ADMIT_UNLIMITED = _ADMIT.where(
    select(hotlines.c.code).where(hotlines.c.code == calls.c.hotline, hotlines.c.max_active.is_(None)).exists()
).returning(calls.c.id)
_MOST = 1000
_QUEUED = (
    select(calls.c.id)
    .where(is_in(CallState.QUEUED), calls.c.wake_at <= bindparam("lease"))
    .order_by(calls.c.wake_at, calls.c.id)
    .limit(_MOST)
)

_SILENT = (
    select(calls.c.id)
    .where(is_in(CallState.WAITING), calls.c.wake_at <= bindparam("now"), calls.c.reason.is_(None))
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)


def claim_due(
    conn: Connection,
    hotline: str,
    now: datetime,
    limit: int,
    paused: Mapping[str, set[str]],
    crowded: Collection[str] = (),
) -> list[int]:
    """The oldest due calls of this hotline, now queued under a lease.

    paused   the rules and sources whose calls are left
    crowded  the sources whose calls are left once each says why it waits (`crowded_sources`)
    """
    left = {"rules": list(paused["rule"]), "sources": list(paused["source"]), "crowded": list(crowded)}
    ids = list(conn.execute(_DUE, {"hotline": hotline, "now": now, "most": limit, **left}).scalars())
    if ids:
        conn.execute(_ADMIT, {"ids": ids, "lease": now + LEASE, "now": now})
    return ids


def admit_unlimited(conn: Connection, call_ids: Collection[int], now: datetime) -> list[int]:
    """Those of these calls, locked and due, whose hotline may have any number at once, now queued under a lease."""
    return list(conn.execute(_ADMIT_UNLIMITED, {"ids": list(call_ids), "lease": now + LEASE, "now": now}).scalars())


def say_why(conn: Connection, reason: str, facts: Mapping[str, Json], now: datetime) -> None:
    """Let the calls that are due and name no reason name this one; of very many some at each look."""
    ids = list(conn.execute(_SILENT, {"now": now}).scalars())
    if ids:
        named = {"reason": reason, "facts": dict(facts), "updated_at": now}
        conn.execute(calls.update().where(calls.c.id.in_(ids), is_in(CallState.WAITING)).values(named))


def claim_call(conn: Connection, call_id: int, now: datetime) -> bool:
    """This one call is queued under a lease, as by `place.admit`, if it is due and its hotline has a place."""
    call = find_call(conn, call_id)
    hotline = lock_hotline(conn, call.hotline) if call is not None else None
    if call is None or hotline is None or call.wake_at is None or call.wake_at > now:
        return False
    if hotline.max_active is not None and count_active(conn, call.hotline, now) >= hotline.max_active:
        return False
    return move(conn, call_id, Transition.ADMIT, now, wake_at=now + LEASE)


def queued_calls(conn: Connection, before: datetime) -> list[int]:
    """Calls that were admitted before this, and are not dialing yet, oldest first."""
    return list(conn.execute(_QUEUED, {"lease": before + LEASE}).scalars())


def sweep(conn: Connection, now: datetime) -> int:
    """End or return what time alone ends: leases that are over, calls that are too late; return how many.

    A queued lease goes back to waiting, for nothing was sent; a dialing lease becomes unsure, never waiting.
    """
    if not conn.execute(_IS_OVER, {"now": now}).scalar():
        return 0
    lost = select(calls.c.id, calls.c.attempt_id).where(is_in(CallState.DIALING), calls.c.wake_at <= now)
    swept = 0
    for row in conn.execute(lost.with_for_update(skip_locked=True)).all():
        swept += move(conn, row.id, Transition.DIAL_LEASE_OVER, now)
        end_attempts(conn, [End(row.attempt_id, AttemptOutcome.UNSURE, "lease_over")], now)
    swept += move_all(conn, calls.c.wake_at <= now, Transition.QUEUE_LEASE_OVER, now, wake_at=now)
    late = and_(is_in(CallState.WAITING), calls.c.not_after < now)  # one that is queued is checked when it is dialled
    limited = and_(late, calls.c.reason == PHONE_DAILY_LIMIT)
    swept += move_all(conn, limited, Transition.EXPIRE, now, wake_at=None, facts={})
    return swept + move_all(conn, late, Transition.EXPIRE, now, wake_at=None, reason=Transition.EXPIRE.reason)
