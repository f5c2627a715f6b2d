"""Hints in the tables of Postgres: part of our transaction, heard by any worker, and gone afterwards."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bridge.core.model import StoreDown
from bridge.engine import DECIDE, Engine, Handler, open_engine
from bridge.store import HINT_CONNECTIONS, Store, open_store
from tests import postgres
from tests.processes import wait_for
from tests.tcp import relay

HEARD = "application_name = 'vbot-bridge-hints' AND datname = current_database()"
OTHER = "other"  # a second kind of hint


@pytest.fixture
def url(migrated_postgres: str) -> str:
    postgres.empty(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def open_started(url: str) -> Iterator[Callable[..., Engine]]:
    """Engines that listen, until the test ends."""
    started: list[Engine] = []

    def start(handle: Callable[[int], object]) -> Engine:
        engine = open_engine(url)
        engine.start(dict.fromkeys((DECIDE, OTHER), each(handle)), 2, lambda: None)
        started.append(engine)
        return engine

    yield start
    assert [engine.stop(10) for engine in started] == [True] * len(started)


def each(handle: Callable[[int], object]) -> Handler:
    """Handles the ids of a group one after the other."""
    return lambda ids: [handle(item) for item in ids]


def submit(store: Store, url: str, kind: str, *ids: int) -> None:
    with store.write() as conn:
        open_engine(url).submit(conn, kind, ids)


def ask(store: Store, question: str) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(text(question)))


def hints(store: Store) -> list[tuple[str, int]]:
    return [
        tuple(row) for row in ask(store, "SELECT task_name, (args->>'item')::int FROM procrastinate_jobs ORDER BY id")
    ]


def test_a_transaction_that_is_undone_leaves_no_hint(store: Store, url: str) -> None:
    with pytest.raises(LookupError), store.write() as conn:
        open_engine(url).submit(conn, DECIDE, [1, 2])
        raise LookupError
    assert hints(store) == []


def test_a_hint_is_an_id_without_lock_or_time_and_comes_with_the_commit(store: Store, url: str) -> None:
    with store.write() as conn:
        open_engine(url).submit(conn, OTHER, [7, 5, 7])
        open_engine(url).submit(conn, DECIDE, [])
        assert hints(store) == []
    assert hints(store) == [(OTHER, 7), (OTHER, 5), (OTHER, 7)]
    columns = ask(
        store, "SELECT DISTINCT queue_name, lock, queueing_lock, scheduled_at, args - 'item' FROM procrastinate_jobs"
    )
    assert [tuple(row) for row in columns] == [(OTHER, None, None, None, {})]


def test_a_connection_that_is_cut_inside_the_transaction_is_a_database_that_is_down(store: Store, url: str) -> None:
    with pytest.raises(StoreDown), store.write() as conn:
        pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        ask(store, f"SELECT pg_terminate_backend({pid})")
        open_engine(url).submit(conn, DECIDE, [1])
    assert hints(store) == []


def test_each_hint_is_handled_by_one_of_the_workers_and_gone_then(
    store: Store, url: str, open_started: Callable[..., Engine]
) -> None:
    handled: list[int] = []
    for _ in range(2):
        open_started(handled.append)
    for first in range(0, 50, 10):
        submit(store, url, DECIDE, *range(first, first + 10))
    wait_for("every hint", lambda: len(handled) == 50 and hints(store) == [])
    assert sorted(handled) == list(range(50))


def test_a_handler_that_fails_leaves_no_hint_and_the_next_is_heard(
    store: Store, url: str, open_started: Callable[..., Engine]
) -> None:
    failed, handled = threading.Event(), threading.Event()

    def handle(item: int) -> None:
        if item == 1:
            failed.set()
            raise LookupError
        handled.set()

    open_started(handle)
    submit(store, url, OTHER, 1)
    wait_for("the first hint", lambda: failed.is_set() and hints(store) == [])
    submit(store, url, OTHER, 2)  # of one group with the first it would fail with it
    wait_for("the second hint", lambda: handled.is_set() and hints(store) == [])


def test_slow_calls_do_not_hold_up_deciding(store: Store, url: str) -> None:
    let, decided = threading.Event(), threading.Event()
    engine = open_engine(url)
    engine.start({OTHER: lambda ids: let.wait(30), DECIDE: lambda ids: decided.set()}, 2, lambda: None)
    submit(store, url, OTHER, *range(10))
    submit(store, url, DECIDE, 1)
    assert decided.wait(30)
    let.set()
    assert engine.stop(30)


def test_a_worker_listens_by_as_many_connections_as_are_counted(store: Store, url: str) -> None:
    handled: list[int] = []
    engine = open_engine(url)
    engine.start({DECIDE: handled.extend}, 2, lambda: None)
    try:
        wait_for("it to listen", lambda: listeners(store))
        submit(store, url, DECIDE, *range(20))
        wait_for("the hints", lambda: sorted(handled) == [*range(20)])
        assert len(listeners(store)) == HINT_CONNECTIONS
    finally:
        engine.stop(10)


def test_a_worker_whose_connections_are_all_cut_hears_again(
    store: Store, url: str, open_started: Callable[..., Engine]
) -> None:
    handled: list[int] = []
    open_started(handled.append)
    for item in range(3):
        wait_for("both to listen", lambda: len(listeners(store)) == 2)
        ask(store, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {HEARD}")
        submit(store, url, DECIDE, item)
        wait_for("the hint", lambda item=item: item in handled)


@pytest.mark.parametrize("trouble", ["cut", "freeze"])
def test_a_worker_that_went_deaf_in_an_outage_listens_again(store: Store, url: str, trouble: str) -> None:
    handled: list[int] = []
    with relay(url) as (line, through):
        engine = open_engine(through)
        engine.start({DECIDE: handled.extend}, 2, lambda: None)
        try:
            wait_for("it to listen", lambda: listeners(store))
            before = listeners(store)
            getattr(line, trouble)()
            if trouble == "cut":
                wait_for("no connection", lambda: not listeners(store))
                time.sleep(2)  # in which it tries to connect again, and fails
                line.mend()
            wait_for("it to listen anew", lambda: listeners(store) - before, 60)
            submit(store, url, DECIDE, 7)
            wait_for("the hint", lambda: handled == [7])
        finally:
            engine.stop(10)


def listeners(store: Store) -> set[int]:
    """The process ids of the connections that wait for notifications."""
    rows = ask(store, f"SELECT pid FROM pg_stat_activity WHERE {HEARD}")
    return {row.pid for row in rows}


def test_a_worker_that_stops_takes_up_nothing_more_and_leaves_no_connection(store: Store, url: str) -> None:
    let, handled = threading.Event(), []
    engine = open_engine(url)

    def handle(item: int) -> None:
        handled.append(item)
        let.wait(30)

    engine.start({OTHER: each(handle)}, 1, lambda: None)
    submit(store, url, OTHER, *range(5))
    wait_for("one begun", lambda: len(handled) == 1)
    assert not engine.stop(0)
    let.set()
    assert engine.stop(30)
    wait_for("its connection closed", lambda: not listeners(store))
    assert len(handled) == 1
    assert len(hints(store)) == 4


def test_hints_of_which_nothing_was_heard_for_a_minute_are_removed_taken_up_or_not(store: Store, url: str) -> None:
    submit(store, url, OTHER, 1, 2, 3)
    ask_and_commit(store, "SELECT procrastinate_fetch_job_v2(NULL, NULL)")
    ask_and_commit(store, "UPDATE procrastinate_events SET at = at - interval '59 seconds'")
    ask_and_commit(store, "SELECT procrastinate_fetch_job_v2(NULL, NULL)")
    now = datetime.now(UTC)
    for moment, left in [(now, [1, 2, 3]), (now + timedelta(seconds=30), [2]), (now + timedelta(minutes=2), [])]:
        with store.write() as conn:
            open_engine(url).tidy(conn, moment)
        assert [item for _, item in hints(store)] == left
    assert ask(store, "SELECT 1 FROM procrastinate_events") == []


def ask_and_commit(store: Store, statement: str) -> None:
    with store.write() as conn:
        conn.execute(text(statement))
