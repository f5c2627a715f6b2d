"""Hints carried by Procrastinate's tables in the same Postgres: any number of workers, on any machine.

A hint is a job, added in the transaction that changed the row; NOTIFY wakes each worker, one of them takes it, and its
own threads handle it. Recovery is not its business: who takes a job removes it, and one that is lost costs at most a
sweep. So of Procrastinate only the tables are used: its worker, which must not lose a job, asks for the next one while
this is handled, and writes the end of each.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from datetime import datetime, timedelta

from bridge.engine.embedded import Embedded, Handler
from bridge.store import Connection
from bridge.store.db.errors import store_down
from bridge.store.db.hints import add_hints, remove_stale_hints
from bridge.store.db.postgres import Ear, open_ear

log = logging.getLogger(__name__)

STALE = timedelta(seconds=60)  # the sweep has found its row since, and a handler takes at most 35 s
STOP_LOOK_SECONDS = 0.3
QUIET_LOOKS = 10  # of these seconds without a notification, until it asks: that shows whether the connection lives
RESTART_SECONDS = 1.0  # after the listening failed
GOODBYE_SECONDS = 2.0  # of the stop, for closing a connection


class Procrastinate:
    """Holds, once started, a thread and a connection for each kind."""

    look_seconds = 0.5
    alert_seconds = 0.3  # the web hints at the first delivery of a burst only

    def __init__(self, url: str) -> None:
        self._url = url
        self._threads = Embedded()
        self._stopping = threading.Event()
        self._listening: list[threading.Thread] = []

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        add_hints(conn, kind, ids)

    def start(self, handlers: Mapping[str, Handler], most: int, wake: Callable[[], None]) -> None:
        self._threads.start(handlers, most, wake)
        for kind in handlers:
            self._listening.append(threading.Thread(target=self._listen, args=(kind, most), name="hints", daemon=True))
            self._listening[-1].start()

    def take(self, kind: str, item: int) -> Future[None]:
        return self._threads.take(kind, item)

    def tidy(self, conn: Connection, now: datetime) -> None:
        removed = remove_stale_hints(conn, now - STALE)
        if removed:
            log.warning("stale hints removed count=%d", removed)

    def stop(self, seconds: float) -> bool:
        self._stopping.set()
        ended = self._threads.stop(seconds - GOODBYE_SECONDS)
        for thread in self._listening:
            thread.join(GOODBYE_SECONDS)
        return ended

    def _listen(self, kind: str, most: int) -> None:
        while not self._stopping.is_set():
            try:
                with open_ear(self._url, kind) as ear:
                    self._hear(ear, kind, most)
            except Exception as error:
                log.warning("hints not received reason=%s", store_down(error))
            self._stopping.wait(RESTART_SECONDS)

    def _hear(self, ear: Ear, kind: str, most: int) -> None:
        """Take hints and have them handled, so many at a time: what this worker cannot do yet is left to others."""
        while not self._stopping.is_set():
            items = ear.take(most)
            for handled in [self._threads.take(kind, item) for item in items]:
                with suppress(CancelledError):
                    handled.result()
            for _ in range(QUIET_LOOKS if len(items) < most else 0):
                if self._stopping.is_set() or ear.wait(STOP_LOOK_SECONDS):
                    break
