"""What VBot's account had left when it was last asked: one fact of all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from bridge.core.model import Json
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
    known = {name: value for name, value in _value(conn, account).items() if name in ("left", "read_at")}
    upsert(
        conn,
        state,
        {"key": _key(account)},
        {"value": {**known, "failure": list(failure), "failed_at": now.isoformat()}},
    )


def last_balance(conn: Connection, account: str) -> VBotBalance | None:
    """None where VBot was never asked."""
    value = _value(conn, account)
    if not value:
        return None
    failure = value.get("failure")
    return VBotBalance(
        Decimal(value["left"]) if "left" in value else None,
        _instant(value.get("read_at")),
        (failure[0], failure[1]) if failure else None,
        _instant(value.get("failed_at")),
    )


def _value(conn: Connection, account: str) -> dict[str, Json]:
    return conn.execute(select(state.c.value).where(state.c.key == _key(account))).scalar() or {}


def _instant(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _key(account: str) -> str:
    return f"vbot_balance {account}"
