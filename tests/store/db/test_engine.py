"""The two transactions of a store, on both databases; and what SQLite's file needs beside them."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, exc, insert, literal, select, text

from bridge.core.model import BadSetting, StoreDown
from bridge.store import Store, database_now, open_store
from bridge.store.db.tables import calls, pauses, sources, state
from bridge.store.db.upsert import upsert

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)

COUNT = """
import sys
from sqlalchemy import select
from bridge.store import open_store
from bridge.store.db.tables import state
store = open_store(sys.argv[1])
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    with store.write() as conn:
        value = conn.execute(select(state.c.value).where(state.c.key == "count").with_for_update()).scalar_one()
        conn.execute(state.update().where(state.c.key == "count").values(value=value + 1))
"""

HOLD = """
import sys
from bridge.store import open_store
with open_store(sys.argv[1]).write():
    print(flush=True)
    input()
"""


def put(store: Store, key: str, value: object) -> None:
    with store.write() as conn:
        upsert(conn, state, {"key": key}, {"value": value})


def get(store: Store, key: str) -> object:
    with store.read() as conn:
        return conn.execute(select(state.c.value).where(state.c.key == key)).scalar()


def test_what_was_written_is_read_by_a_store_opened_later(store: Store, migrated_url: str) -> None:
    put(store, "word", "một")
    later = open_store(migrated_url)
    assert get(later, "word") == "một"
    later.close()


def test_an_exception_leaves_nothing_of_its_transaction(store: Store) -> None:
    put(store, "word", "before")
    with pytest.raises(KeyError), store.write() as conn:
        upsert(conn, state, {"key": "word"}, {"value": "after"})
        upsert(conn, state, {"key": "other"}, {"value": 1})
        raise KeyError
    assert (get(store, "word"), get(store, "other")) == ("before", None)
    put(store, "word", "after")
    assert get(store, "word") == "after"


def test_reading_writes_nothing(store: Store) -> None:
    with contextlib.suppress(StoreDown), store.read() as conn:  # Postgres refuses, SQLite forgets
        upsert(conn, state, {"key": "word"}, {"value": 1})
    assert get(store, "word") is None


def test_a_reader_sees_nothing_of_a_transaction_that_is_not_committed(store: Store) -> None:
    put(store, "word", "before")
    with store.write() as conn:
        upsert(conn, state, {"key": "word"}, {"value": "after"})
        assert get(store, "word") == "before"
    assert get(store, "word") == "after"


@ON_SQLITE
def test_one_look_at_sqlite_is_one_view(store: Store) -> None:
    put(store, "word", "before")
    with store.read() as conn:
        seen = select(state.c.value).where(state.c.key == "word")
        assert conn.execute(seen).scalar() == "before"
        put(store, "word", "after")
        assert conn.execute(seen).scalar() == "before"


def test_two_processes_lose_no_increment(store: Store, migrated_url: str) -> None:
    put(store, "count", 0)
    command = [sys.executable, "-c", COUNT, migrated_url, "200"]
    running = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) for _ in range(2)]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0, 0]
    assert get(store, "count") == 400


def test_threads_of_one_process_lose_no_increment(store: Store) -> None:
    put(store, "count", 0)

    def count() -> None:
        for _ in range(25):
            with store.write() as conn:
                row = select(state.c.value).where(state.c.key == "count").with_for_update()
                upsert(conn, state, {"key": "count"}, {"value": conn.execute(row).scalar_one() + 1})

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert get(store, "count") == 100


@ON_SQLITE
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)],  # synchronous 2 is FULL
)
def test_every_connection_to_sqlite_keeps_what_was_promised(store: Store, pragma: str, value: object) -> None:
    for opening in (store.read, store.write):
        with opening() as conn:
            assert conn.execute(text(f"PRAGMA {pragma}")).scalar() == value


def is_durable(conn: Connection) -> bool:
    """Whether a commit of this transaction waits for the disk; on Postgres, as long as its database says."""
    if conn.dialect.name == "sqlite":
        return bool(conn.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2)  # FULL
    set_by = conn.exec_driver_sql("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'").scalar_one()
    return bool(set_by != "session")


def test_commits_wait_for_the_disk_but_those_of_a_relaxed_store(store: Store) -> None:
    for _ in range(2):  # also on a connection that was a relaxed one's before
        with store.write() as conn:
            assert is_durable(conn)
        assert store.write_together(is_durable)
        with store.relaxed.write() as conn:
            assert not is_durable(conn)
    put(store.relaxed, "word", "một")
    assert get(store, "word") == "một"


@ON_SQLITE
def test_the_lock_beside_sqlites_file_is_only_for_its_owner(store: Store, migrated_url: str) -> None:
    put(store, "word", 1)
    lock = Path(migrated_url.removeprefix("sqlite:///") + ".lock")
    assert lock.stat().st_mode & 0o077 == 0


@ON_SQLITE
def test_what_was_erased_from_sqlite_is_in_none_of_its_files(store: Store, migrated_url: str) -> None:
    path, secret = Path(migrated_url.removeprefix("sqlite:///")), "0912345678 Trần Thị Bí Mật"
    put(store, "word", secret * 1000)
    with store.write() as conn:
        conn.execute(state.delete().where(state.c.key == "word"))
    store.wipe(state)
    for file in path.parent.glob("bridge.db*"):
        assert secret.encode() not in file.read_bytes()


@ON_POSTGRES
def test_the_room_of_what_was_erased_from_postgres_is_freed_at_once(store: Store) -> None:
    def vacuums() -> int:
        with store.read() as conn:
            asked = "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'state'"
            return int(conn.execute(text(asked)).scalar_one())

    put(store, "word", 1)
    before = vacuums()
    store.wipe(state)
    assert vacuums() == before + 1
    with store.write() as conn:
        assert conn.execute(text("SHOW statement_timeout")).scalar_one() == "10s"


@ON_SQLITE
def test_a_process_that_was_suspended_with_the_lock_stops_the_others_only_for_a_while(
    store: Store, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.db.sqlite.LOCK_SECONDS", 0.1)
    command = [sys.executable, "-c", HOLD, migrated_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.send_signal(signal.SIGSTOP)
        for write in (lambda: put(store, "word", 1), lambda: store.write_together(lambda conn: None)):
            with pytest.raises(StoreDown) as busy:
                write()
            assert busy.value.code == "busy" and "suspended" in str(busy.value)
        waiting = [thread for thread in threading.enumerate() if thread.name == "file lock"]
        assert len(waiting) == 1  # however many gave up
        other.kill()
    put(store, "word", 2)
    assert get(store, "word") == 2


@ON_POSTGRES
def test_postgres_ends_statements_that_take_too_long_and_speaks_utc(store: Store) -> None:
    with store.read() as conn:
        assert conn.execute(text("SHOW statement_timeout")).scalar() == "10s"
        assert conn.execute(text("SHOW timezone")).scalar() == "UTC"
        assert conn.execute(text("SHOW transaction_isolation")).scalar() == "read committed"


def test_a_row_without_its_source_is_refused(store: Store) -> None:
    with pytest.raises(exc.IntegrityError), store.write() as conn:
        conn.execute(
            text(
                "INSERT INTO deliveries (source_id, dedup_key, method, path, query, headers, body, state, received_at)"
                " VALUES ('nobody', 'k', 'POST', '/', '', '[]', '', 'stored', '2026-11-23 03:00:00')"
            )
        )


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        NOW.replace(microsecond=123456),
        datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=7))),
        datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(store: Store, moment: datetime) -> None:
    with store.write() as conn:
        conn.execute(insert(pauses).values(kind="all", name="", reason="", paused_at=moment))
    with store.read() as conn:
        back = conn.execute(select(pauses.c.paused_at)).scalar_one()
    assert back == moment
    assert back.tzinfo is UTC


def test_instants_sort_as_they_do_in_time_whatever_their_zone(store: Store) -> None:
    hanoi = timezone(timedelta(hours=7))
    moments = [
        datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 0, 0, 1, tzinfo=hanoi),
        datetime(2026, 11, 23, 2, 0, 0, 999999, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 0, 1, tzinfo=hanoi),
        datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 23, 0, tzinfo=hanoi),
    ]
    with store.write() as conn:
        for n in (3, 0, 5, 1, 4, 2):
            conn.execute(insert(pauses).values(kind="rule", name=str(n), reason="", paused_at=moments[n]))
    with store.read() as conn:
        late = select(pauses.c.name).where(pauses.c.paused_at > moments[1]).order_by(pauses.c.paused_at)
        assert list(conn.execute(late).scalars()) == ["2", "3", "4", "5"]


def test_an_instant_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(exc.StatementError, match="an instant without a time zone"), store.write() as conn:
        conn.execute(insert(pauses).values(kind="all", name="", reason="", paused_at=datetime(2026, 11, 23, 3, 0)))


def test_whole_amounts_are_stored_as_numbers_and_no_fraction_is_rounded(store: Store) -> None:
    put(store, "amounts", [Decimal("495000.00"), Decimal("0.10"), 12345678901234567890])
    assert get(store, "amounts") == [495000, "0.10", 12345678901234567890]


@pytest.mark.parametrize("value", [None, {}, [], "", "ấ\u2028💬", {"a": [1, {"b": None}]}])
def test_json_comes_back_as_it_was(store: Store, value: object) -> None:
    put(store, "word", {"inside": value})
    assert get(store, "word") == {"inside": value}


def test_no_exception_shows_the_values_that_were_to_be_stored(store: Store) -> None:
    secret = "0912345678"

    def twice() -> None:
        with store.write() as conn:
            for _ in range(2):
                conn.execute(insert(state).values(key=secret, value=secret))

    def unknown_table() -> None:
        with store.write() as conn:
            conn.execute(text("INSERT INTO nowhere VALUES (:phone)"), {"phone": secret})

    for fail in (twice, unknown_table):
        assert secret not in shown(fail)


def shown(fail: Callable[[], None]) -> str:
    """The whole text of the exception that this raises, with those behind it."""
    try:
        fail()
    except (exc.SQLAlchemyError, StoreDown) as error:
        return "".join(traceback.format_exception(error, chain=not error.__suppress_context__))
    raise AssertionError("nothing was raised")


def test_the_databases_own_clock_is_read_on_postgres_only(store: Store) -> None:
    fallback = datetime(2001, 1, 1, tzinfo=UTC)
    with store.read() as conn:
        now = database_now(conn, fallback)
    assert now.tzinfo is UTC
    assert (now == fallback) is not store.is_postgres


def test_a_postgres_that_is_not_there_is_a_store_that_is_down(free_port: int) -> None:
    store = open_store(f"postgres://name:word@127.0.0.1:{free_port}/bridge")
    for opening in (store.read, store.write):
        with pytest.raises(StoreDown) as down, opening():
            pass
        assert "word" not in str(down.value) and "127.0.0.1" not in str(down.value)


@ON_POSTGRES
def test_connections_that_postgres_ended_while_they_rested_are_replaced_unseen(store: Store) -> None:
    with store.read() as first, store.write() as second:
        pids = [conn.execute(text("SELECT pg_backend_pid()")).scalar_one() for conn in (first, second)]
    resting = open_store(store.engine.url.render_as_string(hide_password=False))
    with resting.write() as conn:
        for pid in pids:
            conn.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    resting.close()
    with store.write() as first, store.write() as second:
        assert first.execute(select(literal(1))).scalar() == second.execute(select(literal(1))).scalar() == 1


@ON_POSTGRES
def test_connections_that_postgres_ends_as_soon_as_they_are_made_are_a_store_that_is_down(store: Store) -> None:
    put(store, "seen", "before")
    admin = open_store(store.engine.url.render_as_string(hide_password=False))

    @event.listens_for(store.engine, "connect")
    def _end(dbapi: Any, record: object) -> None:
        with admin.write() as conn:
            conn.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": dbapi.info.backend_pid})

    store.engine.dispose()
    for opening in (store.read, store.write):
        with pytest.raises(StoreDown), opening():
            pass
    event.remove(store.engine, "connect", _end)
    assert get(store, "seen") == "before"
    admin.close()


@ON_POSTGRES
def test_what_was_prepared_on_postgres_outlives_a_look(store: Store) -> None:
    prepared = text("SELECT count(*) FROM pg_prepared_statements")
    for _ in range(10):
        with store.read() as conn:
            found = conn.execute(prepared).scalar_one()
    assert found > 0


def test_a_folder_that_is_not_there_is_a_store_that_is_down(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'missing' / 'bridge.db'}")
    for opening in (store.read, store.write):
        with pytest.raises(StoreDown), opening():
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_a_store_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "bridge.db").write_bytes(b"a letter to the bank, and no database at all" * 100)
    store = open_store(f"sqlite:///{tmp_path / 'bridge.db'}")
    with pytest.raises(StoreDown), store.write() as conn:
        conn.execute(select(literal(1)))


def test_a_store_that_was_down_serves_again_once_its_database_is_back(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'folder' / 'bridge.db'}")
    with pytest.raises(StoreDown), store.write():
        pass
    (tmp_path / "folder").mkdir()
    with store.write() as conn:
        assert conn.execute(select(literal(1))).scalar() == 1
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file:bridge?mode=memory&uri=true",
        "sqlite:///bridge.db?mode=ro",
        "postgres://db.example.test:port/bridge",
        "postgres://[::1/bridge",
        "mysql://db.example.test/bridge",
        "not an address",
        "",
    ],
)
def test_an_address_that_names_no_database_of_ours_is_told_what_to_write(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        open_store(url)
    assert str(refused.value).startswith("DATABASE_URL ")
    assert "sqlite:///" in str(refused.value)


def test_a_call_cannot_be_stored_twice_under_one_key(store: Store) -> None:
    with store.write() as conn:
        conn.execute(
            insert(sources).values(id="s", platform="generic", enabled=True, document={}, sealed="", updated_at=NOW)
        )
    same = {"rule": "r", "once_key": "k", "ring": 1, "phone": "0900000001", "template": "T", "hotline": "H"}
    times = dict.fromkeys(("not_before", "not_after", "created_at", "updated_at"), NOW)
    row = {**same, **times, "datas": {}, "facts": {}, "state": "waiting"}
    with store.write() as conn:
        conn.execute(insert(calls).values(row))
    with pytest.raises(exc.IntegrityError), store.write() as conn:
        conn.execute(insert(calls).values(row))


def test_another_process_that_leaves_does_not_take_the_write_ahead_log_along(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    leaves = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM t').fetchall(); c.close()"
    with contextlib.closing(open_store(f"sqlite:///{path}")) as store:
        with store.write() as conn:
            conn.execute(text("CREATE TABLE t (n INTEGER)"))
        with store.read() as first, store.read() as second:  # two connections, and a third for the writer
            first.execute(text("SELECT n FROM t")).all()
            second.execute(text("SELECT n FROM t")).all()
        subprocess.run([sys.executable, "-c", leaves, str(path)], check=True)
        assert Path(f"{path}-wal").exists()
        with store.write() as conn:
            conn.execute(text("INSERT INTO t VALUES (1)"))
        with contextlib.closing(sqlite3.connect(path)) as other:
            assert other.execute("SELECT n FROM t").fetchall() == [(1,)]
