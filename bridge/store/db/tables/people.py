"""Who may enter: people the console, programs the API."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from bridge.store.db.columns import Id, Instant, Json, Key, metadata

# Without a digest of a password somebody signs in elsewhere only.
users = Table(
    "users",
    metadata,
    Column("name", Key, primary_key=True),
    Column("role", Text, nullable=False),  # viewer, operator, admin
    Column("password_hash", Text),
    Column("created_at", Instant, nullable=False),
)

# Sign-ins that failed in a row, of each account and each address: `account:NAME`, `address:IP`.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("key", Key, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Instant, nullable=False),
)
Index("sign_ins_last", sign_ins.c.last_at)

# Tokens of the API, each by the digest of its text. A revoked one stays, for the audit names it.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Key, nullable=False, unique=True),
    Column("digest", Key, nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
)
