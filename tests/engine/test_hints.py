"""Whatever becomes of the hints, each order is called once: the worker, on both engines, with real deliveries."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, text

from bridge.core.model import Request
from bridge.decide.delivery import decide
from bridge.engine import Engine, open_engine
from bridge.fake_vbot import FakeVBot
from bridge.place.queue import admit
from bridge.receive.webhook import receive
from bridge.settings import read_config
from bridge.store import Connection, Store, make_seal
from bridge.store.calls import LEASE
from bridge.store.configuration.catalog import Catalogs
from bridge.store.reports.views import Filter, list_calls
from bridge.vbot.client import Client
from bridge.worker.loop import run_worker
from tests.processes import HOTLINE, KEY, configure, order, phone, sign, stop_worker, wait_for

ORDERS = 12


@dataclass
class Bent:
    """The database's own engine, through which other ids go than were submitted."""

    engine: Engine
    bend: Callable[[Sequence[int]], Sequence[int]]

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        self.engine.submit(conn, kind, self.bend(ids))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)


@dataclass
class Late:
    """Each hint comes with the next submission, in reverse; the last ones never."""

    held: list[int] = field(default_factory=list)

    def __call__(self, ids: Sequence[int]) -> Sequence[int]:
        due, self.held = self.held[::-1], list(ids)
        return due


@contextlib.contextmanager
def working(url: str, store: Store, engine: Engine, vbot: FakeVBot) -> Iterator[None]:
    """A worker with this engine, in a thread; it has stopped cleanly afterwards."""
    settings = {"DATABASE_URL": url, "BRIDGE_SECRET_KEY": KEY, "VBOT_HOTLINE": HOTLINE, "WORKER_THREADS": "4"}
    stop, ended = threading.Event(), []

    def run() -> None:
        catalogs, client = Catalogs(make_seal((KEY,))), Client(vbot.account())
        ended.append(run_worker(read_config(settings), store, catalogs, engine, client, stop))

    worker = threading.Thread(target=run)
    worker.start()
    try:
        yield
    finally:
        stop_worker(worker, stop)
    assert ended == [True]


def send(store: Store, engine: Engine, number: int) -> None:
    body, catalogs = order(number), Catalogs(make_seal((KEY,)))
    request = Request("POST", "/hooks/shop", "", tuple(sign("shop", body)), body)
    assert receive(store, catalogs, "shop", request, datetime.now(UTC), engine.submit).is_new


def states(store: Store) -> list[str]:
    with store.read() as conn:
        return [call["state"] for call in list_calls(conn, Filter(limit=200), show_phones=False).items]


def watch_commits(store: Store) -> tuple[set[str], set[str]]:
    """The tables that are written from now on by commits which wait for the disk, and by those which do not."""
    durable: set[str] = set()
    relaxed: set[str] = set()

    @event.listens_for(store.engine, "after_cursor_execute")
    def _note(conn: Connection, cursor: object, statement: str, *rest: object) -> None:
        written = re.match(r"(?:INSERT INTO|UPDATE) (\w+)", statement)
        if written is None:
            return
        driver: Any = conn.connection.driver_connection
        question = "SELECT source FROM pg_settings WHERE name = 'synchronous_commit'"  # "session": not the database's
        found = driver.execute(question if store.is_postgres else "PRAGMA synchronous").fetchone()[0]
        (relaxed if found in ("session", 1) else durable).add(written[1])

    return durable, relaxed


def test_what_rings_somebody_waits_for_the_disk_and_what_is_decided_again_does_not(
    migrated_url: str, store: Store, vbot: FakeVBot
) -> None:
    configure(migrated_url)
    durable, relaxed = watch_commits(store)
    engine = open_engine(migrated_url)
    with working(migrated_url, store, engine, vbot):
        send(store, engine, 0)
        wait_for("the call", lambda: states(store) == ["placed"])
    # Received and dialled; decided. A call is queued by the one and dialled and recorded by the other.
    assert {"deliveries", "attempts", "calls"} <= durable
    assert {"deliveries", "orders", "events", "decisions", "calls"} <= relaxed
    assert not {"orders", "events", "decisions"} & durable
    assert "attempts" not in relaxed


def hints(store: Store) -> int:
    if not store.is_postgres:
        return 0
    with store.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


@pytest.mark.parametrize(
    "bend",
    [
        pytest.param(lambda ids: [], id="lost"),
        pytest.param(lambda ids: [*ids, *ids], id="doubled"),
        pytest.param(lambda ids: [*ids, *(each + 1000 for each in ids)], id="of-rows-that-are-not-there"),
        pytest.param(Late(), id="late"),
    ],
)
def test_each_order_is_called_once_whatever_becomes_of_every_hint(
    migrated_url: str, store: Store, vbot: FakeVBot, bend: Callable[[Sequence[int]], Sequence[int]]
) -> None:
    configure(migrated_url)
    engine = Bent(open_engine(migrated_url), bend)
    with working(migrated_url, store, engine, vbot):
        for number in range(ORDERS):
            send(store, engine, number)
        wait_for("every call", lambda: states(store) == ["placed"] * ORDERS)
        wait_for("an end of all hints", lambda: hints(store) == 0)
    assert sorted(str(call["phone"]) for call in vbot.calls) == [phone(number) for number in range(ORDERS)]


def test_what_a_dead_worker_had_admitted_is_taken_up_before_its_lease_ends(
    migrated_url: str, store: Store, vbot: FakeVBot
) -> None:
    configure(migrated_url)
    dead, catalogs = Bent(open_engine(migrated_url), lambda ids: []), Catalogs(make_seal((KEY,)))
    send(store, dead, 0)
    assert decide(store, catalogs, 1, datetime.now(UTC), HOTLINE)
    assert admit(store, catalogs, datetime.now(UTC), 1) == [1]
    send(store, dead, 1)
    with working(migrated_url, store, open_engine(migrated_url), vbot):
        wait_for("both calls", lambda: states(store) == ["placed"] * 2, seconds=LEASE.total_seconds() - 10)


def test_a_worker_that_rests_is_woken_by_the_commit(
    migrated_url: str, store: Store, vbot: FakeVBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next look would come after an hour."""
    configure(migrated_url)
    engine = open_engine(migrated_url)
    monkeypatch.setattr(engine, "look_seconds", 3600.0)
    with working(migrated_url, store, engine, vbot):
        for number in range(3):
            send(store, engine, number)
            wait_for("the call", lambda number=number: states(store) == ["placed"] * (number + 1))
        monkeypatch.setattr(engine, "look_seconds", 0.1)
        with store.write() as conn:
            engine.submit(conn, "decide", [1])


def test_a_hint_for_a_delivery_that_is_done_changes_nothing(migrated_url: str, store: Store, vbot: FakeVBot) -> None:
    configure(migrated_url)
    engine = open_engine(migrated_url)
    with working(migrated_url, store, engine, vbot):
        send(store, engine, 0)
        wait_for("the call", lambda: states(store) == ["placed"])
        with store.write() as conn:
            engine.submit(conn, "decide", [1] * 20)
        engine.take("decide", 1).result(30)
        wait_for("an end of all hints", lambda: hints(store) == 0)
    assert len(vbot.calls) == 1
