"""The web looks after the workers: it lives when none of them does."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

from flask import Flask

from bridge.core.model import StoreDown
from bridge.monitor.work import watch_secrets, watch_workers
from bridge.notify.alarm_url import send_alarms
from bridge.store import Store, database_now
from bridge.store.configuration.catalog import Catalogs
from bridge.store.notify.receivers import list_receivers

log = logging.getLogger(__name__)

FIRST_LOOK_SECONDS = 60  # a deployment starts its worker beside us
WORKERS_LOOK_SECONDS = 30
TELL_SECONDS = 10


def watch_in_background(app: Flask) -> None:
    """From now on, as long as this process lives, the alarms `no_worker` and `secrets_locked` say what is so."""
    opened = getattr(app, "extensions", {}).get("bridge")
    if opened is not None:  # another application under the same gunicorn settings has no workers
        threading.Thread(target=_watch, args=opened, name="watch", daemon=True).start()


def _watch(store: Store, catalogs: Catalogs, alarm_url: str | None, secret: str | None) -> None:
    never = threading.Event()
    never.wait(FIRST_LOOK_SECONDS)
    while not never.wait(WORKERS_LOOK_SECONDS):
        try:
            with store.read() as conn:
                now = database_now(conn, datetime.now(UTC))
            watch_workers(store, now)
            watch_secrets(store, catalogs, now)
            if alarm_url:
                send_alarms(store, alarm_url, secret, now, time.monotonic() + TELL_SECONDS)
            _tell_people(store, catalogs, now)
        except StoreDown as error:
            log.error("database down reason=%s", error)
        except Exception:
            log.exception("watch failed")


def _tell_people(store: Store, catalogs: Catalogs, now: datetime) -> None:
    """Mails and messages are imported where somebody is to get one."""
    with store.read() as conn:
        if not list_receivers(conn, "channel"):
            return
    from bridge.notify.people import Teller, tell_people  # noqa: PLC0415

    tell_people(Teller(store, catalogs.seal, time.monotonic), now)
