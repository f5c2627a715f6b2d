"""The worker's loop: signals, ticks, heartbeat. It looks at the clock and decides nothing."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.config import Config
from bridge.decide import decide
from bridge.engine.embedded import Embedded
from bridge.model import StoreDown
from bridge.place import Clock, admit, advance
from bridge.store import Store, database_now
from bridge.store.calls import LEASE
from bridge.store.catalog import Catalogs
from bridge.store.inbox import beat, retire, undecided
from bridge.vbot.client import Client

log = logging.getLogger(__name__)

TICK_SECONDS = 0.2
BEAT_SECONDS = 5
STOP_SECONDS = 24
STEP = timedelta(seconds=30)
DECIDERS = 4
BATCH = 200


@dataclass
class Time:
    """The bridge's now: on Postgres the database's, carried on by monotonic time; on SQLite the wall clock's.

    A wall clock that steps by more than STEP against monotonic time stops admission for one lease.
    """

    follows_database: bool
    _base: datetime = field(default_factory=lambda: datetime.now(UTC))
    _mark: float = field(default_factory=time.monotonic)
    _distrusted_until: float = 0.0

    def now(self) -> datetime:
        carried = self._base + timedelta(seconds=time.monotonic() - self._mark)
        return carried if self.follows_database else datetime.now(UTC)

    def look(self, database: datetime) -> None:
        """Take the clock's word of this tick."""
        wall = database if self.follows_database else datetime.now(UTC)
        carried = self._base + timedelta(seconds=time.monotonic() - self._mark)
        if not self.follows_database and abs(wall - carried) > STEP:
            self._distrusted_until = time.monotonic() + LEASE.total_seconds()
            log.error("clock stepped seconds=%d admission=paused", (wall - carried).total_seconds())
        self._base, self._mark = wall, time.monotonic()

    def is_trusted(self) -> bool:
        return time.monotonic() >= self._distrusted_until


def run_worker(
    config: Config,
    store: Store,
    catalogs: Catalogs,
    client: Client,
    stop: threading.Event,
    *,
    supervised: bool = False,
) -> bool:
    """Decides and places until `stop` is set; then lets what is dialing end. False if something had to be left.

    `supervised`: the parent process started us and would start another; without it we stop.
    """
    time_now = Time(store.is_postgres)
    clock = Clock(time_now.now, time.monotonic, random.random)
    engine = Embedded(
        {
            "decide": lambda item: decide(store, catalogs, item, time_now.now(), config.hotline),
            "advance": lambda item: advance(store, catalogs, client, item, clock, config.max_calls_per_day),
        },
        {"decide": DECIDERS, "advance": config.worker_threads},
    )
    worker_id = uuid.uuid4().hex
    parent = os.getppid()
    beat_at = time.monotonic()
    log.info("worker started worker=%s threads=%d", worker_id, config.worker_threads)
    while not stop.wait(TICK_SECONDS):
        try:
            beat_at = _look(store, time_now, worker_id, beat_at)
            _tick(store, catalogs, engine, time_now, client.account_id)
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(1)
        except Exception:
            log.exception("tick failed")
            stop.wait(1)
        if supervised and os.getppid() != parent:
            log.error("parent process gone, worker stops")
            break
    return _finish(store, engine, worker_id)


def _look(store: Store, time_now: Time, worker_id: str, beat_at: float) -> float:
    """Read the clock, beat if it is time; when to beat next."""
    with store.read() as conn:
        time_now.look(database_now(conn, datetime.now(UTC)))
    if time.monotonic() < beat_at:
        return beat_at
    with store.write() as conn:
        beat(conn, worker_id, time_now.now())
    return time.monotonic() + BEAT_SECONDS


def _finish(store: Store, engine: Embedded, worker_id: str) -> bool:
    ended = engine.stop(STOP_SECONDS)
    try:
        with store.write() as conn:
            retire(conn, worker_id)
    except StoreDown:
        log.warning("worker not retired worker=%s", worker_id)
    log.info("worker stopped worker=%s clean=%s", worker_id, ended)
    return ended


def stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _tick(store: Store, catalogs: Catalogs, engine: Embedded, time_now: Time, account: str) -> None:
    with store.read() as conn:
        waiting = undecided(conn, BATCH)
    engine.submit("decide", waiting)
    free = engine.free("advance")
    if free > 0 and time_now.is_trusted():
        engine.submit("advance", admit(store, catalogs, time_now.now(), free, account))
