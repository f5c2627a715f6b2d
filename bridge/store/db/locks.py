"""Locks by name, for what no row stands for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

# Locked in the order in which `unnest` gives them.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name")


# By itself, before what the lock is for is read: a statement sees what was committed when it began.
_SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")


def lock_name(conn: Connection, name: str) -> None:
    """No other transaction passes here with this name until this one ends (SQLite has one writer anyway)."""
    lock_names(conn, (name,))


def lock_names(conn: Connection, names: Collection[str]) -> None:
    """As `lock_name`, for each of these; in one order, so that no two transactions wait for one another."""
    if names and conn.dialect.name == "postgresql":
        conn.execute(_LOCK, {"names": sorted(names)})


def share_name(conn: Connection, name: str) -> None:
    """Nobody passes `lock_name` with this name until this transaction ends; others may share it."""
    if conn.dialect.name == "postgresql":
        conn.execute(_SHARE, {"name": name})
