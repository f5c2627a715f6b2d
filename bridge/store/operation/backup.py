"""The whole ledger in one file, checked, and back: on SQLite or Postgres, whichever it came from.

A gzip of JSON lines: a head; each row of each table, parents first; an end with the number of rows of each table and
the SHA-256 of all lines before it. Sealed credentials are in it, the key is not: its fingerprint is.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, Connection, LargeBinary, Table, func, inspect, select, text

from bridge.core.call_states import CallState
from bridge.core.model import Json
from bridge.store.calls import is_in
from bridge.store.configuration.catalog import catalog_version, set_catalog_version
from bridge.store.configuration.keys import key_of
from bridge.store.configuration.pauses import write_pause
from bridge.store.db.columns import Instant, metadata
from bridge.store.db.engine import Store
from bridge.store.db.migrate import head_revision, read_schema, upgrade_to
from bridge.store.db.tables import (
    calls,
    deliveries,
    report_days,
    sources,
    stale_orders,
    standing_counts,
    standings,
    workers,
)
from bridge.store.operation.actions import record_action
from bridge.store.operation.workers import is_worker_alive
from bridge.store.queue import sweep
from bridge.store.reports.standings import forget_standings

NAME, FORMAT = "vbot-bridge", 1
_AT_ONCE = 500
# Heartbeats: nobody who beat then beats now. Of the rest a worker makes what it was.
_LEFT_OUT = frozenset(table.name for table in (workers, standings, standing_counts, stale_orders, report_days))


class BadBackup(Exception):
    """The file is no backup that can be restored here. Two sentences: Vietnamese, English."""

    def __init__(self, vietnamese: str, english: str) -> None:
        super().__init__(english)
        self.vietnamese = vietnamese


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself. `sealed_with`: the fingerprint of its key; `rows` of each table."""

    schema: str
    made_at: datetime
    sealed_with: str | None
    rows: Mapping[str, int]


@dataclass(frozen=True)
class Restored:
    """What a restore left: how many calls wait, paused, and how many are unsure."""

    waiting: int
    unsure: int


def write_backup(store: Store, file: IO[bytes], now: datetime) -> Backup:
    """Write the ledger as it is at one moment; shops and workers go on meanwhile.

    Errors   BadBackup: a newer release made the schema, whose columns this code does not know
    """
    digest, rows = hashlib.sha256(), Counter[str]()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed, store.snapshot() as conn:

        def put(document: Json) -> None:
            line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            digest.update(line)
            packed.write(line)

        schema = read_schema(conn)
        if schema.standing != "current":
            raise BadBackup(
                f"cơ sở dữ liệu có lược đồ {schema.revision} của bản phát hành khác: hãy sao lưu bằng bản phát hành đó",
                f"the database has schema {schema.revision} of another release: make the backup with that release",
            )
        head = Backup(str(schema.revision), now, key_of(conn), rows)
        put(
            {
                "backup": NAME,
                "format": FORMAT,
                "schema": head.schema,
                "made_at": now.isoformat(),
                "sealed_with": head.sealed_with,
            }
        )
        for table in _tables():
            for row in conn.execute(select(table), execution_options={"yield_per": _AT_ONCE}):
                put([table.name, {column.name: _plain(column, row[n]) for n, column in enumerate(table.columns)}])
                rows[table.name] += 1
        put({"end": {"rows": dict(rows), "sha256": digest.hexdigest()}})
    return head


def check_backup(path: Path) -> Backup:
    """Read the whole file; return what it says of itself. Errors: BadBackup where it is cut, changed, or none."""
    digest, rows = hashlib.sha256(), Counter[str]()
    head: dict[str, Json] | None = None
    for line, document in _lines(path):
        if head is None:
            head = document if isinstance(document, dict) else {}
            if head.get("backup") != NAME or head.get("format") != FORMAT:
                break
        elif isinstance(document, dict):
            if document["end"] != {"rows": dict(rows), "sha256": digest.hexdigest()}:
                raise BadBackup(
                    f"{path} đã bị thay đổi: tổng kiểm tra không khớp", f"{path} was changed: its sum differs"
                )
            return Backup(head["schema"], datetime.fromisoformat(head["made_at"]), head["sealed_with"], rows)
        else:
            rows[document[0]] += 1
        digest.update(line)
    if head is not None and head.get("backup") == NAME and head.get("format") == FORMAT:
        raise _cut(path)
    raise BadBackup(f"{path} không phải bản sao lưu của bridge", f"{path} is no backup of the bridge")


@dataclass(frozen=True)
class Held:
    """How many rows of each kind a database holds."""

    sources: int = 0
    deliveries: int = 0
    calls: int = 0


def count_held(conn: Connection) -> Held:
    """What the database holds; nothing where it has no schema yet."""
    if read_schema(conn).standing == "missing":
        return Held()
    each = (select(func.count()).select_from(table) for table in (sources, deliveries, calls))
    return Held(*(conn.execute(query).scalar_one() for query in each))


