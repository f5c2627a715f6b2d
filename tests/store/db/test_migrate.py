"""The schema's life: made, made again, by two at once, met by older and newer code; and the seals with it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event, inspect, select, text

from bridge.cli.shared.database import migrate_in_traffic
from bridge.core.model import BadSetting, Json
from bridge.store import Schema, Seal, Store, make_seal, migrate, open_store, read_schema
from bridge.store.configuration.documents import read_credentials, remove_source, write_source
from bridge.store.db.tables import metadata, sources, state
from tests.processes import wait_for

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HEAD = max(path.name[:4] for path in (ROOT / "bridge/migrations/versions").glob("0*.py"))
OLDER, NEWER = "0000", "9999"
OLD, NEW = "o" * 32, "n" * 32
CREDENTIALS: Json = {"secrets": ["first", "second"], "settings": {}}

SOURCE = """
    INSERT INTO sources (id, platform, enabled, document, sealed, updated_at)
    VALUES ('s', 'generic', true, '{}', '', now())
"""
# What one order does in the first schema: it is stored; then decided and dialled, and with each step the locks grow.
TRAFFIC = (
    "INSERT INTO deliveries (source_id, dedup_key, method, path, query, headers, body, state, received_at)"
    " VALUES ('s', %(key)s, 'POST', '/', '', '[]', '', 'stored', now())",
    "SELECT 1 FROM templates",
    "INSERT INTO calls (rule, once_key, ring, phone, template, hotline, datas, state, facts, not_before, not_after,"
    " created_at, updated_at)"
    " VALUES ('r', %(key)s, 1, '0', 'T', 'H', '{}', 'waiting', '{}', now(), now(), now(), now())",
    "INSERT INTO attempts (call_id, n, external_call_id, phone, template, hotline, datas, started_at)"
    " SELECT id, 1, %(key)s, '0', 'T', 'H', '{}', now() FROM calls WHERE once_key = %(key)s",
    "UPDATE deliveries SET state = 'decided' WHERE dedup_key = %(key)s",
)

MIGRATE = "import sys; from bridge.store import migrate, open_store; migrate(open_store(sys.argv[1]))"


@pytest.fixture
def own(database_url: str) -> Iterator[Store]:
    """A database that no other test sees, for what cannot be undone by emptying tables."""
    opened = open_store(database_url)
    migrate(opened)
    yield opened
    opened.close()


def standing(store: Store) -> Schema:
    with store.read() as conn:
        return read_schema(conn)


def pretend_newer(store: Store, *, compatible_from: str | None) -> None:
    """As if a later release had migrated this database."""
    with store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :newer"), {"newer": NEWER})
        conn.execute(state.delete().where(state.c.key == "compatible_from"))
        if compatible_from is not None:
            conn.execute(state.insert().values(key="compatible_from", value=compatible_from))


def first_schema(url: str) -> Store:
    """A database as the first release made it."""
    opened = open_store(url)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "bridge/migrations"))
    with opened.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
    return opened


def is_of_hints(thing: object, name: str | None, *about: object) -> bool:
    """A table of the engine on Postgres."""
    return str(name).startswith("procrastinate_")


def add_source(store: Store, name: str, seal: Seal) -> None:
    with store.write() as conn:
        write_source(conn, seal, {"id": name, "platform": "generic"}, CREDENTIALS, NOW)


def sealed(store: Store, name: str) -> str:
    with store.read() as conn:
        return conn.execute(select(sources.c.sealed).where(sources.c.id == name)).scalar_one()


def test_an_empty_database_gets_every_table_and_says_so(database_url: str) -> None:
    store = open_store(database_url)
    assert standing(store) == Schema("missing", None)
    assert migrate(store) == Schema("current", HEAD)
    assert standing(store) == Schema("current", HEAD)
    with store.read() as conn:
        tables = {name for name in inspect(conn).get_table_names() if not is_of_hints(None, name)}
    assert tables == {*metadata.tables, "alembic_version"}
    store.close()


def test_what_the_first_release_stored_is_kept_and_that_release_can_go_on(database_url: str) -> None:
    store = first_schema(database_url)
    with store.write() as conn:
        conn.execute(text("INSERT INTO templates (code, fields, fetched_at) VALUES ('T', '[]', '2026-11-23 03:00:00')"))
    assert standing(store) == Schema("behind", "0001")
    assert migrate(store).standing == "current"
    with store.read() as conn:
        assert conn.execute(text("SELECT version FROM templates WHERE code = 'T'")).scalar_one() == 1
        assert conn.execute(select(state.c.value).where(state.c.key == "compatible_from")).scalar_one() == "0001"
    store.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_it_comes_between_the_transactions_of_web_and_workers_and_none_of_them_fails(database_url: str) -> None:
    """Two locks that are taken in the other order are a deadlock; Postgres would end either side."""
    store = first_schema(database_url)
    with store.write() as conn:
        conn.execute(text(SOURCE))
    stop, stored, failed = threading.Event(), [0, 0, 0], []

    def work(thread: int) -> None:
        try:
            with psycopg.connect(database_url, options="-c lock_timeout=8000") as connection:
                while not stop.is_set():
                    key = f"{thread}-{stored[thread]}"
                    for step in TRAFFIC:
                        connection.execute(step, {"key": key})
                        connection.commit() if step is TRAFFIC[0] else time.sleep(0.001)
                    connection.commit()
                    stored[thread] += 1
        except psycopg.Error as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    wait_for("traffic", lambda: all(stored))
    schema = migrate_in_traffic(store, make_seal((OLD,)))
    before = list(stored)
    wait_for("traffic behind it", lambda: all(now > then for now, then in zip(stored, before, strict=True)))
    stop.set()
    for thread in threads:
        thread.join()
    assert (schema.standing, failed) == ("current", [])
    with store.read() as conn:
        assert conn.execute(text("SELECT count(*) FROM deliveries WHERE state = 'decided'")).scalar_one() == sum(stored)
        opts = {"include_object": lambda *about: not is_of_hints(*about)}
        assert compare_metadata(MigrationContext.configure(conn, opts=opts), metadata) == []
        assert conn.execute(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")).scalar_one() == 0
    store.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_no_index_of_a_table_that_is_there_is_made_or_dropped_where_others_must_wait_for_it(database_url: str) -> None:
    """And what an index replaces stays until that one is built: the release before may ask by it meanwhile."""
    store = first_schema(database_url)
    with store.read() as conn:
        there = inspect(conn).get_table_names()
        old = {index["name"] for table in there for index in inspect(conn).get_indexes(table)}
    statements: list[str] = []

    def note(conn: object, cursor: object, statement: str, *about: object) -> None:
        words = statement.replace('"', "").replace("(", " ").split()
        ours = words[:2] == ["DROP", "INDEX"] or (words[1:2] == ["INDEX"] and words[words.index("ON") + 1] in there)
        statements.extend([" ".join(words)] * ours)

    event.listen(store.engine, "before_cursor_execute", note)
    migrate(store)
    store.close()
    assert all(" INDEX CONCURRENTLY " in statement for statement in statements), statements
    made = [n for n, statement in enumerate(statements) if statement.startswith("CREATE")]
    dropped = [n for n, statement in enumerate(statements) if statement.split()[-1] in old]
    assert len(dropped) == 2
    assert max(made) < min(dropped)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_index_that_is_missing_or_half_built_is_built_by_the_next_migration(own: Store) -> None:
    with own.write() as conn:
        conn.execute(text("DROP INDEX calls_source"))
        conn.execute(text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'calls_order'::regclass"))
    migrate(own)
    with own.read() as conn:
        valid = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid IN "
        assert conn.execute(text(f"{valid} ('calls_source'::regclass, 'calls_order'::regclass)")).scalar_one() == 2


def test_migrating_again_changes_nothing(store: Store) -> None:
    add_source(store, "shop", make_seal((OLD,)))
    assert migrate(store) == migrate(store) == Schema("current", HEAD)
    with store.read() as conn:
        assert read_credentials(conn, make_seal((OLD,)), "shop") == CREDENTIALS


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(store: Store) -> None:
    with store.read() as conn:
        ours = {"include_object": lambda *about: not is_of_hints(*about)}
        assert compare_metadata(MigrationContext.configure(conn, opts=ours), metadata) == []


def test_two_processes_may_migrate_an_empty_database_at_once(database_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, database_url]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    shown = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], shown
    store = open_store(database_url)
    assert standing(store) == Schema("current", HEAD)
    store.close()


def test_a_newer_schema_that_is_marked_compatible_is_usable_and_left_alone(own: Store) -> None:
    pretend_newer(own, compatible_from=HEAD)
    assert migrate(own) == Schema("newer_compatible", NEWER)
    assert standing(own).usable


@pytest.mark.parametrize("compatible_from", [None, NEWER])
def test_a_newer_schema_that_is_not_for_this_code_is_not_usable_and_left_alone(
    own: Store, compatible_from: str | None
) -> None:
    seal = make_seal((OLD,))
    add_source(own, "shop", seal)
    before = sealed(own, "shop")
    pretend_newer(own, compatible_from=compatible_from)
    assert migrate(own, make_seal((NEW, OLD))) == Schema("newer", NEWER)
    assert not standing(own).usable
    assert sealed(own, "shop") == before


def test_an_older_schema_is_behind_and_not_usable(own: Store) -> None:
    with own.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = :older"), {"older": OLDER})
    assert standing(own) == Schema("behind", OLDER)
    assert not standing(own).usable


def test_every_credential_is_under_the_first_key_afterwards(store: Store) -> None:
    for name, key in (("old", OLD), ("new", NEW)):
        add_source(store, name, make_seal((key,)))
    migrate(store, make_seal((NEW, OLD)))
    with store.read() as conn:
        for name in ("old", "new"):
            assert read_credentials(conn, make_seal((NEW,)), name) == CREDENTIALS


def test_a_credential_that_no_key_opens_names_its_source_and_nothing_is_changed(store: Store) -> None:
    for name, key in (("good", OLD), ("lost", "x" * 32)):
        add_source(store, name, make_seal((key,)))
    before = [sealed(store, name) for name in ("good", "lost")]
    with pytest.raises(BadSetting, match="source lost"):
        migrate(store, make_seal((NEW, OLD)))
    assert [sealed(store, name) for name in ("good", "lost")] == before


def test_a_removed_source_has_no_credential_to_open(store: Store) -> None:
    seal = make_seal((OLD,))
    add_source(store, "gone", seal)
    with store.write() as conn:
        remove_source(conn, "gone", NOW)
    assert migrate(store, seal) == Schema("current", HEAD)
