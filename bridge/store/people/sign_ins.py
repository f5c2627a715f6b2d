"""Sign-ins that fail in a row make the next ones wait, for the account and for the address that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, select

from bridge.store.db.tables import sign_ins
from bridge.store.db.upsert import insert_new

FREE = {"account": 5, "address": 20}  # failures that cost nothing: many people may share an address
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


def begin_sign_in(conn: Connection, keys: Mapping[str, str], now: datetime) -> datetime | None:
    """Count a try of each key, before its password is looked at; or until when it must wait, and nothing is counted.

    keys   "account" and "address" -> whose
    """
    conn.execute(sign_ins.delete().where(sign_ins.c.last_at < now - FORGOTTEN_AFTER))
    names = {kind: f"{kind}:{whose}" for kind, whose in keys.items()}
    for kind, name in names.items():
        insert_new(conn, sign_ins, {"key": name, "failures": 0, "last_at": now})
        row = conn.execute(select(sign_ins).where(sign_ins.c.key == name).with_for_update()).one()
        until: datetime = row.last_at + wait_after(row.failures - FREE[kind])
        if until > now:
            return until
    for name in names.values():
        same = sign_ins.c.key == name
        conn.execute(sign_ins.update().where(same).values(failures=sign_ins.c.failures + 1, last_at=now))
    return None


def wait_after(over: int) -> timedelta:
    """How long the next try waits after so many failures more than are free: nothing, 30 s, 60 s … 15 min."""
    return min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT) if over >= 0 else timedelta(0)


def end_sign_in(conn: Connection, keys: Mapping[str, str]) -> None:
    """The try succeeded: the account's failures are forgotten, and the address has one less."""
    conn.execute(sign_ins.delete().where(sign_ins.c.key == f"account:{keys['account']}"))
    less = case((sign_ins.c.failures > 0, sign_ins.c.failures - 1), else_=0)
    conn.execute(sign_ins.update().where(sign_ins.c.key == f"address:{keys['address']}").values(failures=less))
