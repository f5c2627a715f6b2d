"""Hints carried by threads of this process, for a database on this machine: SQLite."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from itertools import islice
from pathlib import Path

from bridge.core.model import StoreDown
from bridge.store import Connection
from bridge.store.db.wake import listen

log = logging.getLogger(__name__)

DEAF_LOOK_SECONDS = 0.05  # where no pipe can be made beside the file
PIPE_BYTES = 65536
Handler = Callable[[Sequence[int]], object]  # (ids) -> nothing that counts; what it raises is logged


class Embedded:
    """A daemon thread for each kind of hint, which handles together what waits.

    An id that is being handled is not taken again: a look follows, which finds its row if that has changed since.
    """

    look_seconds = 0.5
    alert_seconds = 0.0

    def __init__(self, database: Path | None = None) -> None:
        """`database`: the file whose other writers ring (`bridge.store.db.wake`)."""
        self._database = database
        self._changed = threading.Condition()
        self._waiting: dict[str, dict[int, Future[None]]] = {}  # to be handled, not begun
        self._begun: dict[str, dict[int, Future[None]]] = {}
        self._stopping = False

    def submit(self, conn: Connection, kind: str, ids: Sequence[int]) -> None:
        # May be taken up before the commit: a handler begins with a write, and SQLite's next writer waits for this one.
        for item in ids if kind in self._waiting else ():  # the web process has no handlers
            self.take(kind, item)

    def start(self, handlers: Mapping[str, Handler], most: int, wake: Callable[[], None]) -> None:
        pipe = listen(self._database) if self._database is not None else None
        if pipe is not None:
            threading.Thread(target=self._hear, args=(pipe, wake), name="wake", daemon=True).start()
        elif self._database is not None:
            self.look_seconds = DEAF_LOOK_SECONDS
        for kind, handler in handlers.items():
            self._waiting[kind], self._begun[kind] = {}, {}
            threading.Thread(target=self._work, args=(kind, handler, most, wake), name=kind, daemon=True).start()

    def take(self, kind: str, item: int) -> Future[None]:
        with self._changed:
            waiting = self._waiting[kind]
            known = waiting.get(item) or self._begun[kind].get(item)
            if known is not None:
                return known
            future = waiting[item] = Future()
            if self._stopping:
                future.cancel()
            self._changed.notify_all()
            return future

    def tidy(self, conn: Connection, now: datetime) -> None:
        """Nothing outlives a process."""

    def stop(self, seconds: float) -> bool:
        with self._changed:
            self._stopping = True
            for waiting in self._waiting.values():
                for future in waiting.values():
                    future.cancel()
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not any(self._begun.values()), timeout=seconds)

    def _hear(self, pipe: int, wake: Callable[[], None]) -> None:
        while os.read(pipe, PIPE_BYTES) and not self._stopping:
            wake()

    def _work(self, kind: str, handler: Handler, most: int, wake: Callable[[], None]) -> None:
        while not self._stopping:
            begun = self._begin(kind, most)
            if not begun:
                continue
            try:
                handler(list(begun))
            except StoreDown as error:
                log.error("database down kind=%s reason=%s", kind, error)
            except Exception:
                # The rows keep their state; their lease or the next sweep brings them back.
                log.exception("%s failed ids=%s", kind, ",".join(map(str, begun)))
            with self._changed:
                self._begun[kind] = {}
                self._changed.notify_all()
            for future in begun.values():
                future.set_result(None)
            wake()

    def _begin(self, kind: str, most: int) -> dict[int, Future[None]]:
        """What waits now, the first that came first, and who waits for it; nothing once this engine stops."""
        with self._changed:
            waiting = self._waiting[kind]
            self._changed.wait_for(lambda: waiting or self._stopping)
            if self._stopping:
                return {}
            taken = {item: waiting.pop(item) for item in list(islice(waiting, most))}
            begun = {item: future for item, future in taken.items() if future.set_running_or_notify_cancel()}
            self._begun[kind] = begun
            return begun
