"""Through a real PgBouncer: session mode works as it is, transaction mode with a direct address or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from bridge.core.model import BadSetting
from bridge.fake_vbot import FakeVBot
from bridge.store import Store, open_store
from bridge.store.db.postgres import read_limit
from tests import pgbouncer, postgres
from tests.stage import Stage, order


@pytest.fixture(params=["session", "transaction"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pooler(program: Callable[[str], str], migrated_postgres: str, mode: str) -> Iterator[str]:
    postgres.empty(migrated_postgres)
    with pgbouncer.serve(program("pgbouncer"), migrated_postgres, mode, default_pool_size=3) as url:
        yield url


@pytest.fixture
def store(pooler: str, mode: str) -> Iterator[Store]:
    opened = open_store(pooler, pooled=mode == "transaction")
    yield opened
    opened.close()


def test_a_whole_call_goes_through_it(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    for number in range(1, 9):  # as many that a statement would be prepared
        stage.send("order.created", order(number))
    stage.run()
    assert len(stage.rung()) == 8


def test_our_limits_hold_in_every_transaction_and_longer_ones_where_nobody_waits(store: Store) -> None:
    for opening, limit in (
        (store.read, "10s"),
        (store.write, "10s"),
        (store.patient.read, "2min"),
        (store.read, "10s"),
    ):
        with opening() as conn:
            assert read_limit(conn) == limit
            assert conn.execute(text("SHOW timezone")).scalar_one() == "UTC"
            assert conn.execute(text("SHOW lock_timeout")).scalar_one() == "8s"


def test_more_threads_than_sessions_never_meet_a_statement_of_another(store: Store, mode: str) -> None:
    wrong: list[object] = []

    def ask(thread: int) -> None:
        for number in range(20):
            with store.write() as conn:
                # One text in each thread, so that a name of a prepared statement would stand for several of them.
                answer = conn.execute(text(f"SELECT {thread}, CAST(:number AS int)"), {"number": number}).one()
            if tuple(answer) != (thread, number):
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(3 if mode == "session" else 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_transaction_mode_without_a_direct_address_is_refused_by_name(pooler: str, mode: str) -> None:
    unaware = open_store(pooler)
    try:
        if mode == "session":
            unaware.need_sessions()
        else:
            with pytest.raises(BadSetting) as refused:
                unaware.need_sessions()
            assert "pooler in transaction mode" in str(refused.value) and "DATABASE_DIRECT_URL" in str(refused.value)
            assert "transaction" in refused.value.vietnamese
    finally:
        unaware.close()


def test_without_a_pooler_nothing_is_refused(migrated_postgres: str) -> None:
    direct = open_store(migrated_postgres)
    direct.need_sessions()
    direct.close()
