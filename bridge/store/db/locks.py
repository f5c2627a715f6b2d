"""Locks by name, for what no row stands for."""

from __future__ import annotations

from sqlalchemy import Connection, text


def lock_name(conn: Connection, name: str) -> None:
    """No other transaction passes here with this name until this one ends (SQLite has one writer anyway)."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