def restore_backup(store: Store, path: Path, backup: Backup, now: datetime, *, who: str) -> Restored:
    """The database holds what the checked backup does, and nothing else; all calls are paused. In one transaction.

    What was under way then is unsure now: nobody knows what became of it. Errors: BadBackup.
    """
    with store.write() as conn:
        standing = read_schema(conn)
        if backup.schema > head_revision():
            raise BadBackup(
                f"bản sao lưu có lược đồ {backup.schema}, mới hơn phiên bản này: hãy cài bản phát hành đó",
                f"the backup has schema {backup.schema}, which is newer than this code: install that release",
            )
        if standing.standing == "missing":
            upgrade_to(conn, backup.schema)
        elif standing.revision != backup.schema:
            raise BadBackup(
                f"bản sao lưu có lược đồ {backup.schema} còn cơ sở dữ liệu có {standing.revision}: hãy khôi phục vào "
                "một cơ sở dữ liệu mới, còn trống; sau đó nó được đưa lên lược đồ mới nhất",
                f"the backup has schema {backup.schema}, the database {standing.revision}: restore it into a new, "
                "empty database; it is then brought to the newest",
            )
        elif is_worker_alive(conn, now):
            raise BadBackup("một worker đang chạy: hãy dừng nó trước", "a worker runs: stop it first")
        version = catalog_version(conn)
        _replace_rows(conn, path)
        upgrade_to(conn, head_revision())
        forget_standings(conn)
        set_catalog_version(conn, max(version, catalog_version(conn)) + 1)
        return _calm(conn, backup, now, who)


def _replace_rows(conn: Connection, path: Path) -> None:
    there = set(inspect(conn).get_table_names())  # an older release's schema has not all of them
    for table in reversed(metadata.sorted_tables):
        if table.name in there:
            conn.execute(table.delete())
    tables = {table.name: table for table in _tables() if table.name in there}
    waiting: list[dict[str, Any]] = []
    last: Table | None = None
    for _, document in _lines(path):
        if isinstance(document, dict):
            continue
        table = tables[document[0]]
        if table is not last or len(waiting) >= _AT_ONCE:
            _insert(conn, last, waiting)
            last, waiting = table, []
        waiting.append({name: _typed(table.columns[name], value) for name, value in document[1].items()})
    _insert(conn, last, waiting)
    if conn.dialect.name == "postgresql":
        for table in tables.values():
            _set_sequence(conn, table)


def _insert(conn: Connection, table: Table | None, rows: list[dict[str, Any]]) -> None:
    if table is not None and rows:
        conn.execute(table.insert(), rows)


def _set_sequence(conn: Connection, table: Table) -> None:
    """The next row gets an id behind those that were restored."""
    sequence = None
    if "id" in table.columns:
        sequence = conn.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}).scalar()
    if sequence is not None:
        last = conn.execute(select(func.max(table.columns["id"]))).scalar()
        conn.execute(select(func.setval(sequence, last or 1, last is not None)))


def _calm(conn: Connection, backup: Backup, now: datetime, who: str) -> Restored:
    """Nothing rings until a person resumes: what rang since the backup was made, it does not know."""
    conn.execute(calls.update().where(is_in(CallState.QUEUED, CallState.DIALING)).values(wake_at=now))
    sweep(conn, now)
    reason = f"restored from a backup of {backup.made_at.isoformat(timespec='seconds')}"
    write_pause(conn, "all", "", reason, now)
    record_action(conn, "restore", "all", reason, now, who=who)
    counts = [
        conn.execute(select(func.count()).select_from(calls).where(is_in(state))).scalar_one()
        for state in (CallState.WAITING, CallState.UNSURE)
    ]
    return Restored(*counts)


def _tables() -> Iterator[Table]:
    """Parents first."""
    return (table for table in metadata.sorted_tables if table.name not in _LEFT_OUT)


def _lines(path: Path) -> Iterator[tuple[bytes, Json]]:
    try:
        with gzip.open(path) as packed:
            for line in packed:
                yield line, json.loads(line)
    except (EOFError, zlib.error):
        raise _cut(path) from None
    except (gzip.BadGzipFile, ValueError):
        raise BadBackup(f"{path} không phải bản sao lưu của bridge", f"{path} is no backup of the bridge") from None


def _cut(path: Path) -> BadBackup:
    return BadBackup(f"{path} bị cụt: thiếu phần cuối", f"{path} is cut short: its end is missing")


def _plain(column: Column[Any], value: Any) -> Json:
    """A value as JSON: instants in ISO 8601, bytes in base64."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(column.type, LargeBinary) and value is not None:
        return base64.b64encode(value).decode()
    return value


def _typed(column: Column[Any], value: Json) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    return base64.b64decode(value) if isinstance(column.type, LargeBinary) else value
