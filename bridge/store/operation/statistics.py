"""Postgres' statistics of tables that grow from nothing: its own daemon looks once a minute, too late for a burst.

A plan made for an empty table reads a whole index, and a prepared statement keeps it until the table is analysed.
"""

from __future__ import annotations

from sqlalchemy import text

from bridge.store.db.columns import metadata
from bridge.store.db.engine import Store

# More rows than this change slowly beside what there is, and Postgres' own daemon is in time.
_GROWN = text("""
    SELECT relname FROM pg_stat_user_tables
    WHERE relname = ANY(:ours) AND schemaname = current_schema() AND n_live_tup < 100000
    AND n_mod_since_analyze >= 100 AND n_mod_since_analyze > n_live_tup / 2
    ORDER BY relname
""")


def analyse_grown(store: Store) -> list[str]:
    """Analyse each table that has changed by half since it last was; return their names. Nothing on SQLite."""
    if not store.is_postgres:
        return []
    with store.read() as conn:
        names = list(conn.execute(_GROWN, {"ours": list(metadata.tables)}).scalars())
    for name in names:
        with store.write() as conn:
            conn.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {name}")
    return names
