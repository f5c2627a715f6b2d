"""The database: its schema and every query. Nothing else but the migrations knows SQLAlchemy."""

from sqlalchemy import Connection

from bridge.store.db.encryption import Seal, make_seal, session_keys, trace_secret
from bridge.store.db.engine import (
    HINT_CONNECTIONS,
    WEB_CONNECTIONS,
    WORKER_CONNECTIONS,
    Store,
    database_now,
    open_store,
    sqlite_path,
)
from bridge.store.db.migrate import Schema, migrate, read_schema

__all__ = [
    "HINT_CONNECTIONS",
    "WEB_CONNECTIONS",
    "WORKER_CONNECTIONS",
    "Connection",
    "Schema",
    "Seal",
    "Store",
    "database_now",
    "make_seal",
    "migrate",
    "open_store",
    "read_schema",
    "session_keys",
    "sqlite_path",
    "trace_secret",
]
