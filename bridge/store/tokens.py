"""Lent tokens, one for all processes: sealed, renewed by one at a time, under a hold that ends by itself.

A token is named after who uses it: `vbot <account>`, `source <id>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from bridge.core.model import BadSetting
from bridge.lib.shared_token import Lent, Renewed
from bridge.store.engine import Store, database_now
from bridge.store.seal import Seal
from bridge.store.tables import tokens
from bridge.store.upsert import insert_new

# A hold that ends later than this was taken by a clock that has been set back since.
LONGEST_HOLD = timedelta(minutes=2)


@dataclass(frozen=True, repr=False)
class TokenShelf:
    """The shelf (`shared_token.Shelf`) of the token with this name. `now`: the instant, given the connection."""

    store: Store
    seal: Seal
    name: str
    now: Callable[[Connection], datetime]

    def read(self) -> Lent:
        with self.store.read() as conn:
            return read_token(conn, self.seal, self.name, self.now(conn))

    def hold(self, version: int, seconds: float) -> Lent | None:
        with self.store.write() as conn:
            return hold_token(conn, self.seal, self.name, version, timedelta(seconds=seconds), self.now(conn))

    def put(self, version: int, renewed: Renewed) -> bool:
        with self.store.write() as conn:
            return put_token(conn, self.seal, self.name, version, renewed, self.now(conn))

    def release(self, version: int) -> bool:
        with self.store.write() as conn:
            return release_token(conn, self.name, version)


def vbot_shelf(store: Store, seal: Seal, wall: Callable[[], datetime]) -> Callable[[str], TokenShelf]:
    """Where VBot's token stands, given the account's id: one for all who use this database and one of its keys."""

    def shelf(account_id: str) -> TokenShelf:
        return TokenShelf(store, seal, f"vbot {account_id}", lambda conn: database_now(conn, wall()))

    return shelf


def shelf_of_source(store: Store, seal: Seal, source_id: str, now: Callable[[], datetime]) -> TokenShelf:
    """The shelf of the token that this source's shop lends."""
    return TokenShelf(store, seal, _name(source_id), lambda conn: now())


def drop_source_token(conn: Connection, source_id: str) -> None:
    """What was lent for credentials that are no longer the source's serves nobody."""
    values = {"sealed": "", "renew_at": None, "version": tokens.c.version + 1}
    conn.execute(tokens.update().where(tokens.c.name == _name(source_id)).values(values))


def read_token(conn: Connection, seal: Seal, name: str, now: datetime) -> Lent:
    """The token as it stands; one that no key of today opens is none."""
    row = conn.execute(select(tokens).where(tokens.c.name == name)).first()
    return Lent(0) if row is None else _lent(row, seal, now)


def hold_token(conn: Connection, seal: Seal, name: str, version: int, span: timedelta, now: datetime) -> Lent | None:
    """The token taken out to be renewed, under its next version; None if it has another, or somebody holds it.

    Its refresh token is gone from here: whatever becomes of whoever took it, it is not used twice.
    """
    insert_new(conn, tokens, {"name": name, "sealed": "", "version": 0})
    row = conn.execute(select(tokens).where(tokens.c.name == name).with_for_update()).one()
    is_held = row.renewing_until is not None and now < row.renewing_until <= now + LONGEST_HOLD
    if row.version != version or is_held:
        return None
    lent = _lent(row, seal, now)
    until = now + min(span, LONGEST_HOLD)
    values = {"sealed": "", "version": version + 1, "renew_at": None, "renewing_until": until}
    conn.execute(tokens.update().where(tokens.c.name == name).values(values))
    return Lent(version + 1, lent.access, lent.refresh, lent.fresh_seconds)


def put_token(conn: Connection, seal: Seal, name: str, version: int, renewed: Renewed, now: datetime) -> bool:
    """The renewed token stands here, if nobody has taken it out again since."""
    sealed = seal.close({"access": renewed.access, "refresh": renewed.refresh})
    renew_at = now + timedelta(seconds=renewed.fresh_seconds)
    return _change(conn, name, version, {"sealed": sealed, "renew_at": renew_at})


def release_token(conn: Connection, name: str, version: int) -> bool:
    """Nobody holds the token, and there is none, if nobody has taken it out again since."""
    return _change(conn, name, version, {})


def renew_token_seals(conn: Connection, seal: Seal) -> None:
    """Every token is under the first key; one that no key opens is dropped, for a new one is lent."""
    for row in conn.execute(select(tokens).where(tokens.c.sealed != "").with_for_update()).all():
        same = and_(tokens.c.name == row.name, tokens.c.version == row.version)
        values: dict[str, Any] = {"sealed": "", "renew_at": None}
        if _opened(row, seal) is not None:
            values = {"sealed": seal.renew(row.sealed)}
        conn.execute(tokens.update().where(same).values(values))


def _name(source_id: str) -> str:
    return f"source {source_id}"


def _change(conn: Connection, name: str, version: int, values: dict[str, Any]) -> bool:
    same = and_(tokens.c.name == name, tokens.c.version == version)
    # The next version, so that who saw the token held, and asks for it only now, finds that he saw an old one.
    changed = {**values, "version": version + 1, "renewing_until": None}
    return conn.execute(tokens.update().where(same).values(changed)).rowcount == 1


def _lent(row: Row[Any], seal: Seal, now: datetime) -> Lent:
    said = _opened(row, seal) or {}
    fresh = (row.renew_at - now).total_seconds() if row.renew_at is not None else 0.0
    return Lent(row.version, said.get("access"), said.get("refresh"), fresh)


def _opened(row: Row[Any], seal: Seal) -> dict[str, str | None] | None:
    if not row.sealed:
        return None
    try:
        opened: dict[str, str | None] = seal.open(row.sealed, f"token {row.name}")
    except BadSetting:
        return None
    return opened
