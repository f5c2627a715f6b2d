"""The alarms about work and workers: VBot fails, calls are unsure, work stands still, a clock stepped, nobody works."""

from __future__ import annotations

from datetime import datetime

from bridge.store import Store
from bridge.store.breakers import find_breaker
from bridge.store.calls import count_unsure
from bridge.store.configuration.catalog import Catalogs
from bridge.store.configuration.pauses import list_pauses, resume
from bridge.store.operation.alarms import keep_alarm
from bridge.store.operation.workers import WORKER_SILENCE, last_beat
from bridge.store.reports.balance import count_stuck


def watch_work(store: Store, account: str, now: datetime, *, clock_stepped: bool = False) -> None:
    """The alarms `breaker`, `unsure`, `stuck_work` and `clock_step` hold what is so now; called by each worker."""
    with store.read() as conn:
        line = find_breaker(conn, account, now)
        unsure, stuck = count_unsure(conn), count_stuck(conn, now)
    keep_alarm(store, "breaker", line.state != "closed", {"reason": line.reason}, now)
    keep_alarm(store, "unsure", unsure > 0, {"calls": unsure}, now)
    keep_alarm(store, "stuck_work", stuck > 0, {"rows": stuck}, now)
    keep_alarm(store, "clock_step", clock_stepped, {}, now)


def end_pauses(store: Store, now: datetime) -> int:
    """Resume what was paused until now, or longer ago; return how many pauses that were."""
    with store.read() as conn:
        over = [one for one in list_pauses(conn) if one.until is not None and one.until <= now]
    ended = 0
    for one in over:
        with store.write() as conn:
            still = [each for each in list_pauses(conn) if each == one]  # a person may have made it longer
            ended += bool(still) and resume(conn, one.kind, one.name, "its time is over", now, who="worker")
    return ended


def watch_workers(store: Store, now: datetime) -> None:
    """Keep the alarm `no_worker`; called by the web, which lives when no worker does."""
    with store.read() as conn:
        beat = last_beat(conn)
    silent = beat is None or now - beat > WORKER_SILENCE
    keep_alarm(store, "no_worker", silent, {"last_beat": beat.isoformat() if beat else None}, now)


def watch_secrets(store: Store, catalogs: Catalogs, now: datetime) -> None:
    """The alarm `secrets_locked` says which sources cannot be verified; asked by the web, which verifies."""
    with store.read() as conn:
        locked = catalogs.read(conn).locked
    keep_alarm(store, "secrets_locked", bool(locked), {"sources": list(locked)}, now, renew=True)
