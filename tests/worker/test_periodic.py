"""Jobs: each goes on by itself, whatever one of them meets, and not by a clock that cannot be trusted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.core.model import NewWrite, StoreDown
from bridge.engine import lose
from bridge.engine.embedded import Embedded
from bridge.fake_vbot import FakeVBot
from bridge.notify.webhooks import Means, Sender
from bridge.notify.write_back import Writer
from bridge.receive.fetch import Fetcher
from bridge.settings import read_config
from bridge.store import Store, make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.db.tables import fetches
from bridge.store.notify.messages import write_message
from bridge.store.operation.due import find_due
from bridge.store.results import store_result
from bridge.store.shops.write_backs import create_write
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock
from bridge.worker.periodic import JOBS, Job, Worker, start_jobs
from tests.stage import NOW, Stage, order

SOON = 0.001
AWAIT_SECONDS = 20


@dataclass
class Clock:
    """A clock that stands at NOW."""

    trusted: bool

    def now(self) -> datetime:
        return NOW

    def is_trusted(self) -> bool:
        return self.trusted


def worker(*, trusted: bool = True) -> Any:
    """As much of a worker as these jobs need."""
    return SimpleNamespace(clock=Clock(trusted))


def made(count: int, fail: Exception | None = None) -> tuple[Callable[[Any, datetime], None], threading.Event]:
    """A job's work, which may fail each time, and what is set once it was done so often."""
    reached = threading.Event()
    seen: list[datetime] = []

    def run(worker: Any, now: datetime) -> None:
        seen.append(now)
        if len(seen) >= count:
            reached.set()
        if fail is not None:
            raise fail

    return run, reached


def test_a_job_that_hangs_or_fails_leaves_the_others_alone() -> None:
    stop, hang = threading.Event(), threading.Event()
    failing, failed = made(2, StoreDown("no database"))
    steady, done = made(5)
    jobs = (
        Job("hanging", SOON, lambda worker, now: hang.wait(AWAIT_SECONDS)),
        Job("failing", SOON, failing),
        Job("steady", SOON, steady),
    )
    start_jobs(worker(), stop, jobs)
    assert done.wait(AWAIT_SECONDS)
    assert failed.wait(AWAIT_SECONDS)
    assert not hang.is_set()
    stop.set()
    hang.set()


def test_only_jobs_without_a_clock_run_while_the_clock_cannot_be_trusted() -> None:
    stop = threading.Event()
    timely, ran = made(1)
    timeless, done = made(5)
    jobs = (Job("timely", SOON, timely), Job("timeless", SOON, timeless, needs_clock=False))
    start_jobs(worker(trusted=False), stop, jobs)
    assert done.wait(AWAIT_SECONDS)
    assert not ran.is_set()
    stop.set()


def test_a_job_that_awaits_work_runs_when_there_is_some_and_at_intervals_without(store: Store) -> None:
    stop = threading.Event()
    idle, ran_idle = made(1)
    busy, ran = made(3)
    regular, ran_regularly = made(3)
    jobs = (
        Job("fetch", 3600, idle, awaits=True),
        Job("settle", 3600, busy, awaits=True),
        Job("webhooks", SOON, regular, awaits=True),
    )
    of_store = SimpleNamespace(clock=Clock(trusted=True), store=store)
    with store.write() as conn:
        store_result(conn, b"{}", NOW)
    try:
        start_jobs(of_store, stop, jobs)  # type: ignore[arg-type]
        assert ran.wait(AWAIT_SECONDS)
        assert ran_regularly.wait(AWAIT_SECONDS)
        assert not ran_idle.is_set()
    finally:
        stop.set()
        for thread in [one for one in threading.enumerate() if one.name in ("ask", *(job.name for job in jobs))]:
            thread.join(AWAIT_SECONDS)


def test_what_is_due_is_named_once_its_time_has_come(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1))
    stage.decide()
    with store.read() as conn:
        assert find_due(conn, NOW) == set()
    later = NOW + timedelta(minutes=1)
    with store.write() as conn:
        write_message(conn, "hook", "call.placed", {}, later)
        fetch = {"delivery_id": stage.deliveries()[0]["id"], "source_id": "shop", "wake_at": later, "give_up_at": later}
        conn.execute(fetches.insert().values(tries=0, **fetch))
        create_write(conn, NewWrite(stage.call()["id"], "shop", "1", "confirmed", 0, "note", "", "", ""), later)
    with store.read() as conn:
        assert find_due(conn, NOW) == set()
        assert find_due(conn, later) == {"webhooks", "fetch", "write_back"}
    with store.write() as conn:
        store_result(conn, b"{}", NOW)
    with store.read() as conn:
        assert find_due(conn, NOW) == {"settle"}


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_vbots_records_are_asked_only_where_the_generation_has_them(generation: str, tmp_path: Path) -> None:
    settings = {"VBOT_URL": "https://vbot.example.test", "VBOT_API": generation, "VBOT_TOKEN": "t", "VBOT_ID": "x"}
    config = read_config({**settings, "BRIDGE_SECRET_KEY": "k" * 32, "VBOT_PROJECT_CODE": "y"})
    store = open_store(f"sqlite:///{tmp_path / 'bridge.db'}")
    assert config.account
    catalogs = Catalogs(make_seal(("k" * 32,)))
    parts = (config, store, catalogs, Embedded(), Client(config.account), TrustedClock(False))
    sender = Sender(Means(store, catalogs.seal, lambda: 0.0, lambda: 0.0))
    worker = Worker(*parts, Fetcher(store, catalogs, lose), Writer(store, catalogs), sender)
    requested = {job.name for job in JOBS if job.needs_clock and job.applies(worker)} & {"records", "compare"}
    assert requested == ({"records", "compare"} if generation == "v3" else set())
    store.close()
