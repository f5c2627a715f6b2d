"""Whoever commits to a SQLite file tells the worker beside it, and never waits for one."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bridge.store import Store, migrate, open_store
from bridge.store.db.tables import state
from bridge.store.db.wake import listen, pipe_beside, ring


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'bridge.db'}")
    migrate(opened)
    yield opened
    opened.close()


@contextmanager
def listening(store: Store) -> Iterator[int]:
    assert store.path is not None
    pipe = listen(store.path)
    assert pipe is not None
    yield pipe
    os.close(pipe)


def has_rung(pipe: int) -> bool:
    """Whether there was a ring since the last question."""
    readable, _, _ = select.select([pipe], [], [], 0)
    return bool(readable and os.read(pipe, 65536))


def write(store: Store, key: str) -> None:
    with store.write() as conn:
        conn.execute(state.insert().values(key=key, value=1))


def test_each_commit_rings_and_a_read_does_not(web: Store) -> None:
    with listening(web) as pipe:
        write(web, "a")
        assert has_rung(pipe)
        web.write_together(lambda conn: conn.execute(state.insert().values(key="b", value=1)))
        assert has_rung(pipe)
        with web.read() as conn:
            conn.execute(state.select()).all()
        assert not has_rung(pipe)


def test_what_was_undone_does_not_ring(web: Store) -> None:
    with listening(web) as pipe:
        with pytest.raises(LookupError), web.write() as conn:
            conn.execute(state.insert().values(key="a", value=1))
            raise LookupError
        assert not has_rung(pipe)


def test_the_worker_does_not_ring_for_itself(web: Store) -> None:
    with listening(web) as pipe:
        write(web.quiet(), "a")
        assert not has_rung(pipe)


def test_a_commit_waits_for_no_worker(web: Store) -> None:
    write(web, "no pipe")
    with listening(web):
        pass
    write(web, "nobody reads")
    assert web.path is not None
    with listening(web) as pipe:
        os.set_blocking(pipe, False)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(pipe, b"\0" * 4096)
        write(web, "full")
        assert has_rung(pipe)
    assert pipe_beside(web.path).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_can_hold_no_pipe_is_no_failure(tmp_path: Path) -> None:
    assert listen(tmp_path / "gone" / "bridge.db") is None
    ring(tmp_path / "gone" / "bridge.db")
