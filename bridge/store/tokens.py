"""Access tokens, one for all processes: encrypted, renewed by one process at a time, under a lease that ends by itself.

A token is named after who uses it: `vbot <account>`, `source <id>`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from bridge.core.model import BadSetting
from bridge.lib.shared_token import Renewed, SharedToken
from bridge.store.db.encryption import Seal
from bridge.store.db.engine import Store, database_now
from bridge.store.db.tables import tokens
from bridge.store.db.upsert import insert_new

# A lease that ends later than this was taken by a clock that has been set back since.
LONGEST_LEASE = timedelta(minutes=2)


@dataclass(frozen=True, repr=False)
class DatabaseTokenStore:
    """The token with this name, as a `shared_token.TokenStore`. `now`: the instant, given the connection."""

    store: Store
    seal: Seal
    name: str
    now: Callable[[Connection], datetime]

    def read(self) -> SharedToken:
        with self.store.read() as conn:
            return read_token(conn, self.seal, self.name, self.now(conn))

    def begin_renewal(self, version: int, seconds: float) -> SharedToken | None:
        with self.store.write() as conn:
            return begin_token_renewal(conn, self.seal, self.name, version, timedelta(seconds=seconds), self.now(conn))

    def finish_renewal(self, version: int, renewed: Renewed) -> bool:
        with self.store.write() as conn:
            return finish_token_renewal(conn, self.seal, self.name, version, renewed, self.now(conn))

    def cancel_renewal(self, version: int) -> bool:
        with self.store.write() as conn:
            return cancel_token_renewal(conn, self.name, version)


def vbot_token_store(store: Store, seal: Seal, wall: Callable[[], datetime]) -> Callable[[str], DatabaseTokenStore]:
    """The store of VBot's token by the account's id: one for all who use this database and one of its keys."""

    def token_store(account_id: str) -> DatabaseTokenStore:
        return DatabaseTokenStore(store, seal, f"vbot {account_id}", lambda conn: database_now(conn, wall()))

    return token_store


def source_token_store(store: Store, seal: Seal, source_id: str, now: Callable[[], datetime]) -> DatabaseTokenStore:
    """The store of the token for this source's shop."""
    return DatabaseTokenStore(store, seal, _name(source_id), lambda conn: now())


def drop_source_token(conn: Connection, source_id: str) -> None:
    """Drop the token that was issued for credentials that are no longer the source's."""
    values = {"sealed": "", "renew_at": None, "version": tokens.c.version + 1}
    conn.execute(tokens.update().where(tokens.c.name == _name(source_id)).values(values))


def read_token(conn: Connection, seal: Seal, name: str, now: datetime) -> SharedToken:
    """Return the token as it stands; one that no key of today opens is none."""
    row = conn.execute(select(tokens).where(tokens.c.name == name)).first()
    return SharedToken(0) if row is None else _token(row, seal, now)


def begin_token_renewal(
    conn: Connection, seal: Seal, name: str, version: int, span: timedelta, now: datetime
) -> SharedToken | None:
    """Take the lease to renew the token, under its next version; None if it has another version, or another's lease.

    Its refresh token is gone from here: whatever becomes of the process that took it, it is not used twice.
    """
    insert_new(conn, tokens, {"name": name, "sealed": "", "version": 0})
    row = conn.execute(select(tokens).where(tokens.c.name == name).with_for_update()).one()
    is_leased = row.renewing_until is not None and now < row.renewing_until <= now + LONGEST_LEASE
    if row.version != version or is_leased:
        return None
    token = _token(row, seal, now)
    until = now + min(span, LONGEST_LEASE)
    values = {"sealed": "", "version": version + 1, "renew_at": None, "renewing_until": until}
    conn.execute(tokens.update().where(tokens.c.name == name).values(values))
    return SharedToken(version + 1, token.access, token.refresh, token.fresh_seconds)


def finish_token_renewal(
    conn: Connection, seal: Seal, name: str, version: int, renewed: Renewed, now: datetime
) -> bool:
    """Store the renewed token, if no other lease was taken since."""
    sealed = seal.close({"access": renewed.access, "refresh": renewed.refresh})
    renew_at = now + timedelta(seconds=renewed.fresh_seconds)
    return _change(conn, name, version, {"sealed": sealed, "renew_at": renew_at})


def cancel_token_renewal(conn: Connection, name: str, version: int) -> bool:
    """End the lease, without a token, if no other lease was taken since."""
    return _change(conn, name, version, {})


def _name(source_id: str) -> str:
    return f"source {source_id}"


def _change(conn: Connection, name: str, version: int, values: dict[str, Any]) -> bool:
    same = and_(tokens.c.name == name, tokens.c.version == version)
    # The next version, so that a process that saw the lease, and requests it only now, finds that it saw an old one.
    changed = {**values, "version": version + 1, "renewing_until": None}
    return conn.execute(tokens.update().where(same).values(changed)).rowcount == 1


def _token(row: Row[Any], seal: Seal, now: datetime) -> SharedToken:
    opened = _opened(row, seal) or {}
    fresh = (row.renew_at - now).total_seconds() if row.renew_at is not None else 0.0
    return SharedToken(row.version, opened.get("access"), opened.get("refresh"), fresh)


def _opened(row: Row[Any], seal: Seal) -> dict[str, str | None] | None:
    if not row.sealed:
        return None
    try:
        opened: dict[str, str | None] = seal.open(row.sealed, f"token {row.name}")
    except BadSetting:
        return None
    return opened
