"""A database that an older version filled: today's code finds every row of it, and goes on where that version was.

`tests/fixtures/databases/VERSION.{sqlite,postgres}.sql` is such a database as SQL text, made by that version's own code
with orders, keys and phones of these tests. `VERSION.json` says what that version then read of it, and what it decided
and dialled next.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, inspect, text

from bridge.core.model import Json
from bridge.fake_vbot import FakeVBot
from bridge.settle.results import settle_stored
from bridge.store import Store, make_seal, migrate, open_store, read_schema
from bridge.store.reports.balance import read_balance
from tests.stage import Stage, later

FOLDER = Path(__file__).parents[1] / "fixtures" / "databases"
VERSION = "4cd3fd3"
SINCE, UNTIL = later(days=-2), later(7200)


class Found(Stage):
    """A stage that leaves the database as it was found."""

    def apply(self, *rules: dict[str, Any], **extra: Any) -> int:
        return 0


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The older version's database, before anything of today touched it."""
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as file:
            file.executescript((FOLDER / f"{VERSION}.sqlite.sql").read_text())
        file.close()
    else:
        with psycopg.connect(database_url, autocommit=True) as server:
            server.execute((FOLDER / f"{VERSION}.postgres.sql").read_text())
    opened = open_store(database_url)
    yield opened
    opened.close()


def expected(when: str) -> Json:
    return json.loads((FOLDER / f"{VERSION}.json").read_text())[when]


def every_row(conn: Connection, columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """By table, each row's values of these columns as text."""
    found = {}
    for table, names in columns.items():
        rows = conn.execute(text(f"SELECT {', '.join(names)} FROM {table}"))
        found[table] = sorted(repr(tuple(row)) for row in rows)
    return found


def columns_of(conn: Connection) -> dict[str, list[str]]:
    """By table of the bridge itself."""
    look = inspect(conn)
    names = [name for name in look.get_table_names() if not name.startswith(("procrastinate_", "alembic_"))]
    return {name: [column["name"] for column in look.get_columns(name)] for name in names}


def read(stage: Stage) -> Json:
    """What a person reads of it, without numbers of rows, which differ between the two databases."""
    catalog_topics: dict[str, list[str]] = {}
    with stage.store.read() as conn:
        catalog = stage.catalogs.read(conn)
        for source in catalog.sources:
            catalog_topics[source] = sorted({t for rule in catalog.rules if rule.listens(source) for t in rule.on})
        balance = read_balance(conn, SINCE, catalog_topics, UNTIL)
    del balance["skipped_by_reason"]  # of later releases
    return {
        "calls": [_call(call) for call in stage.calls()],
        "deliveries": [_delivery(delivery) for delivery in stage.deliveries()],
        "balance": balance,
    }


def _call(call: Json) -> Json:
    # The last two are of later releases, and nothing here is made by one of their revisions.
    left_out = ("id", "sentence", "sentence_en", "created_at", "updated_at", "attempts", "revision", "write_backs")
    assert (call["revision"], call["write_backs"]) == (None, [])
    attempts = [f"{attempt['outcome']}, {attempt['detail']}" for attempt in call["attempts"]]
    return {**{name: value for name, value in call.items() if name not in left_out}, "attempts": attempts}


def _delivery(delivery: Json) -> Json:
    names = ("source", "dedup_key", "state", "reason", "repeats", "recovered", "events")
    answers = [f"{one['rule']}: {one['decision']}, {one['reason']}" for one in delivery["decisions"]]
    return {**{name: delivery[name] for name in names}, "decisions": answers}


def test_migrating_keeps_every_row_and_opens_every_secret(store: Store) -> None:
    with store.read() as conn:
        columns = columns_of(conn)
        before = every_row(conn, columns)
    assert {name: len(rows) for name, rows in before.items()} == expected("rows")
    assert migrate(store, make_seal(("k" * 32,))).standing == "current"
    with store.read() as conn:
        assert read_schema(conn).usable
        after = every_row(conn, columns)
    # Later releases note the key, and how far the kept counts are.
    after["state"] = [row for row in after["state"] if not row.startswith(("('sealed_with'", "('standings'"))]
    renewed = {"sources", "tokens"}  # what is sealed is sealed anew each time
    assert {name: rows for name, rows in after.items() if name not in renewed} == {
        name: rows for name, rows in before.items() if name not in renewed
    }
    assert {name: len(after[name]) for name in renewed} == {name: len(before[name]) for name in renewed}


def test_it_reads_as_it_did(store: Store, vbot: FakeVBot) -> None:
    migrate(store, make_seal(("k" * 32,)))
    assert read(Found(store, vbot)) == expected("stored")


def test_deciding_settling_and_dialling_go_on_where_that_version_was(store: Store, vbot: FakeVBot) -> None:
    migrate(store, make_seal(("k" * 32,)))
    stage = Found(store, vbot)
    stage.decide(later(1000))
    settle_stored(store, stage.catalogs, stage.client.account_id, later(1001))
    for seconds in (1002, 1100, 3000, 3100):
        stage.dial(later(seconds))
    assert read(stage) == expected("continued")
    assert stage.rung() == expected("rung")
