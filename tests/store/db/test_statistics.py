"""A table that grows from nothing is analysed without waiting for Postgres' own daemon."""

from __future__ import annotations

from bridge.store import Store
from bridge.store.db.tables import hotlines
from bridge.store.db.upsert import insert_all
from bridge.store.operation.statistics import analyse_grown
from tests.processes import wait_for


def test_a_table_that_has_grown_is_analysed_once(store: Store) -> None:
    with store.write() as conn:
        rows = [{"code": f"08{n:08d}", "configured": False} for n in range(120)]
        insert_all(conn, hotlines, rows, hotlines.c.code)
    if not store.is_postgres:
        assert analyse_grown(store) == []
        return
    # What was written is counted up to a second later, so tables that other tests filled may be among them.
    wait_for("the count", lambda: "hotlines" in analyse_grown(store))
    with store.read() as conn:
        known = conn.exec_driver_sql("SELECT reltuples FROM pg_class WHERE relname = 'hotlines'").scalar_one()
    assert known == 120
    assert "hotlines" not in analyse_grown(store)
