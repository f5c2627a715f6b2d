"""Tokens of the API: of each only a digest is stored, so that nobody can read one from here or from a backup."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from bridge.core.words import TOKEN_SCOPES
from bridge.store.db.tables import api_tokens
from bridge.store.db.upsert import insert_new
from bridge.store.operation.actions import record_action

PREFIX = "vbb_"  # by which a token that was published by mistake is found and known
RANDOM_BYTES = 32  # so many cannot be guessed, so that one plain SHA-256 keeps them
LAST_USE_EVERY = timedelta(minutes=1)  # a request is no reason to write, but now and then

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")

_COLUMNS = (
    api_tokens.c.id,
    api_tokens.c.name,
    api_tokens.c.scopes,
    api_tokens.c.created_at,
    api_tokens.c.created_by,
    api_tokens.c.expires_at,
    api_tokens.c.revoked_at,
    api_tokens.c.last_used_at,
)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it may be shown. `expires_at` None: never; `last_used_at` to the minute, None: not yet."""

    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def standing(self, now: datetime) -> str:
        """Return valid, ended or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "ended" if self.expires_at is not None and self.expires_at <= now else "valid"


@dataclass(frozen=True, slots=True, repr=False)
class NewToken:
    """A token to be made. `secret`: RANDOM_BYTES of a generator for secrets, as text; `expires_at` None: never."""

    name: str
    scopes: Collection[str]
    expires_at: datetime | None
    secret: str


def is_token_name(name: str) -> bool:
    """Whether a token may be called so: 1 to 63 of a-z, 0-9, dots and hyphens."""
    return _NAME.fullmatch(name) is not None


def add_token(conn: Connection, new: NewToken, now: datetime, *, who: str) -> str | None:
    """Make a token and return it, this one time; None where another has, or had, this name."""
    token = f"{PREFIX}{new.secret}"
    ordered = [scope for scope in TOKEN_SCOPES if scope in new.scopes]
    values = {
        "name": new.name,
        "digest": _digest(token),
        "scopes": ordered,
        "created_at": now,
        "created_by": who,
        "expires_at": new.expires_at,
    }
    if insert_new(conn, api_tokens, values) is None:
        return None
    record_action(conn, "tokens add", f"token:{new.name}", ", ".join(ordered), now, who=who)
    return token


def revoke_token(conn: Connection, name: str, reason: str, now: datetime, *, who: str) -> bool:
    """No request with this token is answered from this commit on; False where no unrevoked token has this name."""
    same = (api_tokens.c.name == name) & api_tokens.c.revoked_at.is_(None)
    if conn.execute(api_tokens.update().where(same).values(revoked_at=now)).rowcount == 0:
        return False
    record_action(conn, "tokens revoke", f"token:{name}", reason, now, who=who)
    return True


def list_tokens(conn: Connection) -> list[ApiToken]:
    """Newest first, also the expired and the revoked."""
    rows = conn.execute(select(*_COLUMNS).order_by(api_tokens.c.id.desc()))
    return [ApiToken(**{**row._mapping, "scopes": frozenset(row.scopes)}) for row in rows]


def find_token(conn: Connection, token: str) -> ApiToken | None:
    """The token that somebody shows, in whatever standing."""
    row = conn.execute(select(*_COLUMNS).where(api_tokens.c.digest == _digest(token))).first()
    return ApiToken(**{**row._mapping, "scopes": frozenset(row.scopes)}) if row is not None else None


def needs_use_noted(token: ApiToken, now: datetime) -> bool:
    """Whether the last use that is stored is too long ago."""
    return token.last_used_at is None or token.last_used_at <= now - LAST_USE_EVERY


def note_use(conn: Connection, token_id: int, now: datetime) -> None:
    """Store the last use, if no other process did."""
    older = or_(api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at <= now - LAST_USE_EVERY)
    conn.execute(api_tokens.update().where(api_tokens.c.id == token_id, older).values(last_used_at=now))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
