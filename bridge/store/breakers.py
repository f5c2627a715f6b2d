"""The breaker of each VBot account, one row that all workers see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from bridge.core.breaker import Line
from bridge.store.db.tables import lines
from bridge.store.db.upsert import insert_new

_LINE = select(lines).where(lines.c.account == bindparam("account"))
_LOCKED_LINE = _LINE.with_for_update()


def find_line(conn: Connection, account: str, now: datetime, *, lock: bool = False) -> Line:
    """The line's state; with `lock`, nobody changes it until the transaction ends."""
    if lock:
        insert_new(
            conn, lines, {"account": account, "state": "closed", "failures": 0, "openings": 0, "changed_at": now}
        )
    row = conn.execute(_LOCKED_LINE if lock else _LINE, {"account": account}).first()
    if row is None:
        return Line()
    return Line(row.state, row.failures, row.openings, row.reason, row.probe_at, row.probe_call_id)


def write_line(conn: Connection, account: str, line: Line, now: datetime) -> None:
    values = {
        "state": line.state,
        "failures": line.failures,
        "openings": line.openings,
        "reason": line.reason,
        "probe_at": line.probe_at,
        "probe_call_id": line.probe_call_id,
        "changed_at": now,
    }
    conn.execute(lines.update().where(lines.c.account == account).values(values))


def open_lines(conn: Connection) -> list[Row[Any]]:
    """Breakers that are not closed."""
    return list(conn.execute(select(lines).where(or_(lines.c.state == "open", lines.c.state == "half_open"))))
