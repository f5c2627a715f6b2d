"""What a worker does at intervals, beside its loop: one table of jobs.

Each job has a thread of its own, so that a slow one holds up no other. A job finds its work in the tables, and any
number of workers may run it at once. For those that run twice a second one question to the database is asked instead:
an idle worker costs what it asks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bridge.core.model import StoreDown
from bridge.engine import Engine
from bridge.lib.telemetry.tracing import is_tracing
from bridge.monitor.balance import watch_balance
from bridge.monitor.hooks import watch_hooks
from bridge.monitor.source_health import look_at_sources
from bridge.monitor.templates import refresh_templates, watch_templates
from bridge.monitor.traces import trace_settled
from bridge.monitor.work import end_pauses, watch_work
from bridge.notify.alarm_url import send_alarms
from bridge.notify.people import Teller, tell_people
from bridge.notify.webhooks import Sender, watch_webhooks
from bridge.notify.write_back import Writer
from bridge.receive.fetch import Fetcher
from bridge.receive.poll import poll_shops
from bridge.settings import Config
from bridge.settle.comparison import compare_records
from bridge.settle.records import look_up
from bridge.settle.results import end_silent_calls, settle_stored, tell_of_expired
from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.store.operation.due import find_due
from bridge.store.operation.idempotency import forget_keys
from bridge.store.operation.statistics import analyse_grown
from bridge.store.operation.turns import take_turn
from bridge.store.people.erasure import expire_bodies
from bridge.store.people.names import refresh_names
from bridge.store.reports.best_hour import keep_learned, learn_hours
from bridge.store.reports.report_days import count_days
from bridge.store.reports.standings import refresh_standings
from bridge.store.reports.tallies import advance_tallies
from bridge.vbot.client import Client
from bridge.worker.clock import TrustedClock

log = logging.getLogger(__name__)

FAILED_REST_SECONDS = 1  # after a job that failed
ALARM_SECONDS = 10  # that the alarms' receiver is given to answer
JOB_VBOT_SECONDS = 15  # that VBot is given to answer a job's question
EXPIRED_AT_ONCE = 100
LEARN_EVERY = timedelta(hours=1)
COUNTING_SECONDS = 5
ASK_SECONDS = 0.5
NAMED_AT_ONCE = 2_000  # orders of an older release whose bytes are read
COUNTED_AT_ONCE = 20_000  # rows of one table: an old database of a million is counted in five minutes


@dataclass(frozen=True, repr=False)
class Worker:
    """What a worker's loop and jobs work with."""

    config: Config
    store: Store
    catalogs: Catalogs
    engine: Engine
    client: Client
    clock: TrustedClock
    fetcher: Fetcher
    writer: Writer
    sender: Sender


@dataclass(frozen=True)
class Job:
    """`run(worker, now)` every `seconds`.

    awaits       also as soon as `find_due` names it, asked every ASK_SECONDS
    needs_clock  not while the clock cannot be trusted
    applies      whether this worker's settings and VBot's generation have this job
    """

    name: str
    seconds: float
    run: Callable[[Worker, datetime], object]
    awaits: bool = False
    needs_clock: bool = True
    applies: Callable[[Worker], bool] = lambda worker: True


def start_jobs(worker: Worker, stop: threading.Event, jobs: tuple[Job, ...]) -> None:
    """Start a thread for each job that applies. It goes on, whatever one of its runs meets, until `stop` is set."""
    awaited: dict[str, threading.Event] = {}
    for job in jobs:
        if job.applies(worker):
            rest = stop.wait
            if job.awaits:
                rest = partial(_await, stop, awaited.setdefault(job.name, threading.Event()))
            threading.Thread(target=_repeat, args=(job, worker, stop, rest), name=job.name, daemon=True).start()
    if awaited:
        threading.Thread(target=_ask, args=(worker, stop, awaited), name="ask", daemon=True).start()


def _await(stop: threading.Event, due: threading.Event, seconds: float) -> bool:
    due.wait(seconds)
    due.clear()
    return stop.is_set()


def _ask(worker: Worker, stop: threading.Event, awaited: Mapping[str, threading.Event]) -> None:
    while not stop.wait(ASK_SECONDS):
        try:
            with worker.store.read() as conn:
                due = find_due(conn, worker.clock.now())
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(FAILED_REST_SECONDS)
        else:
            for name in due & awaited.keys():
                awaited[name].set()
    for event in awaited.values():
        event.set()


def _repeat(job: Job, worker: Worker, stop: threading.Event, rest: Callable[[float], bool]) -> None:
    while not rest(job.seconds):
        if job.needs_clock and not worker.clock.is_trusted():
            continue
        try:
            job.run(worker, worker.clock.now())
        except StoreDown as error:
            log.error("database down reason=%s", error)
            stop.wait(FAILED_REST_SECONDS)
        except Exception:
            log.exception("job failed job=%s", job.name)
            stop.wait(FAILED_REST_SECONDS)


