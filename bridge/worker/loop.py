"""The worker's loop: signals, ticks, heartbeat. It looks at the clock and decides nothing."""

from __future__ import annotations

import logging
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.core.model import StoreDown
from bridge.decide.delivery import decide
from bridge.engine import ADVANCE, DECIDE, Engine
from bridge.monitor.alarms import tell, watch_work
from bridge.monitor.source_health import look_at_sources
from bridge.monitor.templates import refresh_templates, watch_balance, watch_templates
from bridge.place.attempt import Clock, admit, advance
from bridge.receive.fetch import Fetcher
from bridge.receive.poll import reconcile
from bridge.settings import Config
from bridge.settle.comparison import compare_records
from bridge.settle.records import look_up
from bridge.settle.results import end_silent_calls, settle_stored
from bridge.store import Store, database_now
from bridge.store.calls import LEASE
from bridge.store.catalog import Catalogs
from bridge.store.hints import queued_calls
from bridge.store.idempotency import forget_keys
from bridge.store.inbox import beat, retire
from bridge.store.privacy import expire_bodies
from bridge.store.undecided import undecided
from bridge.vbot.client import Client
from bridge.worker.periodic import Round, start_rounds

log = logging.getLogger(__name__)

REST_SECONDS = 0.02  # after a hint: one look serves all that end together
BEAT_SECONDS = 5
TELL_SECONDS = 10
ASK_SECONDS = 15
STOP_SECONDS = 22  # of the 25 that a stopping process is given
STEP = timedelta(seconds=30)
DECIDERS = 4
BATCH = 200
EXPIRE_BATCH = 100
FORGOTTEN = timedelta(seconds=2)  # a hint that took longer is lost


@dataclass
class Time:
    """The bridge's now: on Postgres the database's, carried on by monotonic time; on SQLite the wall clock's.

    A wall clock that steps by more than STEP against monotonic time stops admission for one lease, and is not
    believed before: the time that it showed until then is carried on.
    """

    follows_database: bool
    wall: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    _distrusted_until: float = 0.0

    def __post_init__(self) -> None:
        self._base = self._seen = self.wall()
        self._mark = self._seen_mark = self.monotonic()

    def now(self) -> datetime:
        carried = self._base + timedelta(seconds=self.monotonic() - self._mark)
        if self.follows_database:
            return carried
        wall = self.wall()
        return wall if abs(wall - carried) <= STEP else carried

    def look(self, database: datetime) -> None:
        """Take the clock's word of this tick."""
        wall, mark = database if self.follows_database else self.wall(), self.monotonic()
        step = wall - self._seen - timedelta(seconds=mark - self._seen_mark)
        self._seen, self._seen_mark = wall, mark
        if not self.follows_database and abs(step) > STEP:
            self._distrusted_until = mark + LEASE.total_seconds()
            log.error("clock stepped seconds=%d admission=paused", step.total_seconds())
        if self.is_trusted():
            self._base, self._mark = wall, mark

    def is_trusted(self) -> bool:
        return self.monotonic() >= self._distrusted_until


def run_worker(
    config: Config,
    store: Store,
    catalogs: Catalogs,
    engine: Engine,
    client: Client,
    stop: threading.Event,
) -> bool:
    """Decides and places until `stop` is set; then lets what is dialing end. False if something had to be left."""
    time_now = Time(store.is_postgres)
    clock = Clock(time_now.now, time.monotonic, random.random)
    wake = threading.Event()
    _look_at_the_clock(store, time_now, stop)
    engine.start(
        {
            DECIDE: lambda item: decide(store, catalogs, item, time_now.now(), config.hotline),
            ADVANCE: lambda item: advance(store, catalogs, client, item, clock, config.max_calls_per_day),
        },
        {DECIDE: DECIDERS, ADVANCE: config.worker_threads},
        wake.set,
    )
    rounds = _rounds(config, store, catalogs, client, time_now)
    rounds.append(Round("fetch", 0.2, Fetcher(store, catalogs, engine.submit).look, needs_time=False))
    start_rounds(rounds, time_now.now, time_now.is_trusted, stop)
    worker_id = uuid.uuid4().hex
    beat_at = sweep_at = time.monotonic()
    log.info("worker started worker=%s threads=%d", worker_id, config.worker_threads)
    while not stop.is_set():
        busy = False
        try:
            free = _look(store, engine, time_now)
            beat_at = _beat(store, engine, time_now, worker_id, beat_at)
            sweep_at = _sweep(store, engine, time_now, sweep_at)
            if time_now.is_trusted():
                busy = _queue(store, catalogs, client, engine, time_now.now(), free, config.worker_threads)
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(1)
        except Exception:
            log.exception("tick failed")
            stop.wait(1)
        _rest(engine, wake, stop, busy=busy)
    return _finish(store, engine, worker_id)


