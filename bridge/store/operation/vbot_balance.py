"""What VBot's account had left when it was last asked: one fact of all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from bridge.store.db.tables import state
from bridge.store.db.upsert import upsert


@dataclass(frozen=True)
class VBotBalance:
    """`left`: dong."""

    left: Decimal
    read_at: datetime


def note_balance(conn: Connection, account: str, left: Decimal, now: datetime) -> None:
    upsert(conn, state, {"key": _key(account)}, {"value": {"left": f"{left:f}", "read_at": now.isoformat()}})


def last_balance(conn: Connection, account: str) -> VBotBalance | None:
    """None where it was never read."""
    value = conn.execute(select(state.c.value).where(state.c.key == _key(account))).scalar()
    return VBotBalance(Decimal(value["left"]), datetime.fromisoformat(value["read_at"])) if value else None


def _key(account: str) -> str:
    return f"vbot_balance {account}"
