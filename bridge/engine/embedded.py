"""Hints carried by threads of this process, for a database on this machine: SQLite."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from bridge.core.model import StoreDown
from bridge.store import Connection
from bridge.store.db.wake import listen

log = logging.getLogger(__name__)

DEAF_LOOK_SECONDS = 0.05  # where no pipe can be made beside the file
PIPE_BYTES = 65536


class Embedded:
    """Some daemon threads for each kind of hint; an id that a thread handles is not taken twice."""

    look_seconds = 0.5
    alert_seconds = 0.0

    def __init__(self, database: Path | None = None) -> None:
        """`database`: the file whose other writers ring (`bridge.store.db.wake`)."""
        self._database = database
        self._changed = threading.Condition()
        self._queues: dict[str, SimpleQueue[int]] = {}
        self._waiting: dict[str, dict[int, Future[None]]] = {}  # to be handled, not begun
        self._running: dict[str, set[int]] = {}
        self._stopping = False

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        # May be taken up before the commit: a handler begins with a write, and SQLite's next writer waits for this one.
        for item in ids if kind in self._queues else ():  # the web process has no handlers
            self.take(kind, item)

    def start(
        self, handlers: Mapping[str, Callable[[int], object]], threads: Mapping[str, int], wake: Callable[[], None]
    ) -> None:
        pipe = listen(self._database) if self._database is not None else None
        if pipe is not None:
            threading.Thread(target=self._hear, args=(pipe, wake), name="wake", daemon=True).start()
        elif self._database is not None:
            self.look_seconds = DEAF_LOOK_SECONDS
        for kind, handler in handlers.items():
            self._queues[kind], self._waiting[kind], self._running[kind] = SimpleQueue(), {}, set()
            for n in range(threads[kind]):
                work = threading.Thread(target=self._work, args=(kind, handler, wake), name=f"{kind}-{n}", daemon=True)
                work.start()

    def take(self, kind: str, item: int) -> Future[None]:
        with self._changed:
            waiting = self._waiting[kind]
            if item in waiting:
                return waiting[item]
            future = waiting[item] = Future()
            if self._stopping:
                future.cancel()
            elif item not in self._running[kind]:
                self._queues[kind].put(item)
            return future

    def tidy(self, conn: Connection, now: datetime) -> None:
        """Nothing outlives a process."""

    def stop(self, seconds: float) -> bool:
        with self._changed:
            self._stopping = True
            for waiting in self._waiting.values():
                for future in waiting.values():
                    future.cancel()
            return self._changed.wait_for(lambda: not any(self._running.values()), timeout=seconds)

    def _hear(self, pipe: int, wake: Callable[[], None]) -> None:
        while os.read(pipe, PIPE_BYTES) and not self._stopping:
            wake()

    def _work(self, kind: str, handler: Callable[[int], object], wake: Callable[[], None]) -> None:
        while True:
            item = self._queues[kind].get()
            with self._changed:
                if self._stopping:
                    return
                future = self._waiting[kind].pop(item)
                if not future.set_running_or_notify_cancel():
                    continue
                self._running[kind].add(item)
            try:
                handler(item)
            except StoreDown as error:
                log.error("database down kind=%s id=%s reason=%s", kind, item, error)
            except Exception:
                # The row keeps its state; its lease or the next sweep brings it back.
                log.exception("%s failed id=%s", kind, item)
            with self._changed:
                self._running[kind].discard(item)
                if item in self._waiting[kind]:  # its row may have changed since it was taken up
                    self._queues[kind].put(item)
                self._changed.notify_all()
            future.set_result(None)
            wake()
