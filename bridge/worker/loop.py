"""The worker's loop: signals, looks, heartbeat. It decides nothing itself."""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bridge.configuration.revisions import follow_settings
from bridge.core.model import StoreDown
from bridge.decide.delivery import decide, decide_together
from bridge.decide.tries import Tries
from bridge.decide.verdicts import Verdicts
from bridge.engine import DECIDE, Engine
from bridge.lib.telemetry.tracing import is_tracing
from bridge.monitor.traces import trace_attempted, trace_decided
from bridge.notify.webhooks import Means, Sender
from bridge.notify.write_back import Writer
from bridge.place.attempt import Placer
from bridge.place.placing import Caps, Clock, Placing
from bridge.receive.fetch import Fetcher
from bridge.settings import Config
from bridge.store import Connection, Store, database_now
from bridge.store.configuration.catalog import Catalogs
from bridge.store.operation.due import look
from bridge.store.operation.workers import beat, retire
from bridge.store.queue import queued_calls
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock
from bridge.worker.periodic import JOBS, Worker, start_jobs
from bridge.worker.watchdog import Watchdog

log = logging.getLogger(__name__)

LOOK_SPACING_SECONDS = 0.01  # of the looks that hints ask for, but for a few at once: one serves all that end together
LOOKS_AT_ONCE = 4
ALERT_LOOK_SECONDS = 0.025
GATHER_SECONDS = 0.006  # a transaction for each answer that comes would cost a third more processor
SWEEP_SECONDS = 0.5
DOWN_SECONDS = 1  # after a look that failed
BEAT_SECONDS = 5
WORKER_STOP_SECONDS = 22  # of the 25 that a stopping process is given
DECIDED_AT_ONCE = 16  # in one transaction: on SQLite whoever stores a delivery waits for it
SWEPT_AT_ONCE = 4 * DECIDED_AT_ONCE  # what is left is found by the next look
LEFT_QUEUED = timedelta(seconds=2)  # a call is dialled in less


def run_worker(
    config: Config,
    store: Store,
    catalogs: Catalogs,
    engine: Engine,
    client: Client,
    stop: threading.Event,
) -> bool:
    """Decide and place until `stop` is set; then let what is dialing end. False if something had to be left."""
    store = store.quiet()
    fetcher = Fetcher(store, catalogs, engine.submit)
    writer = Writer(store, catalogs)
    sender = Sender(Means(store.patient, catalogs.seal, time.monotonic, random.random))
    worker = Worker(config, store, catalogs, engine, client, TrustedClock(store.is_postgres), fetcher, writer, sender)
    rest = Rest(engine)
    _wait_for_the_database(worker, stop)
    tries, verdicts = Tries(store, time.monotonic), Verdicts()
    placer = Placer(_placing(worker, verdicts), config.worker_threads, rest.interrupt)
    _start_engine(worker, rest.wake, tries, verdicts)
    start_jobs(replace(worker, store=store.patient), stop, JOBS)
    loop = _Loop(worker, tries, placer)
    log.info("worker started worker=%s threads=%d", loop.worker_id, config.worker_threads)
    dog = Watchdog(lambda: _give_up(loop))
    dog.watch(stop)
    is_look_due = True
    while not stop.is_set():
        dog.turned()
        _turn(loop, rest, stop, is_look_due=is_look_due)
        is_look_due = rest.take()
    return loop.finish()


def _turn(loop: _Loop, rest: Rest, stop: threading.Event, *, is_look_due: bool) -> None:
    try:
        if is_look_due:
            rest.begin(loop.look())
        loop.place()
    except StoreDown as error:
        log.error("database down reason=%s", error)
        stop.wait(DOWN_SECONDS)
    except Exception:
        log.exception("look failed")
        stop.wait(DOWN_SECONDS)


def _give_up(loop: _Loop) -> None:
    """End this process, whose loop is stuck; what its threads are dialling ends first."""
    loop.stop(WORKER_STOP_SECONDS)
    os._exit(1)


def stop_on_signals(stop: threading.Event) -> None:
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup's word holds
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda *_: stop.set())