def _settle(worker: Worker, now: datetime) -> None:
    hotline = worker.config.hotline
    settled = settle_stored(worker.store, worker.catalogs, worker.client.account_id, now, hotline)
    if is_tracing() and settled:
        trace_settled(worker.store, settled)


def _end_silent(worker: Worker, now: datetime) -> None:
    end_silent_calls(worker.store, worker.catalogs, now)
    tell_of_expired(worker.store, worker.catalogs, now)


def _look_up(worker: Worker, now: datetime) -> None:
    look_up(worker.store, worker.client, worker.config.trust_silence, now, time.monotonic)


def _compare(worker: Worker, now: datetime) -> None:
    compare_records(worker.store, worker.client, now, time.monotonic)


def _watch(worker: Worker, now: datetime) -> None:
    config, store = worker.config, worker.store
    watch_work(store, worker.client.account_id, now, clock_stepped=not worker.clock.is_trusted())
    if config.alarm_url:
        send_alarms(store, config.alarm_url, config.api_token, now, time.monotonic() + ALARM_SECONDS)


def _tell_people(worker: Worker, now: datetime) -> None:
    tell_people(Teller(worker.store, worker.catalogs.seal, time.monotonic), now)


def _forget_keys(worker: Worker, now: datetime) -> None:
    with worker.store.write() as conn:
        forget_keys(conn, now)


def _learn_hours(worker: Worker, now: datetime) -> None:
    """For the rules that ask for the best hour, by one of all workers."""
    with worker.store.write() as conn:
        wanted = any(rule.hour for rule in worker.catalogs.read(conn).rules)
        if not wanted or not take_turn(conn, "best hour", now, LEARN_EVERY):
            return
    with worker.store.read() as conn:
        learned = learn_hours(conn, now)
    with worker.store.write() as conn:
        keep_learned(conn, learned)


def _count_days(worker: Worker, now: datetime) -> None:
    count_days(worker.store, now, time.monotonic, time.monotonic() + COUNTING_SECONDS)


def _recheck_templates(worker: Worker, now: datetime) -> None:
    refresh_templates(worker.store, worker.catalogs, worker.client, now, _vbot_deadline)
    watch_templates(worker.store, worker.catalogs, now)


def _watch_balance(worker: Worker, now: datetime) -> None:
    watch_balance(worker.store, worker.client, worker.config.balance_alarm, now, _vbot_deadline)


def _expire(worker: Worker, now: datetime) -> None:
    before = now - timedelta(days=worker.config.retention_days or 0)
    expire_bodies(worker.store, before, now, EXPIRED_AT_ONCE)


def _vbot_deadline() -> float:
    return time.monotonic() + JOB_VBOT_SECONDS


def _has_records(worker: Worker) -> bool:
    return worker.client.has_records


def _looks_up(worker: Worker) -> bool:
    return worker.client.has_records or (worker.config.history and worker.client.has_history)


# name, most seconds between two runs, what it runs
JOBS = (
    Job("settle", 10, _settle, awaits=True, needs_clock=False),
    Job("silent", 60, _end_silent),
    Job("records", 30, _look_up, applies=_looks_up),
    Job("compare", 600, _compare, applies=_has_records),
    Job("fetch", 10, lambda worker, now: worker.fetcher.look(now), awaits=True, needs_clock=False),
    Job("write_back", 10, lambda worker, now: worker.writer.look(now), awaits=True, needs_clock=False),
    Job("polls", 5, lambda worker, now: poll_shops(worker.store, worker.catalogs, now, time.monotonic)),
    Job("health", 30, lambda worker, now: look_at_sources(worker.store, worker.catalogs, now)),
    Job("hooks", 600, lambda worker, now: watch_hooks(worker.store, worker.catalogs, now, time.monotonic)),
    Job("watch", 10, _watch, needs_clock=False),
    Job("templates", 30, _recheck_templates),
    Job("people", 10, _tell_people),
    Job("webhooks", 10, lambda worker, now: worker.sender.look(now), awaits=True, needs_clock=False),
    Job("webhooks kept", 60, lambda worker, now: watch_webhooks(worker.store, now)),
    Job("balance", 30, _watch_balance),
    Job("pauses", 2, lambda worker, now: end_pauses(worker.store, now)),
    Job("tallies", 5, lambda worker, now: advance_tallies(worker.store, now, COUNTED_AT_ONCE)),
    Job("standings", 1, lambda worker, now: refresh_standings(worker.store, COUNTED_AT_ONCE)),
    Job("names", 5, lambda worker, now: refresh_names(worker.store, worker.catalogs, NAMED_AT_ONCE)),
    Job("report days", 5, _count_days),
    Job("best hour", 60, _learn_hours),
    Job("keys", 3600, _forget_keys),
    Job("statistics", 2, lambda worker, now: analyse_grown(worker.store), needs_clock=False),
    Job("retention", 10, _expire, applies=lambda worker: worker.config.retention_days is not None),
)
