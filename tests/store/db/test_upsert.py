"""Rows are inserted where no unique key has one, however many they are; what others count is counted too."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from sqlalchemy import text

from bridge.store import Store
from bridge.store.db.tables import hotlines
from bridge.store.db.upsert import insert_all
from bridge.store.shops.refusals import count_refusal, read_refusals
from tests.processes import wait_for

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_rows_of_several_statements_are_inserted_and_named_where_they_are_new(store: Store) -> None:
    codes = [f"08{n:08d}" for n in range(45)]
    with store.write() as conn:
        rows = [{"code": code, "configured": False} for code in codes]
        assert [row["code"] for row in insert_all(conn, hotlines, rows[:3], hotlines.c.code)] == codes[:3]
        assert sorted(row["code"] for row in insert_all(conn, hotlines, [*rows, rows[5]], hotlines.c.code)) == codes[3:]
        assert insert_all(conn, hotlines, [], hotlines.c.code) == []


def test_refusals_that_two_processes_count_for_the_first_time_at_once_are_all_counted(store: Store) -> None:
    def count(counted: int) -> None:
        with store.write() as conn:
            count_refusal(conn, "shop", "bad_signature", NOW, counted)

    other = threading.Thread(target=count, args=(2,))
    with store.write() as conn:
        count_refusal(conn, "shop", "bad_signature", NOW, 5)
        other.start()
        if store.is_postgres:
            wait_for("the other to meet the row", lambda: _somebody_waits(store))
    other.join()
    with store.read() as conn:
        assert [(row["count"], row["last_at"]) for row in read_refusals(conn)] == [(7, NOW.isoformat())]


def _somebody_waits(store: Store) -> bool:
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with store.read() as conn:
        return conn.execute(text(query)).first() is not None
