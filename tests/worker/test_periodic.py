"""Jobs: each goes on by itself, whatever one of them meets, and not by a clock that cannot be trusted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.core.model import StoreDown
from bridge.engine import lose
from bridge.engine.embedded import Embedded
from bridge.notify.webhooks import Means, Sender
from bridge.notify.write_back import Writer
from bridge.receive.fetch import Fetcher
from bridge.settings import read_config
from bridge.store import make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock
from bridge.worker.periodic import JOBS, Job, Worker, start_jobs

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
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
