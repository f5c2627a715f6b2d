"""Hints carried by threads of the worker, beside SQLite's one writer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from bridge.engine import DECIDE, Engine, Handler, open_engine
from bridge.engine.embedded import Embedded
from bridge.store import Connection, Store, migrate, open_store
from bridge.store.db.tables import state
from tests.processes import wait_for

OTHER = "other"  # a second kind of hint


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'bridge.db'}")
    migrate(opened)
    yield opened
    opened.close()


def start(
    handlers: Mapping[str, Callable[[int], object]], most: int = 1, wake: Callable[[], None] = lambda: None
) -> Engine:
    engine = Embedded()
    engine.start({kind: each(handle) for kind, handle in handlers.items()}, most, wake)
    return engine


def each(handle: Callable[[int], object]) -> Handler:
    """Handles the ids of a group one after the other."""
    return lambda ids: [handle(item) for item in ids]


class Slow:
    """Handles one id at a time, when told to."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.go = threading.Semaphore(0)

    def __call__(self, item: int) -> None:
        self.begun.append(item)
        self.go.acquire()
        self.ended.append(item)


def test_a_hint_is_acted_on_only_after_the_commit_that_it_belongs_to(store: Store) -> None:
    seen: list[str | None] = []
    begun = threading.Event()

    def read(item: int) -> None:
        begun.set()
        with store.write() as conn:
            seen.append(value(conn))

    engine = start({DECIDE: read})
    with store.write() as conn:
        engine.submit(conn, DECIDE, [1])
        assert begun.wait(10)
        conn.execute(state.insert().values(key="call", value="queued"))
    wait_for("the handler", lambda: seen)
    assert seen == ["queued"]


def test_a_hint_of_a_transaction_that_was_undone_finds_nothing(store: Store) -> None:
    seen: list[str | None] = []

    def read(item: int) -> None:
        with store.write() as conn:
            seen.append(value(conn))

    engine = start({OTHER: read})
    with pytest.raises(LookupError), store.write() as conn:
        conn.execute(state.insert().values(key="call", value="queued"))
        engine.submit(conn, OTHER, [1])
        raise LookupError
    wait_for("the handler", lambda: seen)
    assert seen == [None]


def test_the_web_process_which_handles_nothing_submits_into_the_void(store: Store) -> None:
    with store.write() as conn:
        open_engine("sqlite:///bridge.db").submit(conn, DECIDE, [1, 2])


def test_an_id_that_is_asked_for_while_it_waits_is_handled_once() -> None:
    slow = Slow()
    engine = start({DECIDE: slow})
    futures = [engine.take(DECIDE, item) for item in (1, 2, 2, 2)]
    for _ in range(2):
        slow.go.release()
    futures[-1].result(10)
    assert slow.ended == [1, 2]
    slow.go.release()
    engine.take(DECIDE, 3).result(10)  # the thread did not stumble over what it no longer found


def test_an_id_that_is_asked_for_while_it_runs_is_not_handled_again() -> None:
    slow = Slow()
    engine = start({DECIDE: slow})
    first = engine.take(DECIDE, 1)
    wait_for("the first run", lambda: slow.begun == [1])
    again, other = engine.take(DECIDE, 1), engine.take(DECIDE, 2)
    assert again is first
    for _ in range(2):
        slow.go.release()
    for future in (again, other):
        future.result(10)
    assert slow.ended == [1, 2]
    slow.go.release()
    engine.take(DECIDE, 1).result(10)
    assert slow.ended == [1, 2, 1]


def test_what_waits_is_handled_together_but_for_so_many_at_once_the_first_that_came_first() -> None:
    groups: list[list[int]] = []
    go = threading.Event()

    def handle(ids: Sequence[int]) -> None:
        groups.append(list(ids))
        go.wait(10)

    engine = Embedded()
    engine.start({DECIDE: handle}, 3, lambda: None)
    engine.take(DECIDE, 9)
    wait_for("the first run", lambda: groups == [[9]])
    last = [engine.take(DECIDE, item) for item in (5, 4, 8, 7)][-1]
    go.set()
    last.result(10)
    assert groups == [[9], [5, 4, 8], [7]]


def test_a_slow_kind_does_not_hold_up_the_other() -> None:
    slow, decided = Slow(), threading.Event()
    engine = start({OTHER: slow, DECIDE: lambda item: decided.set()})
    for item in range(5):
        engine.take(OTHER, item)
    engine.take(DECIDE, 1).result(10)
    assert decided.is_set()
    assert slow.ended == []


def test_a_handler_that_fails_is_logged_and_its_thread_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    woken = threading.Semaphore(0)

    def fail(item: int) -> None:
        if item == 1:
            raise LookupError

    engine = start({DECIDE: fail}, wake=woken.release)
    with caplog.at_level(logging.ERROR):
        for item in (1, 2):
            engine.take(DECIDE, item).result(10)
    assert [record.getMessage() for record in caplog.records] == ["decide failed ids=1"]
    assert all(woken.acquire(timeout=10) for _ in range(2))


def test_stopping_lets_what_runs_end_and_drops_what_waits() -> None:
    slow = Slow()
    engine = start({DECIDE: slow})
    running = engine.take(DECIDE, 1)
    wait_for("the first run", lambda: slow.begun == [1])
    waiting = engine.take(DECIDE, 2)
    assert not engine.stop(0)
    assert waiting.cancelled()
    slow.go.release()
    assert engine.stop(10)
    assert running.done()
    assert engine.take(DECIDE, 3).cancelled()
    assert slow.ended == [1]


def value(conn: Connection) -> str | None:
    return conn.execute(select(state.c.value).where(state.c.key == "call")).scalar()
