"""What a statement reads: recorded as it was sent, and asked of the database again."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, exc

from bridge.store import Connection, Store
from bridge.store.db.columns import PARTLY
from bridge.store.db.tables import metadata

# Tables whose rows are as many as a person configures, or as there are shops and workers; the keys of two days; some
# rows for each hour; what is to be done.
BOUNDED = {
    "api_tokens", "batches", "health", "hotlines", "idempotency", "lines", "pauses", "polls",
    "receivers", "refusals", "report_days", "revisions", "rules", "sign_ins", "sources", "stale_orders",
    "standing_counts", "state", "tallies", "templates", "tokens", "users", "workers", "write_rests",
}  # fmt: skip
GROWING = {table.name for table in metadata.sorted_tables} - BOUNDED
# Indexes that leave out the rows that rest: to read one to its end is to read what is to be done.
OF_RESTING = {"calls_finished", "calls_manual", "calls_result", "standings_reason", "standings_result"}
PARTIAL = {
    index.name
    for table in metadata.sorted_tables
    for index in table.indexes
    if PARTLY in index.info and index.name not in OF_RESTING
}
SAMPLES = 3  # of each statement: one of them may find nothing
OPS = 50  # of SQLite's machine between two counts
_SCAN = re.compile(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_ALIAS = re.compile(r"(?:FROM|JOIN) (\w+) AS (\w+)")


@dataclass
class Recorder:
    """Every statement that is sent while it records, each text once with its first parameters."""

    store: Store
    statements: dict[str, list[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def recording(self) -> Iterator[None]:
        event.listen(self.store.engine, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(self.store.engine, "before_cursor_execute", self._note)

    def _note(self, conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        with self._lock:
            samples = self.statements.setdefault(statement, [])
            if len(samples) < SAMPLES:
                samples.append(parameters[0] if many else parameters)


@dataclass(frozen=True)
class Reading:
    """What one statement reads: the tables without the help of an index that leaves rows out, and how many rows.

    scanned  growing tables that are read row by row, though perhaps not to their end
    rows     SQLite: steps of its machine, of which each row takes two or more; Postgres: rows that were looked at
    """

    statement: str
    plan: str
    scanned: frozenset[str]
    rows: int


def readings(conn: Connection, statements: dict[str, list[Any]]) -> Iterator[Reading]:
    """Of every statement: each sample is run and undone, the one that reads most counts."""
    read = _of_postgres if conn.dialect.name == "postgresql" else _of_sqlite
    for statement, samples in statements.items():
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")):
            yield max(
                (read(conn, statement, sample) for sample in samples), key=lambda one: (len(one.scanned), one.rows)
            )


def _of_sqlite(conn: Connection, statement: str, parameters: Any) -> Reading:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += OPS
        return 0

    plan = "\n".join(str(row[-1]) for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters))
    driver: Any = conn.connection.driver_connection
    driver.set_progress_handler(count, OPS)
    _run(conn, statement, parameters)
    driver.set_progress_handler(None, 0)
    # To insert explains the look-ups of foreign keys too, which would follow if a row were replaced.
    scans = [] if statement.startswith("INSERT") else _SCAN.findall(plan)
    names = {alias: table for table, alias in _ALIAS.findall(statement)}
    tables = {names.get(table, table) for table, index in scans if index not in PARTIAL}
    return Reading(statement, plan, frozenset(tables & GROWING), steps)


def _of_postgres(conn: Connection, statement: str, parameters: Any) -> Reading:
    found = _run(conn, f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", parameters)
    plan = found[0][0][0]["Plan"] if found else {}
    nodes = [node for node in _nodes(plan) if "Relation Name" in node]
    scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
    rows = sum(_looked_at(node) for node in nodes)
    return Reading(statement, json.dumps(plan, indent=1), frozenset(scanned & GROWING), int(rows))


def _run(conn: Connection, statement: str, parameters: Any) -> list[Any]:
    """All rows; what it changes is undone. Nothing, where it adds a row that is there already."""
    undone = conn.begin_nested()
    try:
        done = conn.exec_driver_sql(statement, parameters)
        return list(done) if done.returns_rows else []
    except exc.IntegrityError:
        return []
    finally:
        undone.rollback()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _looked_at(node: dict[str, Any]) -> float:
    each = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return float(node["Actual Loops"] * sum(node.get(name, 0) for name in each))
