"""Who may enter the console."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from bridge.store.db.columns import Instant, Key, metadata

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
