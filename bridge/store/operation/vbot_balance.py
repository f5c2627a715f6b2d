"""What VBot's account had left when it was last asked: one fact of all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from bridge.core.model.texts import Text
from bridge.store.db.tables import state
from bridge.store.db.upsert import upsert


@dataclass(frozen=True)
class VBotBalance:
    """What VBot told, and why it told nothing when it was asked after that.

    left       dong, at `read_at`; None while it was never told
    failure    why VBot told nothing at `failed_at`, in both languages; None once it tells again
    """

    left: Decimal | None
    read_at: datetime | None
    failure: Text | None = None
    failed_at: datetime | None = None


def note_balance(conn: Connection, account: str, left: Decimal, now: datetime) -> None:
    upsert(conn, state, {"key": _key(account)}, {"value": {"left": f"{left:f}", "read_at": now.isoformat()}})


def note_untold(conn: Connection, account: str, failure: Text, now: datetime) -> None:
    """What was told before stays, with its age."""
    # Beside it: a release that knows no failure reads the balance alone, which then always has an amount.
    value = {"failure": list(failure), "failed_at": now.isoformat()}
    upsert(conn, state, {"key": _failure_key(account)}, {"value": value})


def last_balance(conn: Connection, account: str) -> VBotBalance | None:
    """None where VBot was never asked."""
    keys = _key(account), _failure_key(account)
    found = {row.key: row.value for row in conn.execute(select(state).where(state.c.key.in_(keys)))}
    told, untold = (found.get(key) for key in keys)
    left = Decimal(told["left"]) if told else None
    read_at = datetime.fromisoformat(told["read_at"]) if told else None
    failed_at = datetime.fromisoformat(untold["failed_at"]) if untold else None
    if untold is None or failed_at is None or (read_at is not None and failed_at <= read_at):
        return VBotBalance(left, read_at) if told else None
    vietnamese, english = untold["failure"]
    return VBotBalance(left, read_at, (vietnamese, english), failed_at)


def _key(account: str) -> str:
    return f"vbot_balance {account}"


def _failure_key(account: str) -> str:
    return f"vbot_untold {account}"