class _Loop:
    """One look after the other, with a heartbeat and a sweep when it is time for them."""

    def __init__(self, worker: Worker, tries: Tries, placer: Placer) -> None:
        self.worker_id = uuid.uuid4().hex
        self._worker = worker
        self._tries = tries
        self._placer = placer
        self._beat_at = self._sweep_at = time.monotonic()
        self._due_at: datetime | None = None

    def look(self) -> float:
        """See what is due, and have what no hint has named decided; return for how many seconds nothing more is due,
        unless a hint comes."""
        worker = self._worker
        with worker.store.read() as conn:
            seen = look(conn, SWEPT_AT_ONCE + self._tries.resting())
            worker.clock.look(seen.at or worker.clock.wall())
            self._due_at = seen.first_due
            if time.monotonic() >= self._sweep_at:
                self._sweep(conn)
        for delivery_id in filter(self._tries.may_try, seen.undecided):  # what no hint has named
            worker.engine.take(DECIDE, delivery_id)
        if time.monotonic() >= self._beat_at:
            self._beat()
        rest, now = worker.engine.look_seconds, worker.clock.now()
        if self._due_at is None or not worker.clock.is_trusted() or self._due_at <= now:
            return rest
        return min(rest, (self._due_at - now).total_seconds())

    def place(self) -> None:
        """Record what requests came out, and dial what is due as far as the last look saw."""
        worker = self._worker
        is_due = self._due_at is not None and worker.clock.is_trusted() and self._due_at <= worker.clock.now()
        recorded = self._placer.turn(is_due=is_due)
        for ended in recorded if is_tracing() else ():
            trace_attempted(worker.store, ended.gos[0].call_id, ended.dialled.begun_wall)

    def finish(self) -> bool:
        """Stop; return whether all that was running ended."""
        worker = self._worker
        ended = self.stop(WORKER_STOP_SECONDS)
        try:
            with worker.store.write() as conn:
                retire(conn, self.worker_id)
        except StoreDown:
            log.warning("worker not retired worker=%s", self.worker_id)
        log.info("worker stopped worker=%s clean=%s", self.worker_id, ended)
        return ended

    def stop(self, seconds: float) -> bool:
        """Begin nothing more; return whether all that was running ended in so many seconds."""
        until = time.monotonic() + seconds
        placed = self._placer.finish(seconds)
        return self._worker.engine.stop(max(until - time.monotonic(), 0)) and placed

    def _beat(self) -> None:
        """Record that this worker lives, and remove what dead workers left behind."""
        worker = self._worker
        with worker.store.relaxed.write() as conn:
            beat(conn, self.worker_id, worker.clock.now())
            worker.engine.tidy(conn, worker.clock.now())
        self._beat_at = time.monotonic() + BEAT_SECONDS

    def _sweep(self, conn: Connection) -> None:
        """Take up here the calls that were queued and not dialled: whoever queued them may have ended."""
        clock = self._worker.clock
        self._placer.take(queued_calls(conn, clock.now() - LEFT_QUEUED) if clock.is_trusted() else ())
        self._sweep_at = time.monotonic() + SWEEP_SECONDS


class Rest:
    """The time between two looks: until a hint comes or was handled, or there is something to do without one.

    Requests that come out interrupt it: they are recorded at once, and what the last look saw is dialled, without
    another look.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._woken = threading.Event()
        self._is_hinted = self._is_interrupted = False
        self._looks = float(LOOKS_AT_ONCE)
        self._looked_at = self._until = time.monotonic()
        self._alert_until = self._until + engine.alert_seconds  # the engine may hear nothing yet

    def wake(self) -> None:
        """End the rest, or leave out the next one."""
        self._is_hinted = True
        self._woken.set()

    def interrupt(self) -> None:
        """There is something to do that needs no look."""
        self._is_interrupted = True
        self._woken.set()

    def begin(self, seconds: float) -> None:
        """A look saw that nothing more is due for so long."""
        self._until = time.monotonic() + min(seconds, self._engine.look_seconds)

    def take(self) -> bool:
        """Rest; return True when it is over, False when it was interrupted."""
        while (seconds := self._left()) > 0 and not self._is_interrupted:
            self._woken.wait(seconds)
            self._woken.clear()
        if self._is_interrupted:
            time.sleep(GATHER_SECONDS)
        # Before the turn and the look, so that what comes meanwhile is seen again.
        self._is_interrupted = False
        if seconds > 0:
            return False
        now = time.monotonic()
        if self._is_hinted:
            self._is_hinted = False
            self._alert_until = now + self._engine.alert_seconds
        self._looks, self._looked_at = self._looks_at(now) - 1, now
        return True

    def _left(self) -> float:
        now, until = time.monotonic(), self._until
        if now < self._alert_until:
            until = min(until, self._looked_at + ALERT_LOOK_SECONDS)
        if self._is_hinted:
            until = min(until, now + (1 - self._looks_at(now)) * LOOK_SPACING_SECONDS)
        return until - now

    def _looks_at(self, now: float) -> float:
        """How many looks hints may have at once by now."""
        return min(self._looks + (now - self._looked_at) / LOOK_SPACING_SECONDS, LOOKS_AT_ONCE)


def _placing(worker: Worker, verdicts: Verdicts) -> Placing:
    config, clock = worker.config, Clock(worker.clock.now, time.monotonic, random.random)
    caps = Caps(config.max_calls_per_day, config.max_calls_per_phone)
    return Placing(worker.store, worker.catalogs, worker.client, clock, caps, verdicts)


def _start_engine(worker: Worker, wake: Callable[[], None], tries: Tries, verdicts: Verdicts) -> None:
    # What is decided is committed for good with the dialling at the latest; a delivery that is not is decided again.
    config, store, catalogs = worker.config, worker.store.relaxed, worker.catalogs

    def decide_all(delivery_ids: Sequence[int]) -> None:
        now = worker.clock.now()
        first = [item for item in sorted(delivery_ids) if not tries.has_failed(item)]
        if not decide_together(store, catalogs, first, now, config.hotline, verdicts):
            for item in first:
                tries.run(item, partial(decide, store, catalogs, item, now, config.hotline, verdicts), now)
        for item in set(delivery_ids).difference(first):
            tries.run(item, partial(decide, store, catalogs, item, now, config.hotline, verdicts), now)
        if is_tracing():
            trace_decided(store, delivery_ids, now, worker.clock.now())

    worker.engine.start({DECIDE: decide_all}, DECIDED_AT_ONCE, wake)


def _wait_for_the_database(worker: Worker, stop: threading.Event) -> None:
    """Before the first hint is taken up: until it answered, only this machine's clock is known, and what waits may be
    on the hotline that the settings named before."""
    while not stop.is_set():
        try:
            with worker.store.read() as conn:
                worker.clock.look(database_now(conn, worker.clock.wall()))
            with worker.store.write() as conn:
                follow_settings(conn, worker.config.hotline, worker.clock.now())
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(DOWN_SECONDS)
        else:
            return
