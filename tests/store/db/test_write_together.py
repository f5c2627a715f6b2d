"""Several threads' work in one transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from bridge.core.model import StoreDown
from bridge.store import Connection, Store, open_store
from bridge.store.operation.workers import beat
from tests.stage import NOW


def count(store: Store) -> int:
    with store.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM workers")).scalar_one())


def test_every_work_is_committed_and_has_its_own_result(store: Store) -> None:
    def work(n: int) -> int:
        def insert(conn: Connection) -> int:
            beat(conn, f"w{n}", NOW)
            return n

        return store.write_together(insert)

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(200))) == list(range(200))
    assert count(store) == 200


def test_work_that_fails_undoes_itself_alone(store: Store) -> None:
    def work(n: int) -> str:
        def insert(conn: Connection) -> str:
            beat(conn, f"w{n}", NOW)
            if n % 2:
                raise ValueError("odd")
            return "even"

        try:
            return store.write_together(insert)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(40))) == ["even", "odd"] * 20
    assert count(store) == 20


def test_on_sqlite_waiting_work_shares_commits(migrated_sqlite: Path, tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    store = open_store(f"sqlite:///{path}")
    commits: list[int] = []
    event.listen(store.engine, "commit", lambda conn: commits.append(1))
    with ThreadPoolExecutor(16) as pool, store.write():
        futures = [pool.submit(store.write_together, lambda conn, n=n: beat(conn, f"w{n}", NOW)) for n in range(16)]
        while len(store._waiting) < 16:
            assert not any(future.done() for future in futures)
    for future in futures:
        future.result()
    assert count(store) == 16
    assert len(commits) == 2  # the transaction that all waited for, and one for all of them
    store.close()


def test_a_commit_that_fails_is_told_to_all(store: Store, tmp_path: Path) -> None:
    if store.path is None:
        store.engine.dispose()
        with pytest.raises(StoreDown):
            store.write_together(lambda conn: conn.execute(text("SELECT * FROM nowhere")))
        return
    with ThreadPoolExecutor(4) as pool:
        broken = [pool.submit(store.write_together, lambda conn: conn.execute(text("INSERT INTO nowhere VALUES (1)")))]
        for future in broken:
            with pytest.raises(StoreDown):
                future.result()
    store.write_together(lambda conn: beat(conn, "w1", NOW))
    assert count(store) == 1