def _queue(
    store: Store, catalogs: Catalogs, client: Client, engine: Engine, now: datetime, free: int, threads: int
) -> bool:
    """Queue what is due, for the free threads and as many calls again; whether half of those wait for a thread.

    Not more: each is then taken up before its lease ends, however long VBot takes to answer those before it.
    """
    ahead = max(threads // 2, 1)
    if -free < ahead:
        free -= len(admit(store, catalogs, now, free + threads, client.account_id, engine.submit))
    return -free >= ahead


def _rest(engine: Engine, wake: threading.Event, stop: threading.Event, *, busy: bool) -> None:
    """Until the next look: when a hint has been handled, or it is time; while busy each thread finds its next call."""
    if busy:
        stop.wait(engine.look_seconds)
    elif wake.wait(engine.look_seconds):
        stop.wait(REST_SECONDS)
        wake.clear()


def _look_at_the_clock(store: Store, time_now: Time, stop: threading.Event) -> None:
    """Before the first hint is taken up: until the database answered, only this machine's clock is known."""
    while not stop.is_set():
        try:
            with store.read() as conn:
                time_now.look(database_now(conn, datetime.now(UTC)))
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(1)
        else:
            return


def _look(store: Store, engine: Engine, time_now: Time) -> int:
    """Read the clock; how many calls could be taken up."""
    with store.read() as conn:
        time_now.look(database_now(conn, datetime.now(UTC)))
        return engine.free(ADVANCE, queued_calls(conn))


def _beat(store: Store, engine: Engine, time_now: Time, worker_id: str, beat_at: float) -> float:
    """Say that we live, and remove what the dead left, if it is time; when to do so again."""
    if time.monotonic() < beat_at:
        return beat_at
    with store.write() as conn:
        beat(conn, worker_id, time_now.now())
        engine.tidy(conn, time_now.now())
    return time.monotonic() + BEAT_SECONDS


def _finish(store: Store, engine: Engine, worker_id: str) -> bool:
    ended = engine.stop(STOP_SECONDS)
    try:
        with store.write() as conn:
            retire(conn, worker_id)
    except StoreDown:
        log.warning("worker not retired worker=%s", worker_id)
    log.info("worker stopped worker=%s clean=%s", worker_id, ended)
    return ended


def _rounds(config: Config, store: Store, catalogs: Catalogs, client: Client, time_now: Time) -> list[Round]:
    account = client.account_id
    rounds = [
        Round("settle", 0.5, lambda now: settle_stored(store, catalogs, account, now), needs_time=False),
        Round("silent", 60, lambda now: end_silent_calls(store, now)),
        Round("health", 30, lambda now: look_at_sources(store, catalogs, now)),
        Round("polls", 5, lambda now: reconcile(store, catalogs, now, time.monotonic)),
        Round("keys", 3600, lambda now: _forget_keys(store, now)),
        Round("watch", 10, lambda now: _watch(config, store, account, time_now, now), needs_time=False),
    ]
    if client.has_records:
        trust = config.trust_silence
        rounds.append(Round("records", 30, lambda now: look_up(store, client, trust, now, time.monotonic)))
        rounds.append(Round("compare", 600, lambda now: compare_records(store, client, now, time.monotonic)))
    rounds += [
        Round("templates", 30, lambda now: _recheck_templates(store, catalogs, client, now)),
        Round("balance", 30, lambda now: watch_balance(store, client, config.balance_alarm, now, _soon)),
    ]
    if config.retention_days is not None:
        days = timedelta(days=config.retention_days)
        rounds.append(Round("retention", 10, lambda now: expire_bodies(store, now - days, now, EXPIRE_BATCH)))
    return rounds


def _forget_keys(store: Store, now: datetime) -> None:
    with store.write() as conn:
        forget_keys(conn, now)


def _recheck_templates(store: Store, catalogs: Catalogs, client: Client, now: datetime) -> None:
    refresh_templates(store, catalogs, client, now, _soon)
    watch_templates(store, catalogs, now)


def _soon() -> float:
    return time.monotonic() + ASK_SECONDS


def _watch(config: Config, store: Store, account: str, time_now: Time, now: datetime) -> None:
    watch_work(store, account, now, clock_stepped=not time_now.is_trusted())
    if config.alarm_url:
        tell(store, config.alarm_url, config.api_token, now, time.monotonic() + TELL_SECONDS)


def stop_on_signals(stop: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())


def _sweep(store: Store, engine: Engine, time_now: Time, sweep_at: float) -> float:
    """Take up here what no hint has named, or whose hint was lost; when to do so again."""
    if time.monotonic() < sweep_at:
        return sweep_at
    with store.read() as conn:
        for delivery_id in undecided(conn, BATCH):
            engine.take(DECIDE, delivery_id)
        for call_id in queued_calls(conn, time_now.now() - FORGOTTEN) if time_now.is_trusted() else ():
            engine.take(ADVANCE, call_id)
    return time.monotonic() + engine.sweep_seconds
