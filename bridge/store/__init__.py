"""The only room that knows SQLAlchemy: the database, its schema, and every question asked of it."""

from sqlalchemy import Connection

from bridge.store.engine import Store, database_now, open_store
from bridge.store.schema import Schema, migrate, read_schema
from bridge.store.seal import Seal, make_seal

__all__ = ["Connection", "Schema", "Seal", "Store", "database_now", "make_seal", "migrate", "open_store", "read_schema"]
