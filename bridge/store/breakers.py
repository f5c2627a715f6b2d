"""The circuit breaker of each VBot account, one row that all workers see."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from bridge.core.breaker import Breaker
from bridge.store.db.tables import breakers
from bridge.store.db.upsert import insert_new

_BREAKER = select(breakers).where(breakers.c.account == bindparam("account"))
_LOCKED_BREAKER = _BREAKER.with_for_update()


def find_breaker(conn: Connection, account: str, now: datetime, *, lock: bool = False) -> Breaker:
    """The account's breaker; with `lock`, nobody changes it until the transaction ends."""
    if lock:
        new = {"account": account, "state": "closed", "failures": 0, "openings": 0, "changed_at": now}
        insert_new(conn, breakers, new)
    row = conn.execute(_LOCKED_BREAKER if lock else _BREAKER, {"account": account}).first()
    if row is None:
        return Breaker()
    return Breaker(row.state, row.failures, row.openings, row.reason, row.probe_at, row.probe_call_id)


def write_breaker(conn: Connection, account: str, breaker: Breaker, now: datetime) -> None:
    values = {
        "state": breaker.state,
        "failures": breaker.failures,
        "openings": breaker.openings,
        "reason": breaker.reason,
        "probe_at": breaker.probe_at,
        "probe_call_id": breaker.probe_call_id,
        "changed_at": now,
    }
    conn.execute(breakers.update().where(breakers.c.account == account).values(values))
