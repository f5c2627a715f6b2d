"""A big ledger, quickly: rows as the bridge itself leaves them, written past it.

Number n is one order of the generic shop `shop` for `name(n)`, its delivery, event, decision and call; if it is
finished, the attempt and VBot's result too. Ids are n + 1. About 3 kB a call on either database, its indexes included;
1.1 million take some minutes and 4 GB.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import sql

from bridge.core.folding import fold
from bridge.store import open_store
from bridge.store.reports.report_days import count_days
from bridge.store.reports.standings import refresh_standings
from bridge.store.reports.tallies import advance_tallies
from tests.processes import HOTLINE, RULE, order, phone, sign

CHUNK = 20_000
APART = timedelta(seconds=5)  # from one finished call to the next: a million are two months
COLUMNS = {
    "deliveries": "id source_id dedup_key method path query headers body platform_topic state received_at decided_at",
    "orders": "source_id order_id number state state_at closedness delivery_id event_n first_seen_at names",
    "order_words": "word seen_at source_id order_id",
    "events": "id delivery_id n source_id order_id topic platform_topic occurred_at",
    "decisions": "id event_id rule decision reason facts call_id decided_at",
    "calls": "id rule once_key ring source_id order_id order_number event_id phone template hotline datas state reason"
    " facts result key wake_at not_before not_after attempt_id placed_at created_at updated_at",
    "attempts": "id call_id n external_call_id phone template hotline datas started_at ended_at outcome detail"
    " http_status message vbot_call_id",
    "results": "id dedup_key body received_at state attempt_id kind told settled_at",
}
LINE = f"INSERT INTO hotlines (code, configured) VALUES ('{HOTLINE}', false) ON CONFLICT DO NOTHING"
Rows = dict[str, list[tuple[object, ...]]]
# As names are shared out: many of the first, few of the last, and one that is of order RARE alone.
FAMILIES = ("Nguyễn", "Trần", "Lê", "Nguyễn", "Phạm", "Hoàng", "Nguyễn", "Vũ", "Đặng", "Bùi")
MIDDLES = ("Văn", "Thị", "Đức", "Ngọc", "Minh", "Thu", "Quốc")
GIVEN = ("Anh", "Bình", "Châu", "Dung", "Giang", "Hạnh", "Hùng", "Khánh", "Lan", "Mai", "Nga", "Phúc", "Sơn")
RARE, RARE_NAME = 7, "Quách Thục Uyên"


def fill(url: str, numbers: range, now: datetime, *, due: datetime | None = None, apart: timedelta = APART) -> None:
    """These orders are there: their calls finished before `now`, so far apart, or waiting until `due`."""
    headers = json.dumps([["Host", "bridge.example.test"], *([name, value] for name, value in sign("shop", order(0)))])
    chunks = (range(first, min(first + CHUNK, numbers.stop)) for first in range(numbers.start, numbers.stop, CHUNK))
    found = (_rows(chunk, numbers.stop, now, due, headers, apart) for chunk in chunks)
    if url.startswith("sqlite"):
        _fill_sqlite(url.removeprefix("sqlite:///"), found)
    else:
        _fill_postgres(url, found)


def catch_up(url: str) -> None:
    """What is kept of the ledger is as a worker would have it by now."""
    with closing(open_store(url)) as store:
        for keep in (refresh_standings, lambda *of: advance_tallies(of[0], datetime.now(UTC), of[1])):
            while keep(store, CHUNK):
                pass
        while count_days(store, datetime.now(UTC), time.monotonic, time.monotonic() + 60):
            pass
    if not url.startswith("sqlite"):
        _vacuum(url)


def _rows(numbers: range, stop: int, now: datetime, due: datetime | None, headers: str, apart: timedelta) -> Rows:
    rows: Rows = {table: [] for table in COLUMNS}
    datas = '{"number":"DH-%d","name":"%s"}'
    for n in numbers:
        number = n + 1
        at = now if due else now - apart * (stop - n)
        came, rang, ended = (_text(at + timedelta(seconds=seconds)) for seconds in (0, 1, 40))
        order_id, label, said, words = f"id-{n}", f"DH-{n}", datas % (n, name(n)), fold(name(n))
        who = (phone(n), RULE["template"], HOTLINE, said)
        kept = (
            "POST",
            "/hooks/shop",
            "",
            headers,
            order(n, customer={"name": name(n)}),
            "order.created",
            "decided",
            came,
            came,
        )
        rows["deliveries"].append((number, "shop", f"id|msg_{number:027d}", *kept))
        rows["orders"].append(("shop", order_id, label, "open", came, 0, number, 0, came, words))
        rows["order_words"] += ((word, came, "shop", order_id) for word in words.split())
        rows["events"].append((number, number, 0, "shop", order_id, "order.created", "order.created", came))
        rows["decisions"].append((number, number, RULE["rule"], "call", "wanted", "{}", number, came))
        call = (number, RULE["rule"], f"order:shop:{order_id}", 1, "shop", order_id, label, number, *who)
        until = _text((due or at) + timedelta(days=1))
        if due:
            rows["calls"].append(
                (*call, "waiting", None, "{}", None, None, _text(due), _text(due), until, *[None] * 2, came, came)
            )
            continue
        facts = '{"key":"1"}'
        rows["calls"].append(
            (*call, "finished", "finished", facts, "confirmed", "1", None, came, until, number, rang, came, ended)
        )
        sent = (f"{number * 0x9E3779B97F4A7C15 % 2**64:032x}", *who, rang, rang)
        rows["attempts"].append((number, number, 1, *sent, "accepted", "accepted", 200, "Thành công", f"CALL_{n}"))
        told = json.dumps({"external_call_id": sent[0], "status": "ANSWER", "key": "1", "phone": phone(n)})
        result = (f"log|{sent[0]}|ANSWER|1", told.encode(), ended, "settled", number, "log", told, ended)
        rows["results"].append((number, *result))
    return rows


def name(n: int) -> str:
    """Whom order n is for."""
    return RARE_NAME if n == RARE else " ".join(each[n % len(each)] for each in (FAMILIES, MIDDLES, GIVEN))


def _fill_sqlite(path: str, found: Iterable[Rows]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        # Not as the bridge writes: whoever fills can fill again.
        for pragma in ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            conn.execute(f"PRAGMA {pragma}")
        conn.execute(LINE)
        for rows in found:
            conn.execute("BEGIN IMMEDIATE")
            for table, words in COLUMNS.items():
                names = words.split()
                places = ", ".join("?" * len(names))
                conn.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", rows[table])
            conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill_postgres(url: str, found: Iterable[Rows]) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        conn.execute(LINE)
        for rows in found:
            with conn.transaction():
                for table, words in COLUMNS.items():
                    _copy(conn, table, words.split(), rows[table])
        for table in COLUMNS:
            if table not in ("orders", "order_words"):
                query = "SELECT setval(pg_get_serial_sequence({0}, 'id'), coalesce(max(id), 1)) FROM {1}"
                conn.execute(sql.SQL(query).format(sql.Literal(table), sql.Identifier(table)))
    _vacuum(url)


def _vacuum(url: str) -> None:
    """As autovacuum would have by now. Some servers of tests and benchmarks have it switched off."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE")


def _copy(
    conn: psycopg.Connection[tuple[object, ...]], table: str, names: Sequence[str], rows: list[tuple[object, ...]]
) -> None:
    fields = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), fields)
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _text(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
