"""Rows are inserted where no unique key has one, however many they are."""

from __future__ import annotations

from bridge.store import Store
from bridge.store.db.tables import hotlines
from bridge.store.db.upsert import insert_all


def test_rows_of_several_statements_are_inserted_and_named_where_they_are_new(store: Store) -> None:
    codes = [f"08{n:08d}" for n in range(45)]
    with store.write() as conn:
        rows = [{"code": code, "configured": False} for code in codes]
        assert [row["code"] for row in insert_all(conn, hotlines, rows[:3], hotlines.c.code)] == codes[:3]
        assert sorted(row["code"] for row in insert_all(conn, hotlines, [*rows, rows[5]], hotlines.c.code)) == codes[3:]
        assert insert_all(conn, hotlines, [], hotlines.c.code) == []
